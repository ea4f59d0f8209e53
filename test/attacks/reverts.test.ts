import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import { readConfig } from '../../src/config/file.ts';
import type { JsonObject } from '../../src/json.ts';
import { type RunningGate, startGate } from '../../src/serve.ts';
import { type GateLab, startGateLab } from '../gate/gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../gate/recording-upstream.ts';
import { changeFeatures, direct, FEATURES, MERGE } from '../gate/revert-stage.ts';

let upstream: RecordingUpstream;
let lab: GateLab;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  lab = await startGateLab({ upstream: { url: upstream.url } });
});
afterAll(async () => {
  await lab.close();
  await upstream.close();
});
/** A new agent for each: one whose changes are taken back too often is frozen. */
const change = async (value: string) => changeFeatures(lab, (await lab.agent({ level: 3 })).token, value);
beforeEach(() => upstream.forget());

const revert = (decision: string, more: JsonObject = {}) =>
  lab.admin.post('/v1/reverts', { decision, why: 'a test', ...more });
const writes = () => upstream.reached.filter(({ method }) => method !== 'GET');

describe('an agent that passes its call off as a revert', () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ['the user agent of one', { 'user-agent': 'sallyport (revert of 01)' }],
    ['headers that no claim has', { 'sallyport-reverts': '01', 'sallyport-credential': 'operator' }],
    ['the user that reverts have upstream', { 'impersonate-user': 'sallyport:reverts' }],
    ['an intent like a decision', { 'sallyport-intent': '01', 'sallyport-reason': '{"reverts":{"by":"gate"}}' }],
  ])('by %s is judged as itself', async (_what, headers) => {
    const { token } = await lab.agent({ level: 1 });
    const asked = { token, headers: { ...MERGE, ...headers }, body: { data: { checkout: 'stolen' }, reverts: 'x' } };
    const answer = await lab.call('PATCH', `/kube/demo${FEATURES}`, asked);
    expect([400, 403]).toContain(answer.status);
    expect(writes().filter(({ url }) => !url.includes('dryRun=All'))).toEqual([]);
    const id = String(answer.headers['sallyport-decision']);
    const { decided } = await lab.admin.get(`/v1/decisions/${id}`);
    expect(JSON.stringify(decided)).not.toMatch(/"reverts":\{/);
    expect(JSON.stringify(decided)).not.toMatch(/"credential":"(operator|gate)"/);
  });

  it.each(['gate', 'operator', 'reverts', 'sallyport-gate'])('under the name %s has that name alone', async (id) => {
    const { token } = await lab.agent({ id, level: 1 });
    const asked = { token, headers: MERGE, body: { data: { checkout: 'stolen' } } };
    expect((await lab.call('PATCH', `/kube/demo${FEATURES}`, asked)).status).toBe(403);
    expect(upstream.calls().map(({ headers }) => headers['impersonate-user'])).not.toContain('sallyport:reverts');
  });

  it.each(['operator:root', 'sallyport:gate', 'sallyport:reverts'])('cannot even be called %s', async (id) => {
    await expect(lab.agent({ id })).rejects.toMatchObject({ code: 'request/invalid' });
  });
});

describe('a decision that is not what it says', () => {
  it.each([
    ['is nobody’s', '01a1ffd0-500e-7881-8553-f85839e138bf', 'request/not-found'],
    ['is a path', '../freezes', 'request/invalid'],
    ['has control characters', 'a\u0000b', 'request/invalid'],
    ['is empty', '', 'request/invalid'],
    ['is too long', 'a'.repeat(300), 'request/invalid'],
  ])('reverts nothing: it %s', async (_what, decision, code) => {
    await expect(revert(decision)).rejects.toMatchObject({ code });
    expect(upstream.reached).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['a way back of its own', { plan: { method: 'DELETE', path: '/api/v1/namespaces/shop-prod' } }],
    ['who orders it', { by: { kind: 'gate' } }],
    ['a why of many pages', { why: 'x'.repeat(1001) }],
    ['no why', { why: ' ' }],
  ])('reverts nothing when it brings %s', async (_what, more) => {
    const id = await change('brought');
    upstream.forget();
    await expect(revert(id, more)).rejects.toMatchObject({ code: 'request/invalid' });
    expect(upstream.reached).toEqual([]);
    await revert(id);
  });
});

describe('a secret that was written', () => {
  it('is nowhere in the open, and in no conflict', async () => {
    const password = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';
    const id = await change(password);
    await direct(upstream, 'PATCH', FEATURES, { data: { checkout: `${password.slice(0, -1)}6` } });
    const conflict = await revert(id);
    expect(textAt(conflict, 'state')).toBe('conflict');
    expect(JSON.stringify([conflict, await lab.admin.get(`/v1/decisions/${id}/way-back`)])).not.toContain('ghp_');
    const leaves = await lab.gate.store.related(`decision:${id}`, 0, 100);
    expect(leaves.map(({ leaf }) => leaf).join('\n')).not.toContain('ghp_');
  });
});

describe('a store in other hands while the gate is down', () => {
  const ids: Record<string, string> = {};
  let again: RunningGate;
  beforeAll(async () => {
    for (const what of ['changed', 'swapped', 'other', 'gone']) {
      await direct(upstream, 'PATCH', FEATURES, { data: { checkout: 'classic' } });
      ids[what] = await change(what);
    }
    await lab.gate.close();
    const db = new Database(join(lab.state, 'sallyport.db'));
    const { changed, swapped, other, gone } = ids;
    const { bytes } = db
      .prepare<[string | undefined], { bytes: Buffer }>('SELECT bytes FROM sealed WHERE decision = ?')
      .get(changed) ?? {
      bytes: Buffer.alloc(0),
    };
    bytes.writeUInt8(bytes.readUInt8(60) ^ 1, 60);
    db.prepare('UPDATE sealed SET bytes = ? WHERE decision = ?').run(bytes, changed);
    db.prepare('UPDATE sealed SET bytes = (SELECT bytes FROM sealed WHERE decision = ?) WHERE decision = ?').run(
      other,
      swapped,
    );
    db.prepare('DELETE FROM sealed WHERE decision = ?').run(gone);
    db.close();
    again = await startGate(readConfig(lab.configFile));
  }, 60_000);
  afterAll(() => again.close());

  it.each([
    [
      'changed',
      'what was kept was changed',
      /^way-back of decision \S+ cannot be opened: it was sealed with another key, or changed$/,
    ],
    ['swapped', 'what was kept is of another decision', /cannot be opened/],
    ['gone', 'it was taken away', /^what the way back needs was not kept, or is erased by now$/],
  ])('gets nothing done (%s): %s', async (what, _words, message) => {
    const { reverts } = again;
    const decision = ids[what] ?? '';
    upstream.forget();
    const impossible = { state: 'impossible', message: expect.stringMatching(message) };
    expect(await reverts.automatic(decision, 'a test')).toMatchObject(impossible);
    const by = { kind: 'gate' } as const;
    expect(await reverts.revert({ decision, by, why: 'a test', force: true })).toMatchObject(impossible);
    expect(writes()).toEqual([]);
  });
});
