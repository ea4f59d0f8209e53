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

it('a review cuts what no longer stands, once', () => {
  const { calls, cut } = threeCalls();
  expect([calls.review(), calls.review()]).toEqual([2, 0]);
  expect(cut).toEqual(['frozen: a freeze', 'expired: its end']);
  expect(calls.size).toBe(1);
});

it('a sweep cuts only what time has ended', () => {
  const { calls, cut } = threeCalls();
  expect([calls.sweep(), calls.sweep()]).toEqual([1, 0]);
  expect(cut).toEqual(['expired: its end']);
  expect(calls.size).toBe(2);
});

it('a call that has ended is asked nothing any more', () => {
  const { calls, cut, ends } = threeCalls();
  for (const end of ends) end();
  expect([calls.review(), cut]).toEqual([0, []]);
});
