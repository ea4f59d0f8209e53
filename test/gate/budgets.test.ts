import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import type { CaseFile } from '../../src/record/case-file.ts';
import { at } from '../e2e/cluster-gate.ts';
import { FIRST_TIME } from '../review/library.ts';
import { buildSite } from '../review/site.ts';
import { forwarded, put, putConfigMaps, SMALL_LIMITS } from './budget-site.ts';
import { type Answer, type GateLab, ROUTE, startGateLab } from './gate-lab.ts';
import { type Fault, type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

const MERGE = { 'content-type': 'application/merge-patch+json' };
const HOUR = 3_600_000;
const API = '/kube/demo/api/v1/namespaces';

const clock = { ahead: 0 };
/** Waited for between the record of an allowed call and its first byte. */
const between: { stall: ((file: CaseFile) => Promise<void>) | undefined } = { stall: undefined };
let folder: string;
let upstream: RecordingUpstream;
let lab: GateLab;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-budgets-'));
  const path = join(folder, 'site.tar.gz');
  await buildSite(SMALL_LIMITS, path);
  upstream = await startRecordingUpstream();
  const labels = { 'sallyport.dev/environment': 'test', 'sallyport.dev/service': 'trial' };
  await put(upstream, '/api/v1/namespaces', { metadata: { name: 'shop-test', labels } });
  lab = await startGateLab({
    upstream: { url: upstream.url },
    config: { bundle: { path, watch: false } },
    now: () => new Date(Date.now() + clock.ahead),
    stall: async (file) => between.stall?.(file),
  });
}, FIRST_TIME);
afterAll(async () => {
  await lab.close();
  await upstream.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => upstream.forget());
afterEach(() => {
  upstream.fault = undefined;
  between.stall = undefined;
});

interface Act {
  readonly namespace?: string;
  readonly value?: string;
  readonly intent?: string;
}

const patch = (token: string, name: string, { namespace = 'shop-dev', value = '1', intent }: Act = {}) =>
  lab.call('PATCH', `${API}/${namespace}/configmaps/${name}`, {
    ...{ token, body: { data: { a: value } } },
    headers: { ...MERGE, ...(intent === undefined ? {} : { 'sallyport-intent': intent }) },
  });
const remove = (token: string, name: string) => lab.call('DELETE', `${API}/shop-dev/configmaps/${name}`, { token });
const passed = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 200).length;
const recorded = (answer: Answer) => lab.admin.get(`/v1/decisions/${String(answer.headers['sallyport-decision'])}`);
/** The state that a call was judged by. */
const stateOf = async (answer: Answer) => at(await recorded(answer), 'decided', 'input', 'state') as JsonObject;

/** The upstream answers changes so, and is asked as ever. */
function answering(status: number): void {
  upstream.fault = (request, response) => {
    if (request.method === 'GET' || (request.url ?? '').includes('dryRun=All')) return false;
    const body = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status });
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
    return true;
  };
}

async function inTurns<T, R>(things: readonly T[], at: number, act: (thing: T) => Promise<R>): Promise<readonly R[]> {
  const found: R[] = [];
  for (let i = 0; i < things.length; i += at)
    found.push(...(await Promise.all(things.slice(i, i + at).map((thing) => act(thing)))));
  return found;
}

