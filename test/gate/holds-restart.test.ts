import type { ServerResponse } from 'node:http';
import { Agent } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import { isArray, type JsonObject } from '../../src/json.ts';
import type { OperationsClient } from '../../src/operate/client.ts';
import { logged, readLog } from './crash-log.ts';
import { ask } from './gate-lab.ts';
import { type GateProcess, startGateProcess } from './gate-process.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

const PATH = '/api/v1/namespaces/shop-dev/configmaps/features';
const WHY = { why: 'a test' };
/** Each restart is a program that starts anew. */
const PROCESSES = 120_000;

let upstream: RecordingUpstream;
let gate: GateProcess;
let clients: Agent;
let token: string;
let ana: OperationsClient;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
  gate = await startGateProcess({ url: upstream.url }, { holds: { wait: '0ms' } });
  clients = new Agent({ keepAlive: true, ca: gate.caPem });
  token = await gate.token('deployer', 2);
  // Nobody approves what their own agent asks for.
  ana = await gate.operator('ana', 'approver', ['platform']);
}, PROCESSES);
afterAll(async () => {
  clients.destroy();
  await gate.remove();
  await upstream.close();
});

const change = (value: string) =>
  ask(clients, `${gate.origin}/kube/demo${PATH}`, 'PATCH', {
    token,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { data: { checkout: value } },
  });
const broken = (answer: Promise<unknown>) => answer.then(() => 'answered').catch(() => 'broken');
const held = (id: string) => gate.admin.get(`/v1/approvals/${id}`);
const waiting = async () => {
  const { approvals } = await gate.admin.get('/v1/approvals');
  return (isArray(approvals) ? approvals : []).map((each) => [textAt(each, 'id'), textAt(each, 'state')]);
};
const done = () =>
  upstream.calls().filter(({ method, url }) => method === 'PATCH' && !url.includes('dryRun=All')).length;
/** Killed with SIGKILL, and there again. */
async function restart(): Promise<void> {
  await gate.kill();
  await gate.start();
}
/** Keeps the change itself without an answer; resolves when it has come. */
function stallChange(): Promise<ServerResponse> {
  return new Promise((resolve) => {
    upstream.fault = ({ method, url }, response) => {
      if (method !== 'PATCH' || url?.includes('dryRun=All') === true) return false;
      upstream.fault = undefined;
      resolve(response);
      return true;
    };
  });
}

it(
  'a held call still waits after a restart, and its approval is good after another',
  async () => {
    const first = await change('modern');
    const id = String(first.headers['sallyport-decision']);
    expect([first.status, first.headers['sallyport-outcome']]).toEqual([403, 'hold']);
    await restart();
    const again = await change('modern');
    expect([again.status, again.headers['sallyport-decision']]).toEqual([403, id]);
    await ana.post(`/v1/approvals/${id}/approve`, WHY);
    await restart();
    expect(await waiting()).toEqual([[id, 'approved']]);
    expect(done()).toBe(0);
    const ran = await change('modern');
    expect([ran.status, done(), await waiting()]).toEqual([200, 1, []]);
    expect(await held(id)).toMatchObject({ state: 'used', ranAs: ran.headers['sallyport-decision'] });
  },
  PROCESSES,
);

it(
  'killed while it runs, it ran once, nobody says how it ended, and it asks anew',
  async () => {
    const first = await change('third');
    const id = String(first.headers['sallyport-decision']);
    await ana.post(`/v1/approvals/${id}/approve`, WHY);
    const before = done();
    const arrived = stallChange();
    const answer = broken(change('third'));
    const response = await arrived;
    await restart();
    response.destroy();
    expect(await answer).toBe('broken');
    const used: JsonObject = await held(id);
    expect(used).toMatchObject({ state: 'used', ended: { by: 'gate' } });
    expect(await gate.admin.get(`/v1/decisions/${textAt(used, 'ranAs')}`)).toMatchObject({
      decided: { did: 'allow', approved: { hold: id } },
      outcome: { state: 'lost', sent: 'unknown' },
    });
    const again = await change('third');
    expect([again.status, again.headers['sallyport-outcome']]).toEqual([403, 'hold']);
    expect(again.headers['sallyport-decision']).not.toBe(id);
    expect(done() - before).toBe(1);
    await gate.admin.post(`/v1/approvals/${String(again.headers['sallyport-decision'])}/cancel`, WHY);
  },
  PROCESSES,
);

it(
  'killed before it is sent, it did not run, and that is known',
  async () => {
    const before = done();
    const first = await change('fourth');
    const id = String(first.headers['sallyport-decision']);
    await ana.post(`/v1/approvals/${id}/approve`, WHY);
    // Measured, and not judged yet: the approval is not used up.
    const asked = new Promise<void>((resolve) => {
      upstream.fault = ({ url }) => {
        if (url?.includes('dryRun=All') !== true) return false;
        resolve();
        return true;
      };
    });
    const answer = broken(change('fourth'));
    await asked;
    await gate.kill();
    upstream.fault = undefined;
    await gate.start();
    expect(await answer).toBe('broken');
    expect([await waiting(), done() - before]).toEqual([[[id, 'approved']], 0]);
    expect((await change('fourth')).status).toBe(200);
    expect(done() - before).toBe(1);
  },
  PROCESSES,
);

it(
  'each hold ended once on the record, and no approval was used twice',
  async () => {
    await gate.stop();
    const changes = logged(await readLog(gate.state), 'changed').map(({ body }) => body);
    const used = changes.filter(({ what }) => what === 'hold.used').map(({ hold }) => String(hold));
    const opened = changes.filter(({ what }) => what === 'hold.opened').map(({ hold }) => String(hold));
    expect([used.length, new Set(used).size, opened.length, new Set(opened).size]).toEqual([3, 3, 4, 4]);
  },
  PROCESSES,
);
