import { setTimeout } from 'node:timers/promises';
import type { Clock } from './source.ts';

/** The machine's own clock and chance. Waiting keeps no process alive. */
export function systemClock(now: () => Date): Clock {
  return {
    now,
    ticks: () => performance.now(),
    sleep: (ms, signal) => setTimeout(ms, undefined, { signal, ref: false }).catch(() => undefined),
    random: Math.random,
  };
}
