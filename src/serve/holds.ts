import { randomBytes } from 'node:crypto';
import type { Config } from '../config.ts';
import { escalationOf } from '../decide/escalation.ts';
import type { Judge } from '../decide/judge.ts';
import { unknownInput } from '../decide/policy-input.ts';
import type { Sources } from '../identify/sources.ts';
import { escalateHolds } from '../operate/escalation/escalation.ts';
import { endFrozenHolds } from '../operate/frozen-holds.ts';
import type { CaseFile } from '../record/case-file.ts';
import { createHoldDesk, type HoldDesk } from '../settle/hold/hold-desk.ts';
import type { HoldTerms } from '../settle/hold/open-hold.ts';
import type { Closers } from './closers.ts';
import type { State } from './state.ts';

/** How often held calls are asked whether their time is over. */
const SWEEP_MS = 1_000;

/** Where held calls wait, and whom they are brought before; ends what time has ended, and what a revoked agent asked for. */
export function openHolds(
  config: Config,
  state: State,
  judge: () => Judge,
  sources: Sources,
  closers: Closers,
): HoldDesk {
  const { holds, sealer, registry, intents } = state;
  const desk = createHoldDesk({
    ...{ holds, sealer, now: sources.now, wait: config.holds.wait, most: config.holds.perAgent },
    newNonce: () => randomBytes(16).toString('base64url'),
    terms: (file) => termsOf(file, judge()),
  });
  escalateHolds({ ...state, sources });
  const endFrozen = endFrozenHolds({ ...state, now: sources.now });
  registry.subscribe((change) => {
    if (change.what !== 'revoked') return;
    const why = `agent ${change.agent} was revoked`;
    void holds.end(({ agent }) => agent === change.agent, 'voided', 'gate', why).catch(() => undefined);
  });
  intents.subscribe(({ what, intent }) => {
    if (what !== 'closed') return;
    const why = `intent ${intent.id} was closed`;
    void holds.end((held) => held.intent === intent.id, 'voided', 'gate', why).catch(() => undefined);
  });
  let sweeping = false;
  const timer = setInterval(() => {
    if (sweeping || holds.size === 0) return;
    sweeping = true;
    void Promise.all([holds.sweep(), endFrozen()])
      // What cannot be written now is over all the same, and is written with the next sweep.
      .catch(() => undefined)
      .finally(() => {
        sweeping = false;
      });
  }, SWEEP_MS).unref();
  closers.add(() => clearInterval(timer));
  return desk;
}

function termsOf({ input }: CaseFile, judge: Judge): HoldTerms {
  const { graph } = escalationOf(judge, input ?? unknownInput());
  return { escalation: graph, decideWithin: graph.decide_within * 1000, runWithin: graph.run_within * 1000 };
}