describe('a budget', () => {
  it('of 5 changes lets exactly 5 of 50 through that come at once, from several agents', async () => {
    const names = await putConfigMaps(upstream, 'shop-staging', 'crowd', 50);
    const tokens = await Promise.all(Array.from({ length: 5 }, async () => (await lab.agent()).token));
    upstream.forget();
    const answers = await Promise.all(
      names.map((name, i) => patch(tokens[i % 5] ?? '', name, { namespace: 'shop-staging' })),
    );
    expect(passed(answers)).toBe(5);
    expect(forwarded(upstream)).toHaveLength(5);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(({ status }) => status))).toEqual(new Set([403]));
    const held = await Promise.all(answers.filter(({ status }) => status === 403).map(recorded));
    expect(new Set(held.map((record) => at(record, 'decided', 'did')))).toEqual(new Set(['hold']));
  });

  it('of 10 objects lets 10 of 100 single deletions through, and says by what it was spent and until when', async () => {
    const names = await putConfigMaps(upstream, 'shop-dev', 'single', 100);
    const { id, token } = await lab.agent();
    upstream.forget();
    const answers = await inTurns(names, 8, (name) => remove(token, name));
    expect(passed(answers)).toBe(10);
    expect(forwarded(upstream)).toHaveLength(10);
    const last = answers.at(-1);
    if (last === undefined) throw new Error('nobody answered');
    const spenders = at(await stateOf(last), 'spent', 'agent', 'dev', 'calls') as readonly string[];
    expect(spenders).toHaveLength(3);
    expect(last.json).toMatchObject({ title: 'Held for approval', status: 403 });
    expect(last.json.detail).toMatch(
      new RegExp(
        `limits/hourly: the delete of configmaps single-99 in namespace shop-dev would bring what agent ${id} spent in dev ` +
          `within the hour to 11 objects, and the budget is 10, lately by ${spenders.join(', ')}\\. ` +
          'Ask platform to approve it, or wait: the first part counts no longer from 20[-\\dT:.]+Z on\\.',
      ),
    );
  });

  it('is whole again when the hour is over, and not before', async () => {
    const names = await putConfigMaps(upstream, 'shop-dev', 'later', 12);
    const { token } = await lab.agent();
    expect(passed(await inTurns(names.slice(0, 10), 5, (name) => patch(token, name)))).toBe(10);
    clock.ahead += HOUR - 60_000;
    expect((await patch(token, names[10] ?? '')).status).toBe(403);
    clock.ahead += 3 * 60_000;
    expect((await patch(token, names[11] ?? '')).status).toBe(200);
  });

  it('of an intent is shared by all calls that belong to it, by their token or their header, and by no others', async () => {
    const names = await putConfigMaps(upstream, 'shop-dev', 'meant', 6);
    const { id, token } = await lab.agent();
    const opened = await lab.call('POST', '/sallyport/v1/intents', { token, body: { reason: 'a test' } });
    const intent = String(opened.json.id);
    const order = { route: ROUTE, intent, why: 'a test' };
    const bound = String((await lab.admin.post(`/v1/agents/${id}/tokens`, order)).token);
    const answers: Answer[] = [];
    for (const [i, name] of names.slice(0, 5).entries())
      answers.push(await (i % 2 === 0 ? patch(bound, name) : patch(token, name, { intent })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 403, 403]);
    expect(answers[3]?.json.detail).toContain('what this intent spent in dev within the hour to 4 changes');
    expect((await patch(token, names[5] ?? '')).status).toBe(200);
  });

  it('concerns neither reads nor dry runs', async () => {
    const names = await putConfigMaps(upstream, 'shop-dev', 'spent', 11);
    const { token } = await lab.agent();
    await inTurns(names.slice(0, 10), 5, (name) => patch(token, name));
    expect((await patch(token, names[10] ?? '')).status).toBe(403);
    const read = await lab.call('GET', `${API}/shop-dev/configmaps/spent-1`, { token });
    const rehearsed = await lab.call('DELETE', `${API}/shop-dev/configmaps/spent-1?dryRun=All`, { token });
    expect([read.status, rehearsed.status]).toEqual([200, 200]);
    expect(await stateOf(read)).toMatchObject({ counts: 'unknown', spent: 'unknown', failures: 'unknown' });
  });
});

