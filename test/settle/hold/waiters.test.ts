import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Waiters } from '../../../src/settle/hold/waiters.ts';

const LONG = 60_000;
/** The end of a connection, as far as waiting knows it. */
const caller = () => Object.assign(new EventEmitter(), { destroyed: false });

describe('callers who wait', () => {
  it('are woken by what they wait for, and by nothing else', async () => {
    const waiters = new Waiters(100);
    const [one, other] = [waiters.wait('h1', caller(), LONG, 0), waiters.wait('h2', caller(), LONG, 0)];
    waiters.wake('h1');
    expect([await one, waiters.size]).toEqual(['changed', 1]);
    waiters.close();
    expect([await other, waiters.size]).toEqual(['time', 0]);
  });

  it('are forgotten when they leave', async () => {
    const waiters = new Waiters(100);
    const leaving = caller();
    const waiting = waiters.wait('h1', leaving, LONG, 100);
    leaving.emit('close');
    expect([await waiting, waiters.size]).toEqual(['left', 0]);
    // What they held is free again.
    const next = waiters.wait('h1', caller(), LONG, 100);
    waiters.wake('h1');
    expect(await next).toBe('changed');
  });

  it.each<[string, (waiters: Waiters) => Promise<string>]>([
    ['behind eight others for the same', (waiters) => waiters.wait('h1', caller(), LONG, 0)],
    ['with more in hand than there is room for', (waiters) => waiters.wait('h2', caller(), LONG, 101)],
    ['with no time', (waiters) => waiters.wait('h2', caller(), 0, 0)],
  ])('wait no time at all %s', async (_what, wait) => {
    const waiters = new Waiters(100);
    const first = Array.from({ length: 8 }, () => waiters.wait('h1', caller(), LONG, 0));
    expect([await wait(waiters), waiters.size]).toEqual(['time', 8]);
    waiters.close();
    expect(new Set(await Promise.all(first))).toEqual(new Set(['time']));
  });

  it('wait no more once the gate closes', async () => {
    const waiters = new Waiters(100);
    waiters.close();
    expect(await waiters.wait('h1', caller(), LONG, 0)).toBe('time');
  });
});
