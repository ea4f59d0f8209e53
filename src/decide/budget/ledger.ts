import type { JsonObject } from '../../json.ts';
import type { Reservation, Settlement } from '../../record/reservation.ts';
import type { Store } from '../../record/store.ts';
import type { PolicyInput } from '../input.ts';
import type { Amounts } from './amounts.ts';
import { Book, type Heads, KEEP_MS } from './book.ts';
import { Rates } from './rates.ts';
import {
  accountsOf,
  agentAccount,
  intentAccount,
  readTaken,
  type Subject,
  serviceAccount,
  type Taken,
  takenJson,
} from './taken.ts';

/** Agents whose pace is known at once; beyond that it is unknown. */
const MOST_AGENTS = 10_000;
/** Reservations that are read from the store at a time. */
const PAGE = 5_000;

/**
 * How a change ended.
 * - `not-sent`: it never left, so it took nothing
 * - `refused`: the upstream answered that it did nothing
 * - `failed`: it may have done something, and did not end well
 */
export type Ending =
  | { readonly kind: 'not-sent' }
  | { readonly kind: 'refused'; readonly failed: boolean }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed' };

/** What policy is told of what was spent and counted. */
export type Spending = Pick<PolicyInput['state'], 'counts' | 'spent' | 'failures'>;

/** The ledger as those use it who decide and record. */
export interface Ledger {
  /** Counts a call of an agent: all that a read costs here. */
  came(agent: string, now: number): void;
  /** Counts a call that was denied. */
  denied(agent: string, now: number): void;
  /** What counts for a change now, reservations included that are not durable yet. */
  view(subject: Subject, now: number): Spending;
  /**
   * Takes for a change, at once: whoever is judged next is judged by what is left then. The result goes to the store with the
   * decision; where that fails, `drop` it.
   */
  reserve(decision: string, now: number, subject: Subject, environment: string, amounts: Amounts): Reservation;
  drop(decision: string): void;
  /** Ends a reservation; the result goes to the store with the outcome. Undefined when it has none here. */
  settle(decision: string, ending: Ending): Settlement | undefined;
  /** Resolves when nothing is being read again from the store: at once, but after `reload`. */
  readonly current: Promise<void> | undefined;
  /** Reads everything again, after somebody else took from an account. */
  reload(): Promise<void>;
}

interface Open {
  readonly at: number;
  readonly taken: Taken;
  readonly heads: Heads;
  /** Where it is entered. */
  book: Book;
}

/**
 * Counters and budgets: an account of the last hour in memory, which the judge is told of, and behind it the reservations of
 * the store, each conditional on what it was judged by. What was spent survives the process; what was under way when it
 * ended counts as spent, and as failed.
 */
export class StoredLedger implements Ledger {
  readonly #store: Store;
  readonly #now: () => Date;
  readonly #rates = new Map<string, Rates>();
  readonly #open = new Map<string, Open>();
  /** What ended while the store was being read. */
  readonly #endedMeanwhile = new Map<string, { readonly open: Open; readonly ending: Ending }>();
  #book = new Book();
  #reading: Promise<void> | undefined;

  private constructor(store: Store, now: () => Date) {
    this.#store = store;
    this.#now = now;
  }

  /** @throws SallyportError `record/unavailable` when the store cannot be read */
  static async open(store: Store, now: () => Date): Promise<StoredLedger> {
    const ledger = new StoredLedger(store, now);
    await ledger.reload();
    return ledger;
  }

  get current(): Promise<void> | undefined {
    return this.#reading;
  }

