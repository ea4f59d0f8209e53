import { afterAll, beforeAll, expect, it } from 'vitest';
import { noticeJson } from '../../src/operate/notify/notice.ts';
import { NOTICE } from './notify/notices.ts';
import { storeEntries } from './notify/stored-entries.ts';
import { type OperationsLab, openOperationsLab } from './operations-lab.ts';

let lab: OperationsLab;
let ids: readonly string[];
beforeAll(async () => {
  lab = await openOperationsLab();
  ids = await storeEntries(lab.store, [{ state: 'waiting', attempts: 2 }, {}, { target: 'chat' }]);
  // What else is in the outbox is nobody's to see.
  await lab.store.transact([{ collection: 'outbox', id: 'head', expect: 0, body: { cursor: 3 } }], []);
});
afterAll(() => lab.close());

const list = async (query = '') => {
  const { status, json } = await lab.ask('GET', `/v1/notices${query}`, { token: lab.tokens.viewer });
  expect(status).toBe(200);
  return (json as { notices: { id: string }[] }).notices;
};
const post = (path: string, body: object = { why: 'it is up again' }) =>
  lab.ask('POST', `/v1/notices/${path}`, { token: lab.tokens.operator, body });

it('lists what was not delivered, dead ones first, whole', async () => {
  const [waiting, dead, chat] = ids;
  const found = await list();
  expect(found.map(({ id }) => id)).toEqual([dead, chat, waiting]);
  expect(found[0]).toEqual({
    ...{ id: dead, target: 'pager', state: 'dead', attempts: 200, notice: noticeJson(NOTICE) },
    ...{ since: '2030-01-15T12:00:00.000Z', next: '2030-01-16T12:00:00.000Z', error: 'it answered 503' },
  });
});

it.each<[string, (all: readonly string[]) => readonly (string | undefined)[]]>([
  ['?state=dead', ([, dead, chat]) => [dead, chat]],
  ['?state=waiting', ([waiting]) => [waiting]],
  ['?target=chat', ([, , chat]) => [chat]],
  ['?target=chat&state=waiting', () => []],
])('lists those that are asked for: %s', async (query, expected) => {
  expect((await list(query)).map(({ id }) => id)).toEqual(expected(ids));
});

it.each<[string, number, string]>([
  ['notice.pager.000000000009.event/retry', 404, 'request/not-found'],
  ['head/retry', 404, 'request/not-found'],
  ['head/drop', 404, 'request/not-found'],
  ['notice.pager.000000000000.event/retry', 400, 'request/invalid'],
  ['notice.pager.000000000000.event/drop', 400, 'request/invalid'],
])('does nothing to what is not dead: %s', async (path, status, code) => {
  const before = await list();
  expect(await post(path)).toMatchObject({ status, json: { code } });
  expect(await list()).toEqual(before);
});

it('sends a test to a target, and to no other', async () => {
  const why = 'to see whether it arrives';
  expect(await post('test', { target: 'pager', why })).toMatchObject({ status: 202, json: { target: 'pager' } });
  expect(await post('test', { target: 'page', why })).toMatchObject({
    ...{ status: 404, json: { code: 'request/not-found', fix: 'the targets are: pager, chat' } },
  });
  const leaves = (await lab.store.leaves(0, 1_000)).map(({ leaf }) => JSON.parse(leaf));
  expect(leaves.filter(({ what }) => what === 'notice.test')).toMatchObject([
    { by: lab.ids.operator, why, target: 'pager' },
  ]);
});

it('wants a reason', async () => {
  for (const body of [{}, { why: '' }, { why: 'x'.repeat(1_001) }, { why: 'x', by: 'me' }])
    expect(await post(`${ids[1]}/retry`, body)).toMatchObject({ status: 400, json: { code: 'request/invalid' } });
});

it('of two who retry and drop at once one is told that the other was faster', async () => {
  const [id] = await storeEntries(lab.store, [{ target: 'race' }]);
  const answers = await Promise.all([post(`${id}/retry`), post(`${id}/drop`)]);
  const statuses = answers.map(({ status }) => status).sort();
  expect([statuses[0], [400, 404, 409].includes(statuses[1] ?? 0)]).toEqual([200, true]);
});

it('sends again and drops, which is on the record', async () => {
  const [, dead, chat] = ids;
  expect(await post(`${dead}/retry`)).toMatchObject({ status: 200, json: { id: dead, state: 'waiting', attempts: 0 } });
  expect(await post(`${chat}/drop`, { why: 'nobody reads it' })).toMatchObject({ status: 200, json: { id: chat } });
  expect((await list('?target=chat')).length).toBe(0);
  const leaves = (await lab.store.leaves(0, 1_000)).map(({ leaf }) => JSON.parse(leaf));
  expect(
    leaves.filter(({ what, target }) => ['notice.retried', 'notice.dropped'].includes(what) && target !== 'race'),
  ).toMatchObject([
    { what: 'notice.retried', by: lab.ids.operator, why: 'it is up again', notice: dead, target: 'pager', hold: 'h1' },
    { what: 'notice.dropped', by: lab.ids.operator, why: 'nobody reads it', notice: chat, target: 'chat', hold: 'h1' },
  ]);
});
