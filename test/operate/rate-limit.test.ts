import { expect, it } from 'vitest';
import { RateLimit } from '../../src/operate/rate-limit.ts';

function at(seconds: number): Date {
  return new Date(1_900_000_000_000 + seconds * 1000);
}

it('lets so many through at once, then as many as time brings back, never more than it holds', () => {
  const limit = new RateLimit(2, 60_000);
  const takes = [0, 0, 0, 29, 30, 30, 600, 600, 600].map((second) => limit.take(at(second)));
  expect(takes).toEqual([true, true, false, false, true, false, true, true, false]);
});

it('a clock that is set back gives nothing away', () => {
  const limit = new RateLimit(1, 60_000);
  expect([0, -3600, -3599].map((second) => limit.take(at(second)))).toEqual([true, false, false]);
});

it.each([
  [0, 1000],
  [1, 0],
  [Number.NaN, 1000],
])('a limit of %d in %d ms is refused', (most, period) => {
  expect(() => new RateLimit(most, period)).toThrow(RangeError);
});
