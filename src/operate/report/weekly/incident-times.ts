import { isObject } from '../../../json.ts';
import { isPerson } from '../../trust/read-leaf.ts';
import { inOrder, type ReadEvent, textIn } from './read-event.ts';
import type { Incident } from './week-numbers.ts';

/** Intents that are not closed, by their ids. */
export type OpenIntents = Map<string, OpenIntent>;

interface OpenIntent {
  readonly at: number;
  acknowledged: number | null;
  readonly agent: string;
  readonly incident: string;
  readonly openedAt: string;
}

/** Incidents that a list keeps. */
const MOST = 200;

/** How long it took until a person acted on what agents were trying to do, and until it was done. */
export class IncidentTimes {
  /** There were more than are kept. */
  cut = false;
  readonly #open: OpenIntents;
  readonly #closed: Incident[] = [];

  constructor(open: OpenIntents) {
    this.#open = open;
  }

  add(event: ReadEvent, what: string): void {
    this.#acknowledged(event);
    if (what.startsWith('intent.')) this.#intended(event, what);
  }

  /** In the order in which they were opened. */
  result(): readonly Incident[] {
    return [...this.#closed, ...this.#stillOpen()].sort(
      (a, b) => inOrder(a.openedAt, b.openedAt) || inOrder(a.intent, b.intent),
    );
  }

  /** The first time that a person does anything about an intent. */
  #acknowledged({ time, body }: ReadEvent): void {
    const intent = this.#open.get(textIn(body.intent));
    if (intent !== undefined && intent.acknowledged === null && isPerson(body.by))
      intent.acknowledged = Math.round((Date.parse(time) - intent.at) / 1000);
  }

  #intended({ time, body }: ReadEvent, what: string): void {
    const id = textIn(body.intent);
    const after = isObject(body.after) ? body.after : {};
    if (what === 'intent.opened') {
      const statement = isObject(after.statement) ? after.statement : {};
      const acknowledged = isPerson(body.by) ? 0 : null;
      const incident = textIn(statement.incident) || textIn(statement.alert);
      this.#open.set(id, {
        at: Date.parse(time),
        acknowledged,
        agent: textIn(body.agent),
        incident,
        openedAt: time,
      });
      return;
    }
    const open = this.#open.get(id);
    if (what !== 'intent.closed' || open === undefined) return;
    this.#open.delete(id);
    const { at, ...told } = open;
    const outcome = textIn(after.outcome);
    const mitigated = outcome === 'done' ? Math.round((Date.parse(time) - at) / 1000) : null;
    if (this.#closed.length < MOST) this.#closed.push({ intent: id, ...told, mitigated, outcome });
    else this.cut = true;
  }

  #stillOpen(): readonly Incident[] {
    return [...this.#open]
      .slice(0, MOST)
      .map(([intent, { at: _, ...told }]) => ({ intent, ...told, mitigated: null, outcome: 'open' }));
  }
}