  /** How much it holds, for tests and metrics. */
  get sizes(): { readonly kept: number; readonly agents: number; readonly underWay: number } {
    return { kept: this.#book.size, agents: this.#rates.size, underWay: this.#open.size };
  }

  came(agent: string, now: number): void {
    this.#ratesOf(agent)?.calls.add(now);
  }

  denied(agent: string, now: number): void {
    this.#ratesOf(agent)?.denied.add(now);
  }

  view({ agent, intent, services, digest, fix }: Subject, now: number): Spending {
    const rates = this.#ratesOf(agent);
    const habits = this.#book.habits(agent);
    const spent = (id: string): JsonObject | 'unknown' => this.#book.account(id)?.spent(now) ?? 'unknown';
    const underWay = (id: string): number | 'unknown' => this.#book.account(id)?.underWay ?? 'unknown';
    return {
      counts: {
        calls: rates?.calls.total(now) ?? 'unknown',
        changes: rates?.changes.total(now) ?? 'unknown',
        denied: rates?.denied.total(now) ?? 'unknown',
        repeats: habits?.repeats.view(digest, now) ?? 'unknown',
        under_way: {
          agent: underWay(agentAccount(agent)),
          services:
            services === 'unknown'
              ? 'unknown'
              : Object.fromEntries(services.map((name) => [name, underWay(serviceAccount(name))])),
          intent: intent === undefined ? 'none' : underWay(intentAccount(intent)),
        },
      },
      spent: {
        agent: spent(agentAccount(agent)),
        services:
          services === 'unknown'
            ? 'unknown'
            : Object.fromEntries(services.map((name) => [name, spent(serviceAccount(name))])),
        intent: intent === undefined ? 'none' : spent(intentAccount(intent)),
      },
      failures: habits?.failures.view(fix, now) ?? 'unknown',
    };
  }

  /** How fast an agent goes: its calls and let-through changes within the last minute; undefined where that is not known. */
  pace(agent: string, now: number): { readonly calls: number; readonly changes: number } | undefined {
    const rates = this.#ratesOf(agent);
    return rates && { calls: rates.calls.total(now), changes: rates.changes.total(now) };
  }

  reserve(decision: string, now: number, subject: Subject, environment: string, amounts: Amounts): Reservation {
    const { agent, digest, fix } = subject;
    const taken: Taken = {
      accounts: accountsOf(subject),
      ...{ agent, digest, fix, environment, amounts },
      kept: true,
      // Not before it has ended; in the store it is unknown until then.
      failed: false,
    };
    const accounts = this.#book.enter(decision, now, taken);
    this.#book.underWay(taken.accounts, 1);
    this.#open.set(decision, { at: now, taken, heads: accounts, book: this.#book });
    this.#ratesOf(agent)?.changes.add(now);
    return {
      op: 'reserve',
      decision,
      time: new Date(now).toISOString(),
      accounts,
      body: takenJson({ ...taken, failed: 'unknown' }),
    };
  }

  drop(decision: string): void {
    const open = this.#end(decision, { kind: 'not-sent' });
    if (open === undefined) return;
    this.#book.unwind(decision, open.heads);
    this.#ratesOf(open.taken.agent)?.changes.remove(open.at);
  }

  settle(decision: string, ending: Ending): Settlement | undefined {
    const open = this.#end(decision, ending);
    if (open === undefined) return undefined;
    if (ending.kind === 'not-sent') return { op: 'settle', decision, body: null };
    const kept = ending.kind !== 'refused';
    return { op: 'settle', decision, body: takenJson({ ...open.taken, kept, failed: isFailed(ending) }) };
  }

  async reload(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  /** Forgets what counts no longer, here and in the store. */
  async sweep(): Promise<void> {
    const now = this.#now().getTime();
    // The store first: who takes from a forgotten account again must find it forgotten there too.
    const forgotten = this.#store.forgetReservations(new Date(now - KEEP_MS).toISOString());
    this.#book.sweep(now);
    for (const [agent, rates] of this.#rates) if (rates.isIdle(now)) this.#rates.delete(agent);
    await forgotten;
  }

  #end(decision: string, ending: Ending): Open | undefined {
    const open = this.#open.get(decision);
    if (open === undefined) return undefined;
    this.#open.delete(decision);
    if (this.#reading !== undefined) this.#endedMeanwhile.set(decision, { open, ending });
    endIn(this.#book, decision, open, ending);
    return open;
  }

  /** While it runs nothing is reserved: whoever decides waits for `current`. */
  async #read(): Promise<void> {
    const book = new Book();
    const start = this.#now().getTime() - KEEP_MS;
    const since = new Date(start).toISOString();
    // Heads before reservations: who takes in between makes a head stale, never a reservation unseen.
    const heads = await this.#store.accounts();
    const seen = new Set<string>();
    for (let from = 0, rows = PAGE; rows === PAGE; ) {
      const page = await this.#store.reservations(since, from, PAGE);
      for (const { seq, decision, time, body } of page) {
        // What is under way here is known better than it is stored.
        const here = this.#open.get(decision) ?? this.#endedMeanwhile.get(decision)?.open;
        book.enter(decision, Date.parse(time), here?.taken ?? readTaken(body));
        seen.add(decision);
        from = seq + 1;
      }
      rows = page.length;
    }
    for (const { id, last, time } of heads) book.open(id, last, Date.parse(time));
    // What is not in the store was not written and never will be, unless it is too old to be read.
    const move = (decision: string, open: Open): void => {
      if (!seen.has(decision) && open.at >= start) return;
      open.book = book;
      book.underWay(open.taken.accounts, 1);
    };
    for (const [decision, open] of this.#open) move(decision, open);
    for (const [decision, { open, ending }] of this.#endedMeanwhile) {
      move(decision, open);
      endIn(book, decision, open, ending);
    }
    this.#endedMeanwhile.clear();
    this.#book = book;
  }

  #ratesOf(agent: string): Rates | undefined {
    const known = this.#rates.get(agent);
    if (known !== undefined || this.#rates.size >= MOST_AGENTS) return known;
    const rates = new Rates();
    this.#rates.set(agent, rates);
    return rates;
  }
}

function endIn(book: Book, decision: string, { at, taken, book: entered }: Open, ending: Ending): void {
  if (entered !== book) return;
  book.underWay(taken.accounts, -1);
  if (ending.kind === 'not-sent') book.strike(decision, at, taken, 'all');
  else if (ending.kind === 'refused') book.strike(decision, at, taken, 'spent');
  if (isFailed(ending)) book.fail(decision, at, taken);
}

function isFailed(ending: Ending): boolean {
  return ending.kind === 'failed' || (ending.kind === 'refused' && ending.failed);
}
