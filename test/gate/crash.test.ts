import { createHash } from 'node:crypto';
import { Agent } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Leaf } from '../../src/record/store.ts';
import { answering, ask, kindOf, numberIn } from './crash-calls.ts';
import { type Logged, logged, readLog, twice } from './crash-log.ts';
import { planWatches, tryIn } from './crash-watches.ts';
import { type GateProcess, startGateProcess } from './gate-process.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

const CALLS = 10_000;
const CONNECTIONS = 32;
const WATCHES = 200;
const AGENTS = 4;
/** Killed at these counts of answers: once in full flow, once while the upstream keeps this many calls waiting. */
const FIRST_KILL = 3_000;
const SECOND_KILL = 6_000;
const WAITING = 8;

let upstream: RecordingUpstream;
let gate: GateProcess;
const watches = planWatches();
/** By number: the status that the client saw, or that its connection broke. */
const ends = new Map<number, number | 'broken'>();
let watchedAtTheEnd: readonly string[] = [];
let decided: readonly Logged[] = [];
let asked: readonly Logged[] = [];
let outcomes: readonly Logged[] = [];
let leaves: readonly Leaf[] = [];

beforeAll(async () => {
  upstream = await startRecordingUpstream();
  gate = await startGateProcess({ url: upstream.url });
  // More than one agent, for each may have only so many measurements under way.
  const tokens = await Promise.all(Array.from({ length: AGENTS }, (_, i) => gate.token(`agent-${i}`, 3)));
  const tokenOf = (i: number) => tokens[i % AGENTS] ?? '';
  const server = answering(WAITING);
  upstream.fault = (...request) => watches.fault(...request) || server.fault(...request);
  const { origin, caPem } = gate;
  const clients = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ca: caPem });
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
  watches.open({ count: WATCHES, origin, caPem, tokenOf, up: () => up });
  await watches.allOpen();
  let next = 0;
  const client = async (_: unknown, i: number) => {
    for (let n = next++; n < CALLS; n = next++) {
      await up;
      const end = await ask(clients, origin, tokenOf(i), n);
      ends.set(n, end);
      if (end !== 'broken') onAnswer();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  clients.destroy();
  expect(kills).toBe(2);
  await watches.allOpen();
  await watches.tell('{"type":"BOOKMARK"}');
  watchedAtTheEnd = watches.openUpstream();
  watches.close();
  expect(await gate.stop()).toBe(0);
  leaves = await readLog(gate.state);
  decided = logged(leaves, 'decided');
  asked = logged(leaves, 'asked');
  outcomes = logged(leaves, 'outcome');
}, 180_000);

afterAll(async () => {
  await gate.remove();
  await upstream.close();
});

const numbers = (events: readonly Logged[]): readonly number[] => events.map(({ n }) => n).filter((n) => n >= 0);
const tries = (events: readonly Logged[]): readonly string[] => events.flatMap(({ watch }) => watch ?? []);
const allowed = (): readonly Logged[] => decided.filter(({ body }) => body.did === 'allow');
/** The tries of watches that reached the upstream. */
const watched = (): readonly string[] => upstream.calls().flatMap(({ url }) => tryIn(url) ?? []);

const PODS = '/api/v1/namespaces/shop-dev/pods?';

/** What reached the upstream for a call: the call itself, or a question that the gate put to measure it. */
function reachedBy(which: 'forwarded' | 'measured'): readonly number[] {
  return upstream.calls().flatMap(({ method, url, body }) => {
    if (tryIn(url) !== undefined) return [];
    const n = numberIn(url) ?? numberIn(body);
    // Who uses a config map is asked of all pods, for any of the changes.
    if (method === 'GET' && url.startsWith(PODS)) return [];
    if (n === undefined) throw new Error(`${method} ${url} reached the upstream, which no call of the test asks for`);
    const measures = url.includes('dryRun=All') || (kindOf(n) === 'change' && method === 'GET');
    return measures === (which === 'measured') ? [n] : [];
  });
}

describe('10,000 mixed calls at 32 connections beside 200 watches, the gate killed twice and started again', () => {
  it('are answered as they should be, but for those that were under way', () => {
    const wrong = [...ends].filter(([n, end]) => {
      const expected = { change: 200, read: 200, denied: 403, create: 201 }[kindOf(n)];
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
    const intents = new Set(numbers(allowed()));
    const forwarded = reachedBy('forwarded');
    expect(forwarded.length).toBeGreaterThan(CALLS / 2);
    expect(forwarded.filter((n) => !intents.has(n))).toEqual([]);
    expect(forwarded.filter((n) => kindOf(n) === 'denied')).toEqual([]);
  });

  it('were measured only once that was on the record', () => {
    const measuring = new Set(numbers(asked));
    const measured = reachedBy('measured');
    expect(measured.length).toBeGreaterThan(CALLS / 8);
    expect(measured.filter((n) => !measuring.has(n))).toEqual([]);
  });

  it('are neither recorded nor forwarded twice', () => {
    expect(twice(numbers(decided))).toEqual([]);
    expect(twice(numbers(asked))).toEqual([]);
    expect(twice(outcomes.map(({ id }) => id))).toEqual([]);
    expect(twice(reachedBy('forwarded'))).toEqual([]);
  });

  it('are each on the record when they were answered', () => {
    const recorded = new Set(numbers(decided));
    expect([...ends].filter(([n, end]) => end !== 'broken' && !recorded.has(n))).toEqual([]);
  });

  it('that never got an outcome were marked lost by the next start, before it served anybody', () => {
    const ended = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
    const judged = new Set(decided.map(({ id }) => id));
    expect(allowed().filter(({ id }) => !ended.has(id))).toEqual([]);
    expect(asked.filter(({ id }) => !judged.has(id) && !ended.has(id))).toEqual([]);

    const lost = outcomes.filter(({ body }) => body.state === 'lost').map(({ seq }) => seq);
    expect(lost.length).toBeGreaterThanOrEqual(WAITING + 2 * WATCHES);
    const starts = logged(leaves, 'gate').filter(({ body }) => body.what === 'started');
    expect(starts).toHaveLength(3);
    const foundByStarts = starts.flatMap(({ seq, body }) =>
      Array.from({ length: Number(body.lost) }, (_, i) => seq - Number(body.lost) + i),
    );
    expect(lost).toEqual(foundByStarts);
  });
});

describe('the 200 watches', () => {
  it('were open again after each kill, and told what happened then', () => {
    expect(watches.opened()).toHaveLength(WATCHES);
    expect(watches.opened().filter((times) => times < 3)).toEqual([]);
    expect([...watches.answers].filter(([, answer]) => answer !== 200 && answer !== 'broken')).toEqual([]);
    // One try of each: what a killed gate had open is gone.
    expect(watchedAtTheEnd).toHaveLength(WATCHES);
    expect(twice(watchedAtTheEnd.map((name) => name.replace(/-\d+$/, '')))).toEqual([]);
  });

  it('reached the upstream only with a durable intent, each try once', () => {
    const intents = new Set(tries(allowed()));
    expect(watched().length).toBeGreaterThanOrEqual(3 * WATCHES);
    expect(watched().filter((name) => !intents.has(name))).toEqual([]);
    expect(twice(watched())).toEqual([]);
    expect(twice(tries(decided))).toEqual([]);
  });
});
