import { randomBytes } from 'node:crypto';
import type { Config } from '../config.ts';
import type { Sources } from '../identify/sources.ts';
import { createHoldDesk, type HoldDesk } from '../settle/hold/hold-desk.ts';
import type { HoldTerms } from '../settle/hold/open-hold.ts';
import type { Closers } from './closers.ts';
import type { State } from './state.ts';

/** Where no policy says how long people have. */
const TERMS: HoldTerms = { decideWithin: 60 * 60_000, runWithin: 15 * 60_000 };
/** How often held calls are asked whether their time is over. */
const SWEEP_MS = 1_000;

/** Where held calls wait; ends what time has ended, and what a revoked agent asked for. */
export function openHolds(
  config: Config,
  { holds, sealer, registry }: State,
  sources: Sources,
  closers: Closers,
): HoldDesk {
  const desk = createHoldDesk({
    ...{ holds, sealer, now: sources.now, wait: config.holds.wait, most: config.holds.perAgent },
    newNonce: () => randomBytes(16).toString('base64url'),
    terms: () => TERMS,
    openerOf: () => null,
  });
  registry.subscribe((change) => {
    if (change.what !== 'revoked') return;
    const why = `agent ${change.agent} was revoked`;
    void holds.end(({ agent }) => agent === change.agent, 'voided', 'gate', why).catch(() => undefined);
  });
  let sweeping = false;
  const timer = setInterval(() => {
    if (sweeping || holds.size === 0) return;
    sweeping = true;
    void holds
      .sweep()
      // What cannot be written now is over all the same, and is written with the next sweep.
      .catch(() => undefined)
      .finally(() => {
        sweeping = false;
      });
  }, SWEEP_MS).unref();
  closers.add(() => clearInterval(timer));
  return desk;
}
