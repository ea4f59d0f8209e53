import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../src/json.ts';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import type { Leaf } from '../../src/record/store.ts';
import { type GateProcess, startGateProcess } from './gate-process.ts';
import { type Fault, type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

const CALLS = 5_000;
const CONNECTIONS = 32;
const AGENTS = 4;
/** Killed at these counts of answers: once in full flow, once while the upstream keeps this many calls waiting. */
const FIRST_KILL = 1_500;
const SECOND_KILL = 3_000;
const WAITING = 8;

const NS = '/kube/demo/api/v1/namespaces/shop-dev';

/** Four kinds of calls in turn, each with its number in its path or its body, so that it can be found again. */
const KINDS = ['change', 'read', 'denied', 'create'] as const;
const kindOf = (n: number) => KINDS[n % KINDS.length];

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly type?: string;
}

function callOf(n: number): Call {
  const name = `c-${n}`;
  switch (kindOf(n)) {
    case 'change': {
      const body = JSON.stringify({ data: { n: String(n) } });
      return { method: 'PATCH', path: `${NS}/configmaps/${name}`, body, type: 'application/merge-patch+json' };
    }
    case 'create': {
      const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { n: String(n) } });
      return { method: 'POST', path: `${NS}/configmaps`, body, type: 'application/json' };
    }
    case 'denied':
      return { method: 'GET', path: `${NS}/secrets/${name}`, body: '' };
    default:
      return { method: 'GET', path: `${NS}/configmaps/${name}`, body: '' };
  }
}

let upstream: RecordingUpstream;
let gate: GateProcess;
/** By number: the status that the client saw, or that its connection broke. */
const ends = new Map<number, number | 'broken'>();
let leaves: readonly Leaf[] = [];

/** Answers for every config map of the test, or keeps the caller waiting. */
function answering() {
  let waiting = 0;
  const state = {
    wait: false,
    /** Called when as many as are wanted wait. */
    onWaiting: (): void => undefined,
    fault: ((incoming, response) => {
      const name = numberIn(incoming.url ?? '');
      const isList = incoming.url === '/api/v1/namespaces/shop-dev/configmaps';
      if (name === undefined && !isList) return false;
      if (state.wait) {
        waiting += 1;
        if (waiting === WAITING) state.onWaiting();
        return true;
      }
      const text = JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: name === undefined ? 'new' : `c-${name}`, namespace: 'shop-dev', resourceVersion: '1' },
        data: { n: incoming.method === 'GET' ? '' : 'changed' },
      });
      response.writeHead(isList ? 201 : 200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      });
      response.end(text);
      return true;
    }) satisfies Fault,
  };
  return state;
}

beforeAll(async () => {
  upstream = await startRecordingUpstream();
  gate = await startGateProcess({ url: upstream.url });
  // More than one agent, for each may have only so many measurements under way.
  const tokens = await Promise.all(Array.from({ length: AGENTS }, (_, i) => gate.token(`agent-${i}`, 3)));
  const server = answering();
  upstream.fault = server.fault;
  const clients = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ca: gate.caPem });
  let up: Promise<void> = Promise.resolve();
  let answered = 0;
  let kills = 0;
  const restart = async () => {
    kills += 1;
    await gate.kill();
    server.wait = false;
    await gate.start();
  };
  server.onWaiting = () => {
    up = restart();
  };
  const onAnswer = () => {
    answered += 1;
    if (answered === FIRST_KILL) up = restart();
    if (answered === SECOND_KILL) server.wait = true;
  };
  let next = 0;
  const client = async (_: unknown, i: number) => {
    const token = tokens[i % AGENTS] ?? '';
    for (let n = next++; n < CALLS; n = next++) {
      await up;
      const end = await ask(clients, token, callOf(n));
      ends.set(n, end);
      if (end !== 'broken') onAnswer();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  clients.destroy();
  expect(kills).toBe(2);
  expect(await gate.stop()).toBe(0);
  leaves = await readLog();
}, 120_000);

afterAll(async () => {
  await gate.remove();
  await upstream.close();
});

async function ask(agent: Agent, token: string, { method, path, body, type }: Call): Promise<number | 'broken'> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(type === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
  };
  const sending = request(`${gate.origin}${path}`, { method, agent, headers });
  // Told by what is awaited below; after the answer began, by its end.
  sending.on('error', () => undefined);
  try {
    const answer = once(sending, 'response');
    sending.end(body);
    const [response] = await answer;
    response.resume();
    await once(response, 'end');
    return response.statusCode;
  } catch {
    return 'broken';
  }
}

async function readLog(): Promise<readonly Leaf[]> {
  const store = await openSqliteStore({ path: join(gate.state, 'sallyport.db') });
  try {
    return await store.leaves(0, 100_000);
  } finally {
    await store.close();
  }
}

