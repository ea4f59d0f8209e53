import { z } from 'zod';
import { SallyportError } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import type { DecisionRecord, Store } from '../../record/store.ts';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';
import { writeEventStream } from '../event-stream.ts';
import { FEED_KINDS, type Feed } from '../feed.ts';

const outcome = z.enum(['allow', 'hold', 'deny']);

const listQuery = z.strictObject({
  agent: z.string().min(1).max(253).optional(),
  route: z.string().min(1).max(253).optional(),
  outcome: outcome.optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  before: z.coerce.number().int().min(0).optional(),
});

const streamQuery = z.strictObject({ kind: z.enum(FEED_KINDS).optional() });

/** Reading decisions: what was asked, what the gate said and why, and what came of it. */
export function decisionEndpoints(store: Store, feed: Feed): readonly Endpoint[] {
  return [
    endpoint(
      'decisions.read',
      {
        method: 'get',
        path: '/v1/decisions',
        summary: 'Decisions, newest first; `before` is the `next` of the page before',
        body: nothing,
        query: listQuery,
      },
      async ({ query }) => {
        const { agent, route, outcome, since, limit, before } = query;
        const found = await store.decisions({
          limit,
          ...(agent === undefined ? {} : { agent }),
          ...(route === undefined ? {} : { route }),
          ...(outcome === undefined ? {} : { outcome }),
          ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
          ...(before === undefined ? {} : { before }),
        });
        const last = found.length === limit ? found.at(-1) : undefined;
        return { kind: 'json', value: { decisions: found.map(toJson), next: last?.seq ?? null } };
      },
    ),
    endpoint(
      'events.read',
      {
        method: 'get',
        path: '/v1/decisions/stream',
        summary: 'Decisions, notifications and changes as they happen (server-sent events)',
        produces: 'text/event-stream',
        body: nothing,
        query: streamQuery,
      },
      async ({ query, stillWelcome }) => {
        const reader = feed.read();
        if (reader === undefined) {
          throw new SallyportError('record/unavailable', 'too many event streams are open', {
            fix: 'close another one',
          });
        }
        return {
          kind: 'stream',
          write: (response) => writeEventStream(response, reader, { kind: query.kind, stillWelcome }),
        };
      },
    ),
    endpoint(
      'decisions.read',
      { method: 'get', path: '/v1/decisions/:id', summary: 'One decision, whole', body: nothing, query: nothing },
      async ({ id }) => {
        const found = await store.decision(id);
        if (found === undefined) throw new SallyportError('request/not-found', `there is no decision ${id}`);
        return { kind: 'json', value: { ...toJson(found), verification: await verificationOf(store, id) } };
      },
    ),
  ];
}

/** How it was, or is being, found out whether it worked; null where nobody looks. */
async function verificationOf(store: Store, id: string): Promise<JsonObject | null> {
  const open = await store.get('verifications', id);
  return (open ?? (await store.get('closed', `verifications:${id}`)))?.body ?? null;
}

function toJson(record: DecisionRecord): object {
  return { ...record, asked: record.asked ?? null, outcome: record.outcome ?? null };
}