describe('what was reserved', () => {
  it.each([
    [409, 0, 0],
    [422, 0, 1],
    [301, 0, 1],
    [500, 1, 1],
    [200, 1, 0],
  ])('for a change that ends with %i: %i spent, %i failures', async (status, changes, failures) => {
    const [name = '', other = ''] = await putConfigMaps(upstream, 'shop-dev', `end-${status}`, 2);
    const { token } = await lab.agent();
    answering(status);
    expect((await patch(token, name)).status).toBe(status);
    upstream.fault = undefined;
    const again = await stateOf(await patch(token, name, { value: '2' }));
    expect([at(again, 'spent', 'agent'), at(again, 'failures', 'count')]).toEqual([
      changes === 0 ? {} : { dev: expect.objectContaining({ changes, objects: 1, pods: 0 }) },
      failures,
    ]);
    const elsewhere = await stateOf(await patch(token, other));
    expect(elsewhere).toMatchObject({ failures: { count: 0 }, counts: { under_way: { agent: 0 } } });
  });

  it('is given back when the upstream was down', async () => {
    const doomed = await startRecordingUpstream();
    const [name = ''] = await putConfigMaps(doomed, 'shop-dev', 'doomed', 1);
    const other: GateLab = await startGateLab({
      upstream: { url: doomed.url },
      config: { bundle: { path: join(folder, 'site.tar.gz') } },
      stall: async () => {
        await doomed.close();
        // Meanwhile the gate hears that its connections are closed.
        await other.admin.get('/v1/routes');
      },
    });
    try {
      const { token } = await other.agent();
      const send = () =>
        other.call('PATCH', `${API}/shop-dev/configmaps/${name}`, {
          token,
          body: { data: { a: '1' } },
          headers: MERGE,
        });
      const first = await send();
      expect(first.status).toBe(502);
      const recordOf = (answer: Answer) =>
        other.admin.get(`/v1/decisions/${String(answer.headers['sallyport-decision'])}`);
      await expect.poll(async () => at(await recordOf(first), 'outcome', 'state')).toBe('not-sent');
      // Nothing can be measured now, so this one is stopped; it tells what counts.
      const state = at(await recordOf(await send()), 'decided', 'input', 'state');
      expect(state).toMatchObject({
        spent: { agent: {}, services: 'unknown' },
        counts: { changes: 1, repeats: { count: 0 }, under_way: { agent: 0 } },
        failures: { count: 0 },
      });
    } finally {
      await other.close();
    }
  });
});

describe('a pace', () => {
  it('of 2 changes at once refuses the third while two are under way, and takes it when one has ended', async () => {
    const names = await putConfigMaps(upstream, 'shop-test', 'pace', 4);
    const { id, token } = await lab.agent();
    const gates = names.slice(0, 2).map(() => Promise.withResolvers<void>());
    let waiting = 0;
    const bothWait = Promise.withResolvers<void>();
    between.stall = async () => {
      const gate = gates[waiting];
      waiting += 1;
      if (waiting === 2) bothWait.resolve();
      await gate?.promise;
    };
    const running = names.slice(0, 2).map((name) => patch(token, name, { namespace: 'shop-test' }));
    await bothWait.promise;
    const third = await patch(token, names[2] ?? '', { namespace: 'shop-test' });
    expect([third.status, third.json.message]).toEqual([
      403,
      expect.stringContaining(
        `limits/rate: changes of agent ${id} under way at once: 2, and the limit in test is 2. ` +
          'Send it again when one of them has ended.',
      ),
    ]);
    gates[0]?.resolve();
    await Promise.race(running);
    await expect.poll(async () => (await patch(token, names[3] ?? '', { namespace: 'shop-test' })).status).toBe(200);
    gates[1]?.resolve();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('of 5 changes a minute refuses the sixth, and takes it a minute later', async () => {
    const names = await putConfigMaps(upstream, 'shop-test', 'fast', 7);
    const { token } = await lab.agent();
    const statuses: number[] = [];
    for (const name of names.slice(0, 6)) statuses.push((await patch(token, name, { namespace: 'shop-test' })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 403]);
    clock.ahead += 62_000;
    expect((await patch(token, names[6] ?? '', { namespace: 'shop-test' })).status).toBe(200);
  });
});

describe('an attempt', () => {
  it('at a fix that failed twice asks people, whatever value it writes, and leaves other fixes alone', async () => {
    const [name = '', other = ''] = await putConfigMaps(upstream, 'shop-dev', 'fix', 2);
    const { token } = await lab.agent();
    answering(500);
    const failed = [await patch(token, name), await patch(token, name, { value: '2' })];
    expect(failed.map(({ status }) => status)).toEqual([500, 500]);
    upstream.fault = undefined;
    upstream.forget();
    const third = await patch(token, name, { value: '3' });
    const ids = failed.map(({ headers }) => String(headers['sallyport-decision']));
    expect([third.status, third.json.detail]).toEqual([
      403,
      expect.stringContaining(
        `. limits/attempts: the same fix, the patch of ` +
          `configmaps ${name} in namespace shop-dev, failed 2 times within the hour (${ids.join(', ')}), and at 2 people are ` +
          'asked in dev.',
      ),
    ]);
    expect(forwarded(upstream)).toEqual([]);
    expect((await patch(token, other)).status).toBe(200);
  });

  it('at the same change once too often asks people', async () => {
    const [name = ''] = await putConfigMaps(upstream, 'shop-test', 'same', 1);
    const { token } = await lab.agent();
    const send = () => patch(token, name, { namespace: 'shop-test' });
    const statuses = [await send(), await send(), await send(), await send()].map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200, 403]);
    expect((await patch(token, name, { namespace: 'shop-test', value: '2' })).status).toBe(200);
  });

  it('of an agent that was denied four times asks people; its reads pass', async () => {
    const [name = ''] = await putConfigMaps(upstream, 'shop-dev', 'denied', 1);
    const { token } = await lab.agent({ scope: { namespaces: ['shop-dev'] } });
    for (let i = 0; i < 4; i += 1)
      expect((await lab.call('GET', `${API}/shop-prod/configmaps`, { token })).status).toBe(403);
    expect((await patch(token, name)).json.detail).toContain('was denied 4 times within the hour');
    expect((await lab.call('GET', `${API}/shop-dev/configmaps/${name}`, { token })).status).toBe(200);
  });
});

