import { Agent } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ALLOW, buildPolicy } from '../decide/rego-lab.ts';
import { type BundleServerLab, startBundleServer } from '../serve/bundle-source/bundle-server.ts';
import { ask } from './gate-lab.ts';
import { type GateProcess, startGateProcess } from './gate-process.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

const WITHIN = { timeout: 20_000 };

let upstream: RecordingUpstream;
let bundles: BundleServerLab;
let gate: GateProcess;
let clients: Agent;

beforeAll(async () => {
  upstream = await startRecordingUpstream();
  bundles = await startBundleServer({ waits: false });
  bundles.put(await buildPolicy(`decision := ${ALLOW} if input.call.route != "unknown"`));
  const bundle = { url: bundles.url, poll: { every: '200ms', timeout: '5s' } };
  gate = await startGateProcess({ url: upstream.url }, { bundle });
  clients = new Agent({ ca: gate.caPem });
}, 60_000);
afterAll(async () => {
  clients.destroy();
  await gate.remove();
  await bundles.close();
  await upstream.close();
});

it('a gate that was killed judges by its last good bundle while the server is away, and by the new one after', async () => {
  const token = await gate.token('reader', 3);
  const read = async () => {
    const { status } = await ask(clients, `${gate.origin}/kube/demo/api/v1/namespaces/shop-dev/configmaps`, 'GET', {
      token,
    });
    return status;
  };
  expect(await read()).toBe(200);
  await gate.kill();
  bundles.answer = (_, response) => response.writeHead(503).end();
  bundles.put(await buildPolicy(''));
  await gate.start();
  expect(await read()).toBe(200);
  bundles.answer = undefined;
  await expect.poll(read, WITHIN).toBe(403);
  expect(await gate.stop()).toBe(0);
}, 60_000);
