import { join } from 'node:path';
import type { Config } from '../config.ts';
import { StoredBundleOrder } from '../decide/bundle-order.ts';
import { Bundles } from '../decide/bundles.ts';
import { createDecider, type Decider, type DeciderParts } from '../decide/decider.ts';
import { Trial } from '../decide/trial.ts';
import type { Sources } from '../identify/sources.ts';
import { Epoch } from '../settle/epoch.ts';
import type { HoldDesk } from '../settle/hold/hold-desk.ts';
import { OpenCalls } from '../settle/open-calls.ts';
import type { Closers } from './closers.ts';
import { openHolds } from './holds.ts';
import { pinOf } from './package-pin.ts';
import type { State } from './state.ts';

/** What this version can discharge of what a verdict may oblige it to; of some calls not all of it (`DeciderParts.ability`). */
export const CAN = ['notify', 'capture', 'verify', 'canary', 'fallback', 'dry-run-first', 'as-dry-run'] as const;
/** How often open streams are asked whether their grant or their credential has run out meanwhile. */
const SWEEP_MS = 1_000;

/** What judges, and what has to be looked at again when authority moves. */
export interface Policy {
  readonly bundles: Bundles;
  readonly decider: Decider;
  readonly epoch: Epoch;
  readonly openCalls: OpenCalls;
  readonly desk: HoldDesk;
}

/** What the configured bundle will judge by, once it is loaded; ties every withdrawal of authority to the safety epoch. */
export function openPolicy(
  config: Config,
  state: State,
  sources: Sources,
  closers: Closers,
  ability: DeciderParts['ability'],
): Policy {
  const { now } = sources;
  const { registry, freezes, ledger, intents } = state;
  const desk = openHolds(config, state, () => bundles.current.judge, sources, closers);
  const { fuel, memory } = config.evaluation;
  const { from, keys, site } = config.bundle;
  const demands = { keys, site, fuel, memoryMiB: memory, ...pinOf(from) };
  const trial = new Trial(demands);
  const bundles = new Bundles({
    ...{ ...demands, archive: join(config.state, 'bundles'), trial, tried: trial.modules },
    order: new StoredBundleOrder(state.store, sources),
  });
  const decider = createDecider({
    ...{ freezes, registry, now, ledger, intents, can: CAN, ability },
    judge: () => bundles.current.judge,
    approved: (file) => desk.approved(file),
  });
  const epoch = new Epoch();
  const openCalls = new OpenCalls();
  registry.subscribe(({ what }) => epoch.move(what));
  freezes.subscribe(({ what }) => epoch.move(`freeze ${what}`));
  intents.subscribe(({ what }) => {
    if (what === 'closed') epoch.move('intent closed');
  });
  bundles.onSwap(() => epoch.move('bundle'));
  epoch.onMove(() => void openCalls.review());
  const sweeping = setInterval(() => openCalls.sweep(), SWEEP_MS).unref();
  closers.add(() => clearInterval(sweeping));
  return { bundles, decider, epoch, openCalls, desk };
}