describe('after two thousand calls of every kind and end', () => {
  it('nothing is under way, and what was spent is what got through', async () => {
    clock.ahead += 2 * HOUR;
    const [name = ''] = await putConfigMaps(upstream, 'shop-prod', 'busy', 1);
    const names = await putConfigMaps(upstream, 'shop-staging', 'busy', 40);
    const agents = await Promise.all(Array.from({ length: 8 }, () => lab.agent()));
    let ended = 0;
    const ends: readonly Fault[] = [
      ({ socket }) => {
        socket.destroy();
        return true;
      },
      (_request, response) => {
        response.writeHead(409, { 'content-length': '0' });
        response.end();
        return true;
      },
      () => false,
    ];
    upstream.fault = (...call) => {
      const [{ method, url = '' }] = call;
      if (method === 'GET' || url.includes('dryRun=All')) return false;
      ended += 1;
      return ends[ended % ends.length]?.(...call) ?? false;
    };
    upstream.forget();
    const calls = Array.from({ length: 2_000 }, (_, i) => i);
    await inTurns(calls, 40, (i) => {
      const { token } = agents[i % agents.length] ?? { token: '' };
      if (i % 4 === 0) return lab.call('GET', `${API}/shop-dev/configmaps`, { token });
      if (i % 4 === 1) return patch(token, name, { namespace: 'shop-prod', value: String(i) });
      return patch(token, names[i % names.length] ?? '', { namespace: 'shop-staging', value: String(i) });
    });
    upstream.fault = undefined;
    const state = await stateOf(await patch(agents[0]?.token ?? '', names[0] ?? '', { namespace: 'shop-staging' }));
    expect(at(state, 'counts', 'under_way')).toEqual({ agent: 0, services: { shop: 0 }, intent: 'none' });
    // Five at most count at a time, and what was given back made room for others.
    expect(at(state, 'spent', 'services', 'shop', 'staging', 'changes')).toBe(5);
    expect(ended).toBeGreaterThan(5);
    expect(forwarded(upstream)).toHaveLength(ended);
  }, 120_000);
});
