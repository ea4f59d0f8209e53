import { isObject } from '../../../json.ts';
import { isPerson } from '../../trust/read-leaf.ts';
import { inOrder, type ReadEvent, textIn } from './read-event.ts';
import type { Latency } from './week-numbers.ts';

/** Held calls that nobody has decided about, by their ids. */
export type OpenHolds = Map<string, { readonly at: number; readonly tier: string }>;

/** How long people took to decide about held calls. */
export class ApprovalTimes {
  readonly #open: OpenHolds;
  readonly #waits = new Map<string, { seconds: number[]; approved: number; denied: number; expired: number }>();

  constructor(open: OpenHolds) {
    this.#open = open;
  }

  add({ time, body }: ReadEvent, what: string): void {
    if (!what.startsWith('hold.')) return;
    const id = textIn(body.hold);
    if (what === 'hold.opened') {
      const subject = isObject(body.after) ? body.after.subject : undefined;
      const tier = isObject(subject) ? textIn(subject.tier) : 'unknown';
      this.#open.set(id, { at: Date.parse(time), tier });
      return;
    }
    const open = this.#open.get(id);
    if (open === undefined || what === 'hold.approval' || what === 'hold.used') return;
    this.#open.delete(id);
    // A window that opened is nobody's decision.
    if (what === 'hold.approved' && !isPerson(body.by)) return;
    let wait = this.#waits.get(open.tier);
    if (wait === undefined) {
      wait = { seconds: [], approved: 0, denied: 0, expired: 0 };
      this.#waits.set(open.tier, wait);
    }
    if (what === 'hold.approved') wait.approved += 1;
    else if (what === 'hold.denied') wait.denied += 1;
    else wait.expired += 1;
    // How long it took people: what ended by itself took nobody's time.
    if (what === 'hold.approved' || what === 'hold.denied')
      wait.seconds.push(Math.round((Date.parse(time) - open.at) / 1000));
  }

  /** By tier. */
  result(): readonly Latency[] {
    return [...this.#waits]
      .sort(([a], [b]) => inOrder(a, b))
      .map(([tier, { seconds, ...counts }]) => ({
        ...{ tier, decided: seconds.length, ...counts },
        ...{ median: quantile(seconds, 0.5), p90: quantile(seconds, 0.9) },
      }));
  }
}

/** The value below which the share of them lies (nearest rank). */
function quantile(values: readonly number[], part: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null;
}
