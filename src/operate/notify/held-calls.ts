import { at, textAt } from '../../cli/json-fields.ts';
import { isObject, type Json } from '../../json.ts';
import type { Store } from '../../record/store.ts';
import { type Recorded, readLeaf } from './recorded.ts';
import { HELD } from './telling/holds.ts';

const REMEMBERED = 500;

/** Fills in what an event of a held call leaves out: the record says it once, when the call is held. */
export class HeldCalls {
  readonly #store: Pick<Store, 'related'>;
  readonly #known = new Map<string, Json>();

  constructor(store: Pick<Store, 'related'>) {
    this.#store = store;
  }

  /** @throws SallyportError `record/unavailable` */
  async fill(event: Recorded): Promise<Recorded> {
    const { what, hold } = event.body;
    if (event.kind !== 'changed' || typeof what !== 'string' || !what.startsWith('hold.')) return event;
    if (typeof hold !== 'string') return event;
    const held = what === 'hold.opened' ? event.body.after : (this.#known.get(hold) ?? (await this.#opened(hold)));
    if (!isObject(held)) return event;
    this.#remember(hold, held);
    return { ...event, body: { ...event.body, [HELD]: held } };
  }

  async #opened(hold: string): Promise<Json | undefined> {
    const events = (await this.#store.related(`hold:${hold}`, 0, 10)).map(readLeaf);
    const opened = events.find((each) => each !== undefined && textAt(each.body, 'what') === 'hold.opened');
    return at(opened?.body, 'after');
  }

  #remember(hold: string, held: Json): void {
    this.#known.delete(hold);
    this.#known.set(hold, held);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
  }
}
