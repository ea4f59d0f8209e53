import { at, listAt, textAt } from '../../../cli/json-fields.ts';
import type { Json } from '../../../json.ts';
import type { Alert, Severity } from '../notice.ts';
import { plainLine } from '../plain-line.ts';
import type { Recorded } from '../recorded.ts';

/** What a notice needs besides the event. */
export interface Teller {
  /** An operator's id, anywhere in a text, as their name. */
  readonly named: (text: string) => string;
  /**
   * The address of a page for people; undefined when no public address is configured.
   * @param until RFC 3339, when the page is of no more use; empty: nobody knows
   */
  readonly page: (page: Page, id: string, until: string) => string | undefined;
}

export type Page = 'approvals' | 'decisions' | 'overview';

/** How one kind of event is told. */
export interface Telling {
  readonly severity: Severity | ((change: Change) => Severity);
  /** Only to targets that ask for this kind, its category or everything. */
  readonly quiet?: true | ((change: Change) => boolean);
  readonly title: (change: Change) => string;
  readonly text?: (change: Change) => string;
  readonly facts?: (change: Change) => readonly (readonly [name: string, value: string])[];
  readonly alert?: (change: Change) => Alert | null;
  readonly page?: (change: Change) => readonly [name: string, page: Page, id: string];
  readonly groups?: (change: Change) => readonly string[];
  readonly environments?: (change: Change) => readonly string[];
  /** Targets that are told by name, whatever they want. */
  readonly targets?: (change: Change) => readonly string[];
}

/** Whatever fits in a line that is read on a telephone. */
const WORD = 120;
const SENTENCE = 500;

/** A `changed` event, read with care: what is missing is an empty text, what is too long is cut. */
export class Change {
  readonly event: Recorded;
  readonly what: string;
  readonly #named: (text: string) => string;

  constructor(event: Recorded, named: (text: string) => string) {
    this.event = event;
    this.what = this.word('what');
    this.#named = named;
  }

  /** A short text at a path of the event's body. */
  word(...path: readonly string[]): string {
    return plainLine(textAt(this.event.body, ...path), WORD);
  }

  /** A sentence or some at a path of the event's body, with people by their names. */
  long(...path: readonly string[]): string {
    return plainLine(this.#named(textAt(this.event.body, ...path)), SENTENCE);
  }

  /** The first of several places that says something. */
  first(...paths: readonly (readonly string[])[]): string {
    for (const path of paths) {
      const found = this.word(...path);
      if (found !== '') return found;
    }
    return '';
  }

  list(...path: readonly string[]): readonly Json[] {
    return listAt(this.event.body, ...path);
  }

  value(...path: readonly string[]): Json | undefined {
    return at(this.event.body, ...path);
  }

  /** Who acted: an operator by name, `the gate`, an agent. */
  get by(): string {
    const by = this.word('by');
    return by === 'gate' ? 'the gate' : plainLine(this.#named(by), WORD);
  }

  get why(): string {
    return this.long('why');
  }
}

/** `name (id)`, or whichever there is. */
export function both(first: string, second: string, between = ' '): string {
  return [first, second].filter((part) => part !== '').join(between);
}
