import { expect, it } from 'vitest';
import { OpenCalls } from '../../src/settle/open-calls.ts';

/** Three open calls: one that stands, one that authority has left, one that time has ended. */
function threeCalls() {
  const calls = new OpenCalls();
  const cut: string[] = [];
  const add = (id: string, gone: string | undefined, over: string | undefined) =>
    calls.add({ id, standing: () => gone ?? over, lapsed: () => over, cut: (why) => cut.push(`${id}: ${why}`) });
  add('stands', undefined, undefined);
  const frozen = add('frozen', 'a freeze', undefined);
  const expired = add('expired', undefined, 'its end');
  return { calls, cut, ends: [frozen, expired] };
}

it('a review cuts what no longer stands, once', async () => {
  const { calls, cut } = threeCalls();
  expect([await calls.review(), await calls.review()]).toEqual([2, 0]);
  expect(cut).toEqual(['frozen: a freeze', 'expired: its end']);
  expect(calls.size).toBe(1);
});

it('a sweep cuts only what time has ended', () => {
  const { calls, cut } = threeCalls();
  expect([calls.sweep(), calls.sweep()]).toEqual([1, 0]);
  expect(cut).toEqual(['expired: its end']);
  expect(calls.size).toBe(2);
});

it('a call that has ended is asked nothing any more', async () => {
  const { calls, cut, ends } = threeCalls();
  for (const end of ends) end();
  expect([await calls.review(), cut]).toEqual([0, []]);
});

/** So many open calls; whoever is told of it is told after each that was asked. */
function manyCalls(count: number, asked: (calls: OpenCalls, id: number) => string | undefined) {
  const calls = new OpenCalls();
  const cut: number[] = [];
  const ends = Array.from({ length: count }, (_, id) =>
    calls.add({ id: `${id}`, standing: () => asked(calls, id), lapsed: () => undefined, cut: () => cut.push(id) }),
  );
  return { calls, cut, ends };
}

it('of a thousand the loop serves others before all are cut', async () => {
  const { calls, cut } = manyCalls(1_000, () => 'a freeze');
  const seen: number[] = [];
  const beat = setInterval(() => seen.push(cut.length), 0);
  expect(await calls.review()).toBe(1_000);
  clearInterval(beat);
  expect(cut).toHaveLength(1_000);
  expect(seen.some((count) => count > 0 && count < 1_000)).toBe(true);
});

it('what moves while it looks is looked at too, of those it was through with', async () => {
  let frozen = false;
  const { calls, cut } = manyCalls(60, (on, id) => {
    if (frozen) return 'a freeze';
    if (id === 59) {
      frozen = true;
      void on.review();
    }
    return undefined;
  });
  expect(await calls.review()).toBe(60);
  expect(cut).toHaveLength(60);
});

it('who ends while others are looked at is not cut', async () => {
  const { calls, cut, ends } = manyCalls(40, (_on, id) => {
    if (id === 0) setImmediate(() => ends[39]?.());
    return 'a freeze';
  });
  expect(await calls.review()).toBe(39);
  expect(cut).not.toContain(39);
});
