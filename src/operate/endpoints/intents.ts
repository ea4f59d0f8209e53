import { z } from 'zod';
import { SallyportError } from '../../errors.ts';
import { type Intent, intentToJson } from '../../intents/intent.ts';
import { attachBody, closeBody, openBody } from '../../intents/intent-order.ts';
import type { Intents } from '../../intents/intents.ts';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';

const agent = z.string().min(1).max(63);

/** What agents are trying to do, as operators see it; they may open one for an agent, add to it and end it. */
export function intentEndpoints(intents: Intents, hasAgent: (id: string) => boolean): readonly Endpoint[] {
  return [
    endpoint(
      'intents.read',
      {
        method: 'get',
        path: '/v1/intents',
        summary: 'Open intents, oldest first; of one agent with `agent=`',
        body: nothing,
        query: z.strictObject({ agent: agent.optional() }),
      },
      async ({ query }) => ({ kind: 'json', value: { intents: intents.listOpen(query.agent).map(intentToJson) } }),
    ),
    endpoint(
      'intents.read',
      {
        method: 'get',
        path: '/v1/intents/:id',
        summary: 'One intent, open or over, with its evidence',
        body: nothing,
        query: nothing,
      },
      async ({ id }) => ({ kind: 'json', value: intentToJson(await find(intents, id)) }),
    ),
    endpoint(
      'intents.write',
      {
        method: 'post',
        path: '/v1/intents',
        summary: 'Open an intent for an agent; whoever opens it cannot approve what it leads to',
        status: 201,
        body: openBody.extend({ agent }),
        query: nothing,
      },
      async ({ body: { agent: id, ...order } }, caller) => {
        if (!hasAgent(id)) throw new SallyportError('request/not-found', `there is no agent ${JSON.stringify(id)}`);
        return { kind: 'json', value: intentToJson(await intents.openFor(id, order, caller.id)) };
      },
    ),
    endpoint(
      'intents.write',
      {
        method: 'post',
        path: '/v1/intents/:id/evidence',
        summary: 'Attach what sources say to an intent',
        body: attachBody,
        query: nothing,
      },
      async ({ id, body }, caller) => ({
        kind: 'json',
        value: intentToJson(await intents.attach(id, body, caller.id)),
      }),
    ),
    endpoint(
      'intents.write',
      {
        method: 'post',
        path: '/v1/intents/:id/close',
        summary: 'End an intent: no call belongs to it any more, and tokens that are bound to it open nothing',
        body: closeBody,
        query: nothing,
      },
      async ({ id, body }, caller) => ({ kind: 'json', value: intentToJson(await intents.close(id, body, caller.id)) }),
    ),
  ];
}

async function find(intents: Intents, id: string): Promise<Intent> {
  const intent = await intents.find(id);
  if (intent === undefined) throw new SallyportError('request/not-found', `there is no intent ${JSON.stringify(id)}`);
  return intent;
}