function numberIn(text: string): number | undefined {
  const found = /\bc-(\d+)\b/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

interface Logged {
  readonly seq: number;
  readonly id: string;
  readonly n: number;
  readonly body: JsonObject;
}

/** The leaves of one kind; `n` is the number of the call, -1 where the leaf does not say. */
function logged(kind: Leaf['kind']): readonly Logged[] {
  return leaves
    .filter((leaf) => leaf.kind === kind)
    .map(({ seq, id, leaf }) => {
      const body: JsonObject = JSON.parse(leaf);
      const call = isObject(body.call) ? body.call : {};
      return { seq, id, body, n: numberIn(`${call.path} ${call.name}`) ?? -1 };
    });
}

const numbers = (events: readonly Logged[]): readonly number[] => events.map(({ n }) => n);
const twice = <T>(values: readonly T[]): readonly T[] => values.filter((value, i) => values.indexOf(value) !== i);

/** What reached the upstream for a call: the call itself, or a question that the gate put to measure it. */
function reachedBy(which: 'forwarded' | 'measured'): readonly number[] {
  return upstream.calls().flatMap(({ method, url, body }) => {
    const n = numberIn(url) ?? numberIn(body);
    if (n === undefined) throw new Error(`${method} ${url} reached the upstream, which no call of the test asks for`);
    const measures = kindOf(n) === 'change' && (method === 'GET' || url.includes('dryRun=All'));
    return measures === (which === 'measured') ? [n] : [];
  });
}

describe('5,000 mixed calls at 32 connections, the gate killed twice and started again', () => {
  it('are answered as they should be, but for those that were under way', () => {
    const wrong = [...ends].filter(([n, end]) => {
      const expected = { change: 200, read: 200, denied: 403, create: 201 }[kindOf(n) ?? 'read'];
      return end !== 'broken' && end !== expected;
    });
    expect(wrong).toEqual([]);
    expect(ends.size).toBe(CALLS);
    const broken = [...ends.values()].filter((end) => end === 'broken').length;
    expect(broken).toBeGreaterThanOrEqual(WAITING);
    expect(broken).toBeLessThanOrEqual(4 * CONNECTIONS);
  });

  it('leave a log without gaps, whose leaves hash to what is stored', () => {
    expect(leaves.map(({ seq }) => seq)).toEqual(leaves.map((_, i) => i));
    const wrong = leaves.filter(({ leaf, hash }) => {
      const expected = createHash('sha256').update(Buffer.of(0)).update(leaf).digest();
      return !expected.equals(hash);
    });
    expect(wrong).toEqual([]);
  });

  it('reached the upstream only with a durable intent', () => {
    const intents = new Set(numbers(logged('decided').filter(({ body }) => body.did === 'allow')));
    const forwarded = reachedBy('forwarded');
    expect(forwarded.length).toBeGreaterThan(CALLS / 2);
    expect(forwarded.filter((n) => !intents.has(n))).toEqual([]);
    expect(forwarded.filter((n) => kindOf(n) === 'denied')).toEqual([]);
  });

  it('were measured only once that was on the record', () => {
    const asked = new Set(numbers(logged('asked')));
    const measured = reachedBy('measured');
    expect(measured.length).toBeGreaterThan(CALLS / 8);
    expect(measured.filter((n) => !asked.has(n))).toEqual([]);
  });

  it('are neither recorded nor forwarded twice', () => {
    expect(twice(numbers(logged('decided')))).toEqual([]);
    expect(twice(numbers(logged('asked')))).toEqual([]);
    expect(twice(logged('outcome').map(({ id }) => id))).toEqual([]);
    expect(twice(reachedBy('forwarded'))).toEqual([]);
  });

  it('are each on the record when they were answered', () => {
    const decided = new Set(numbers(logged('decided')));
    expect([...ends].filter(([n, end]) => end !== 'broken' && !decided.has(n))).toEqual([]);
  });

  it('that never got an outcome were marked lost by the next start, before it served anybody', () => {
    const outcomes = new Map(logged('outcome').map((outcome) => [outcome.id, outcome]));
    const decided = new Set(logged('decided').map(({ id }) => id));
    const intents = logged('decided').filter(({ body }) => body.did === 'allow');
    expect(intents.filter(({ id }) => !outcomes.has(id))).toEqual([]);
    expect(logged('asked').filter(({ id }) => !decided.has(id) && !outcomes.has(id))).toEqual([]);

    const lost = [...outcomes.values()].filter(({ body }) => body.state === 'lost').map(({ seq }) => seq);
    expect(lost.length).toBeGreaterThanOrEqual(WAITING);
    const starts = logged('gate').filter(({ body }) => body.what === 'started');
    expect(starts).toHaveLength(3);
    const foundByStarts = starts.flatMap(({ seq, body }) =>
      Array.from({ length: Number(body.lost) }, (_, i) => seq - Number(body.lost) + i),
    );
    expect(lost).toEqual(foundByStarts);
  });
});
