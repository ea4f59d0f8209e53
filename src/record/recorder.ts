import type { Ledger } from '../decide/budget/ledger.ts';
import type { Delivery } from '../settle/delivery.ts';
import type { HoldAlong } from '../settle/hold/hold-desk.ts';
import { askedEvent, decidedEvent, outcomeEvent } from './case-events.ts';
import type { CaseFile } from './case-file.ts';
import { endingOf } from './ending.ts';
import type { Sealer } from './seal.ts';
import type { LogEvent, Sealed, Store } from './store.ts';

/** How long a captured object is kept for its way back. */
const KEEP_CAPTURED_MS = 30 * 24 * 60 * 60 * 1000;

export interface RecorderParts {
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'denied' | 'drop' | 'settle'>;
  readonly sealer: Sealer;
  readonly now: () => Date;
  /** Told of each event once it is durable: the event stream, metrics. */
  readonly published: (event: LogEvent, file: CaseFile) => void;
}

/** Puts a call on the record, in the order in which things may happen only after they are there. */
export interface Recorder {
  /** @throws SallyportError `record/unavailable`: then the upstream is not asked */
  asked(file: CaseFile): Promise<void>;
  /**
   * With what it reserves and with the hold that it opens or uses, or nothing at all.
   * @throws SallyportError `record/unavailable`: then nothing is forwarded; `record/conflict`: others took of its budgets
   *   meanwhile, and it has to be judged again
   */
  decided(file: CaseFile, along?: HoldAlong): Promise<void>;
  outcome(file: CaseFile, delivery: Delivery): Promise<void>;
}

export function createRecorder({ store, ledger, sealer, now, published }: RecorderParts): Recorder {
  return {
    async asked(file) {
      const event = askedEvent(file, now());
      await store.append(event);
      file.recordedAsked = true;
      published(event, file);
    },
    async decided(file, along) {
      const event = decidedEvent(file, now());
      const { reservation } = file;
      try {
        const sealed = captured(file, sealer, now());
        if (along === undefined) await store.append(event, sealed, reservation);
        else {
          const { puts, events, erase } = along;
          await store.transact(puts, [event, ...events], { sealed: along.sealed ?? sealed, entry: reservation, erase });
          along.done();
        }
      } catch (error) {
        if (reservation !== undefined) ledger.drop(file.id);
        file.reservation = undefined;
        throw error;
      }
      file.recordedDecided = true;
      if (file.decision?.did === 'deny' && file.principal !== undefined)
        ledger.denied(file.principal.agent.id, now().getTime());
      published(event, file);
    },
    async outcome(file, delivery) {
      // Before it is durable: a change that has ended is not under way any more, whatever becomes of the record.
      const settlement = file.reservation && ledger.settle(file.id, endingOf(file, delivery));
      const event = outcomeEvent(file, delivery, now());
      await store.append(event, undefined, settlement);
      published(event, file);
    },
  };
}

/** The name under which the way back of a decision is sealed. */
export const WAY_BACK = 'way-back';

/** What the way back takes goes along with the intent, encrypted, of every change that will be made. */
function captured(file: CaseFile, sealer: Sealer, now: Date): Sealed | undefined {
  const text = file.facts?.captured;
  const { decision } = file;
  if (text === undefined || decision?.did !== 'allow') return undefined;
  if (decision.by === 'policy' && decision.verdict?.obligations.some(({ name }) => name === 'as-dry-run'))
    return undefined;
  return {
    decision: file.id,
    name: WAY_BACK,
    bytes: sealer.seal(file.id, WAY_BACK, Buffer.from(text)),
    until: new Date(now.getTime() + KEEP_CAPTURED_MS).toISOString(),
  };
}
