import type { Logger } from 'pino';
import type { Bundles } from '../decide/bundles.ts';
import { Trust } from '../operate/trust/trust.ts';
import { TrustLedger } from '../operate/trust/trust-ledger.ts';
import type { Closers } from './closers.ts';
import type { State } from './state.ts';

/** How often what was counted is stored. */
const FLUSH_MS = 5_000;
/** How often every agent's record is judged, whatever happened: days pass too. */
const JUDGE_MS = 10 * 60_000;

export interface OpenTrustParts {
  readonly state: Pick<State, 'store' | 'registry' | 'onRecorded'>;
  readonly bundles: Bundles;
  readonly now: () => Date;
  readonly logger: Logger;
}

/** Keeps the ledger of trust up with the log from where it was, and demotes where the policy in force says so. */
export async function openTrust(parts: OpenTrustParts, closers: Closers): Promise<Trust> {
  const { state, bundles, now, logger } = parts;
  const report = (problem: string) => logger.error({ problem }, 'trust');
  const ledger = await TrustLedger.open({ store: state.store, now, report });
  state.onRecorded((event, seq) => ledger.observe(event, seq));
  const trust = new Trust({
    ...{ ledger, registry: state.registry, now, report },
    questions: () => bundles.current.judge,
  });
  const judgeAll = () => {
    if (bundles.isLoaded) trust.judgeAll();
  };
  bundles.onSwap(judgeAll);
  void ledger.catchUp().then(judgeAll);
  const flushing = setInterval(() => void ledger.flush(), FLUSH_MS).unref();
  const judging = setInterval(judgeAll, JUDGE_MS).unref();
  closers.add(async () => {
    clearInterval(flushing);
    clearInterval(judging);
    await trust.close();
    await ledger.flush();
  });
  return trust;
}
