import { Agent } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import { isArray, type JsonObject } from '../../src/json.ts';
import { ask } from './gate-lab.ts';
import { type GateProcess, startGateProcess } from './gate-process.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';
import { changeFeatures, DIRECT, direct, FEATURES, pass } from './revert-stage.ts';

let upstream: RecordingUpstream;
let gate: GateProcess;
let agent: Agent;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  gate = await startGateProcess({ url: upstream.url });
  agent = new Agent({ ca: gate.caPem });
}, 60_000);
afterAll(async () => {
  agent.destroy();
  await gate.remove();
  await upstream.close();
});

const change = async (value: string) =>
  changeFeatures(
    { call: (method, path, asked = {}) => ask(agent, gate.origin + path, method, asked) },
    await gate.token(`fixer-${value}`, 3),
    value,
  );
const now = async () => textAt(await direct(upstream, 'GET', FEATURES), 'data', 'checkout');

/** Orders it, and kills the gate once its patch is upstream, done there or not. */
async function killDuring(decision: string, isDone: boolean): Promise<void> {
  const arrived = new Promise<void>((resolve) => {
    upstream.fault = (incoming, _response, { method, url, headers, body }) => {
      const isPatch = method === 'PATCH' && !url.includes('dryRun=All');
      if (!isPatch || incoming.headers[DIRECT] !== undefined) return false;
      void (isDone ? pass(upstream, method, url, body, headers) : Promise.resolve()).then(() => resolve());
      return true;
    };
  });
  const ordered = gate.admin.post('/v1/reverts', { decision, why: 'a test' }).then(
    () => 'answered',
    () => 'broken',
  );
  await arrived;
  await gate.kill();
  expect(await ordered).toBe('broken');
  upstream.fault = undefined;
  await gate.start();
}

/** The record of the attempt that was under way. */
async function attempt(decision: string): Promise<JsonObject> {
  const { decisions } = await gate.admin.get('/v1/decisions?limit=5');
  const found = (isArray(decisions) ? decisions : []).find(
    (one) => textAt(one, 'decided', 'reverts', 'decision') === decision,
  );
  return (found ?? {}) as JsonObject;
}

it('killed before the upstream has done it: it did not run, and is run when it is ordered again', async () => {
  const id = await change('undone');
  await killDuring(id, false);
  expect(await attempt(id)).toMatchObject({ outcome: { state: 'lost' } });
  expect(await now()).toBe('undone');
  expect(await gate.admin.post('/v1/reverts', { decision: id, why: 'again' })).toMatchObject({ state: 'ran' });
  expect(await now()).toBe('classic');
}, 60_000);

it('killed after the upstream has done it: what is there says so, and nothing runs twice', async () => {
  const id = await change('done');
  await killDuring(id, true);
  expect(await attempt(id)).toMatchObject({ outcome: { state: 'lost' } });
  expect(await now()).toBe('classic');
  upstream.forget();
  expect(await gate.admin.post('/v1/reverts', { decision: id, why: 'again' })).toMatchObject({
    state: 'nothing-to-do',
    message: 'configmaps/features is as it was before',
  });
  expect(upstream.calls().map(({ method }) => method)).toEqual(['GET']);
}, 60_000);
