import { z } from 'zod';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';
import { entryJson, type StoredEntry } from '../notify/entry.ts';
import type { Notices } from '../notify/notices.ts';

const listQuery = z.strictObject({
  state: z.enum(['waiting', 'dead']).optional(),
  target: z.string().min(1).max(63).optional(),
});
const why = z.string().trim().min(1).max(1000);
const body = z.strictObject({ why });
const testBody = z.strictObject({ target: z.string().min(1).max(63), why });

/** Notices that did not reach their target, and what to do about those that never will by themselves. */
export function noticeEndpoints(notices: Notices): readonly Endpoint[] {
  return [
    endpoint(
      'decisions.read',
      {
        method: 'get',
        path: '/v1/notices',
        summary: 'Notices that are not delivered, dead ones first',
        body: nothing,
        query: listQuery,
      },
      async ({ query: { state, target } }) => {
        const found = (await notices.list()).filter(
          ({ entry }) => (state === undefined || entry.state === state) && (target ?? entry.target) === entry.target,
        );
        return { kind: 'json', value: { notices: found.map(shown) } };
      },
    ),
    endpoint(
      'notices.write',
      {
        method: 'post',
        path: '/v1/notices/test',
        summary: 'Send a target a notice that says that it is a test',
        status: 202,
        body: testBody,
        query: nothing,
      },
      async ({ body: { target, why } }, caller) => {
        await notices.test(target, caller.id, why);
        return { kind: 'json', value: { target } };
      },
    ),
    endpoint(
      'notices.write',
      { method: 'post', path: '/v1/notices/:id/retry', summary: 'Send a dead notice again', body, query: nothing },
      async ({ id, body: { why } }, caller) => ({
        kind: 'json',
        value: shown(await notices.retry(id, caller.id, why)),
      }),
    ),
    endpoint(
      'notices.write',
      { method: 'post', path: '/v1/notices/:id/drop', summary: 'Give a dead notice up for good', body, query: nothing },
      async ({ id, body: { why } }, caller) => ({ kind: 'json', value: shown(await notices.drop(id, caller.id, why)) }),
    ),
  ];
}

function shown({ id, entry }: StoredEntry): object {
  const { place: _, ...rest } = entryJson(entry);
  return { id, ...rest };
}
