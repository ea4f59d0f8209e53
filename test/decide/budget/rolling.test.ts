import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RollingCount } from '../../../src/decide/budget/rolling-count.ts';
import { RollingSpend, WINDOW_MS } from '../../../src/decide/budget/rolling-spend.ts';
import { Tally } from '../../../src/decide/budget/tally.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-20T20:00:00.000Z');

/** Steps of time, most of them small. */
const steps = fc.array(
  fc.oneof({ weight: 8, arbitrary: fc.nat(20_000) }, { weight: 1, arbitrary: fc.nat(2 * WINDOW_MS) }),
  { maxLength: 200 },
);

describe('a rolling count', () => {
  it('counts each for at least the window and at most a slot longer, whatever the times', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(1_000, 10_000, MINUTE), (waits, width) => {
        const count = new RollingCount(width, 60);
        const times: number[] = [];
        let now = START;
        for (const wait of waits) {
          now += wait;
          count.add(now);
          times.push(now);
          const total = count.total(now);
          const within = (window: number) => times.filter((time) => now - time < window).length;
          expect(total).toBeGreaterThanOrEqual(within(60 * width));
          expect(total).toBeLessThanOrEqual(within(61 * width));
        }
        expect(count.total(now + 61 * width)).toBe(0);
      }),
    );
  });

  it('loses nothing when the clock goes backwards', () => {
    const count = new RollingCount(1_000, 60);
    count.add(START);
    count.add(START - WINDOW_MS);
    expect(count.total(START)).toBe(2);
  });

  it('takes back what still counts, and nothing else', () => {
    const count = new RollingCount(1_000, 60);
    count.add(START);
    count.add(START + 30_000);
    count.remove(START);
    count.remove(START - 5_000);
    expect(count.total(START + 30_000)).toBe(1);
    count.remove(START + 30_000);
    count.remove(START + 30_000);
    expect(count.total(START + 30_000)).toBe(0);
  });
});

describe('what was spent', () => {
  const amounts = fc.record({
    objects: fc.oneof(fc.nat(50), fc.constant('unknown' as const)),
    pods: fc.nat(10),
    share: fc.constantFrom(0, 0.1, 0.2, 0.25, 1),
  });

  it('is the sum of what was taken in the last hour and not given back, to the minute', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20 * MINUTE), amounts, fc.boolean()), { maxLength: 60 }), (acts) => {
        const spend = new RollingSpend();
        let kept: { decision: string; at: number; took: (typeof acts)[number][1] }[] = [];
        let now = START;
        for (const [i, [wait, took, back]] of acts.entries()) {
          now += wait;
          spend.take(`d-${i}`, now, took);
          kept.push({ decision: `d-${i}`, at: now, took });
          const [first] = kept;
          if (back && first !== undefined) {
            spend.giveBack(first.decision, first.at, first.took);
            kept = kept.slice(1);
          }
          const minutes = (time: number) => Math.floor(time / MINUTE);
          const live = kept.filter(({ at }) => minutes(now) - minutes(at) <= 60);
          const view = spend.view(now);
          if (live.length === 0) {
            expect(view).toBeUndefined();
            continue;
          }
          const known = live.map(({ took: { objects } }) => objects);
          const oldest = Math.min(...live.map(({ at }) => minutes(at)));
          expect(view).toEqual({
            changes: live.length,
            objects: known.includes('unknown') ? 'unknown' : known.reduce<number>((sum, each) => sum + Number(each), 0),
            pods: live.reduce((sum, { took: { pods } }) => sum + pods, 0),
            share: expect.closeTo(
              live.reduce((sum, { took: { share } }) => sum + share, 0),
              5,
            ),
            frees: new Date((oldest + 61) * MINUTE).toISOString(),
            calls: expect.any(Array),
          });
        }
      }),
    );
  });

  it('adds fractions up without a rest', () => {
    const spend = new RollingSpend();
    for (let i = 0; i < 3; i += 1) spend.take(`d-${i}`, START, { objects: 0, pods: 0, share: 0.1 });
    expect(spend.view(START)?.share).toBe(0.3);
  });

  it('takes the same room for a hundred thousand changes as for a hundred', () => {
    const spend = new RollingSpend();
    for (let i = 0; i < 100_000; i += 1) spend.take(`d-${i}`, START + i * 36, { objects: 1, pods: 0, share: 0 });
    const view = spend.view(START + WINDOW_MS);
    expect(view).toMatchObject({ changes: 100_000, objects: 100_000, calls: ['d-99997', 'd-99998', 'd-99999'] });
  });
});

describe('a tally', () => {
  it('counts each thing for an hour and names the newest decisions', () => {
    const tally = new Tally();
    for (let i = 0; i < 5; i += 1) tally.add('a', `d-${i}`, START + i * MINUTE);
    tally.add('b', 'd-9', START);
    expect(tally.view('a', START + 5 * MINUTE)).toEqual({ count: 5, calls: ['d-2', 'd-3', 'd-4'] });
    expect(tally.view('a', START + WINDOW_MS + MINUTE)).toEqual({ count: 3, calls: ['d-2', 'd-3', 'd-4'] });
    expect(tally.view('c', START)).toEqual({ count: 0, calls: [] });
    tally.remove('a', 'd-4');
    expect(tally.view('a', START + 5 * MINUTE)).toEqual({ count: 4, calls: ['d-1', 'd-2', 'd-3'] });
    expect(tally.expire(START + 2 * WINDOW_MS)).toBe(true);
  });

  it('is unknown for an hour once it could not tell all things apart', () => {
    const tally = new Tally();
    for (let i = 0; i < 1_024; i += 1) tally.add(`k-${i}`, `d-${i}`, START);
    expect(tally.view('k-0', START)).toEqual({ count: 1, calls: ['d-0'] });
    tally.add('one more', 'd', START + MINUTE);
    for (const key of ['k-0', 'one more', 'another']) expect(tally.view(key, START + MINUTE)).toBe('unknown');
    expect(tally.expire(START + WINDOW_MS)).toBe(false);
    expect(tally.view('k-0', START + WINDOW_MS + MINUTE)).toEqual({ count: 0, calls: [] });
    expect(tally.expire(START + WINDOW_MS + MINUTE)).toBe(true);
  });

  it('makes room for new things by those of more than an hour ago', () => {
    const tally = new Tally();
    for (let i = 0; i < 1_024; i += 1) tally.add(`k-${i}`, `d-${i}`, START);
    tally.add('one more', 'd', START + WINDOW_MS);
    expect(tally.view('one more', START + WINDOW_MS)).toEqual({ count: 1, calls: ['d'] });
  });
});
