import { type Duplex, duplexPair } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Join, type JoinEnd } from '../../../src/settle/stream/join.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A joined stream: what the caller and the upstream hold of it, and how it ended. */
function joined() {
  const [caller, toCaller] = duplexPair();
  const [upstream, toUpstream] = duplexPair();
  const ends: JoinEnd[] = [];
  for (const side of [toCaller, toUpstream]) side.on('error', () => undefined);
  const join = new Join(toCaller, toUpstream, (end) => ends.push(end));
  return { caller, upstream, sides: [toCaller, toUpstream], ends, join };
}

/** Lets streams pass on what they hold, which takes them several turns. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
}

const destroyed = (sides: readonly Duplex[]) => sides.map((side) => side.destroyed);

it.each<['caller' | 'upstream', JoinEnd]>([
  ['caller', 'caller-left'],
  ['upstream', 'complete'],
])('a stream whose %s has ended its half ends after five silent minutes, and not before', async (first, how) => {
  const stream = joined();
  const [one, other] = first === 'caller' ? [stream.caller, stream.upstream] : [stream.upstream, stream.caller];
  other.resume();
  one.end('bye');
  await settle();
  vi.advanceTimersByTime(299_000);
  // Whoever goes on talking is not silent.
  other.write('but');
  await settle();
  vi.advanceTimersByTime(299_000);
  await settle();
  expect([stream.ends, destroyed(stream.sides)]).toEqual([[], [false, false]]);
  vi.advanceTimersByTime(1_000);
  await settle();
  expect([stream.ends, destroyed(stream.sides)]).toEqual([[how], [true, true]]);
});

it('a stream that both sides leave open may be silent for ever', async () => {
  const stream = joined();
  vi.advanceTimersByTime(86_400_000);
  await settle();
  expect([stream.ends, destroyed(stream.sides)]).toEqual([[], [false, false]]);
});

it('what is cut is gone on both sides, and is told nothing of', async () => {
  const stream = joined();
  stream.caller.write('in the');
  await settle();
  stream.join.cut();
  await settle();
  expect([stream.ends, destroyed(stream.sides), stream.join.carried]).toEqual([
    [],
    [true, true],
    { bytesIn: 6, bytesOut: 0 },
  ]);
});

it.each<[string, 0 | 1, JoinEnd]>([
  ['caller', 0, 'caller-left'],
  ['upstream', 1, 'upstream-broke'],
])('a %s that was gone before is found to be', async (_who, which, how) => {
  const [, toCaller] = duplexPair();
  const [, toUpstream] = duplexPair();
  [toCaller, toUpstream][which]?.destroy();
  await settle();
  const ends: JoinEnd[] = [];
  new Join(toCaller, toUpstream, (end) => ends.push(end));
  await settle();
  vi.advanceTimersByTime(60_000);
  await settle();
  expect([ends, toCaller.destroyed, toUpstream.destroyed]).toEqual([[how], true, true]);
});
