import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import { FIRST_TIME } from '../review/library.ts';
import { buildSite } from '../review/site.ts';
import { type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';
import { changeFeatures, direct, FEATURES, MERGE } from './revert-stage.ts';

const HOUR = 3_600_000;
/** The certificates of the gate are good from now on, by the clock of the client. */
const OPEN = Date.now();
const SHUT = OPEN + HOUR;
const at = (instant: number) => new Date(instant).toISOString();
const WINDOW = { outside: 'deny', once: [{ start: at(OPEN - HOUR), end: at(OPEN + HOUR / 2) }] };
const AUTOMATIC = { hours: 48, automatic: { B: true, C: false } };
const NEVER = { hours: 1, automatic: { B: false, C: false } };

let folder: string;
let upstream: RecordingUpstream;
let lab: GateLab;
let agent: { readonly id: string; readonly token: string };
/** What the gate's clock says. */
let time = OPEN;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-reverts-'));
  const path = join(folder, 'reverts.tar.gz');
  const windows = { default: 'open', environments: { dev: WINDOW }, services: {} };
  await buildSite({ windows, reverts: { prod: NEVER, staging: NEVER, test: NEVER, dev: AUTOMATIC } }, path);
  upstream = await startRecordingUpstream();
  lab = await startGateLab({
    upstream: { url: upstream.url },
    now: () => new Date(time),
    config: { bundle: { path, watch: false } },
  });
}, FIRST_TIME);
afterAll(async () => {
  await lab.close();
  await upstream.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  time = OPEN;
  agent = await lab.agent({ level: 3 });
});

const now = async () => textAt(await direct(upstream, 'GET', FEATURES), 'data', 'checkout');
const revert = (decision: string) => lab.admin.post('/v1/reverts', { decision, why: 'a test' });

it('the gate reverts by itself while its agent is frozen and its window is shut, and not while everything is frozen', async () => {
  const id = await changeFeatures(lab, agent.token, 'failing');
  time = SHUT;
  const again = () =>
    lab.call('PATCH', `/kube/demo${FEATURES}`, {
      token: agent.token,
      headers: MERGE,
      body: { data: { checkout: 'x' } },
    });
  expect((await again()).body).toContain('outside the change windows of dev');
  const ofAgent = await lab.admin.post('/v1/freezes', { scope: { kind: 'agent', agent: agent.id }, why: 'a test' });
  expect((await again()).body).toContain(`agent ${agent.id} is frozen`);
  const ofAll = await lab.admin.post('/v1/freezes', { scope: { kind: 'everything' }, why: 'a test' });
  const blocked = await lab.gate.reverts.automatic(id, 'it never became ready');
  expect([blocked.state, await now()]).toEqual(['blocked', 'failing']);
  const told = (await lab.gate.store.related(`decision:${id}`, 0, 10)).map(({ leaf }) => JSON.parse(leaf));
  expect(told.at(-1)).toMatchObject({ what: 'revert.blocked', by: 'gate', decision: id, agent: agent.id });

  await lab.admin.post(`/v1/freezes/${textAt(ofAll, 'id')}/lift`, { why: 'a test' });
  expect(await lab.gate.reverts.automatic(id, 'it never became ready')).toMatchObject({ state: 'ran' });
  expect(await now()).toBe('classic');
  await lab.admin.post(`/v1/freezes/${textAt(ofAgent, 'id')}/lift`, { why: 'a test' });
});

it('a change may be taken back for so long as the policy says', async () => {
  const id = await changeFeatures(lab, agent.token, 'late');
  time = OPEN + 49 * HOUR;
  const late = {
    state: 'blocked',
    message: expect.stringContaining('it is too late (in dev that may be done for 48 hours)'),
  };
  expect(await lab.gate.reverts.automatic(id, 'a test')).toMatchObject(late);
  time = OPEN + 47 * HOUR;
  expect(await revert(id)).toMatchObject({ state: 'ran' });
  expect(await now()).toBe('classic');
});
