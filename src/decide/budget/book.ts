import type { Reservation } from '../../record/reservation.ts';
import { Account } from './account.ts';
import { WINDOW_MS } from './rolling-spend.ts';
import type { Taken } from './taken.ts';
import { Tally } from './tally.ts';

/** Accounts and agents that are kept apart at once; beyond that what is spent is unknown. */
const MOST = 10_000;
/** An account that nobody took from for so long is forgotten, here and in the store. */
export const KEEP_MS = WINDOW_MS + 5 * 60_000;

/** Accounts, and who had taken from them last before a reservation did. */
export type Heads = Reservation['accounts'];

/** The same changes, and the same fixes that failed, of one agent. */
interface Habits {
  readonly repeats: Tally;
  readonly failures: Tally;
}

/** All that counts of the last hour: what was taken from which account, and what was tried again. */
export class Book {
  readonly #accounts = new Map<string, Account>();
  readonly #habits = new Map<string, Habits>();

  get size(): number {
    return this.#accounts.size + this.#habits.size;
  }

  /** The account, or a new one that is not kept yet; undefined when there is no room for another. */
  account(id: string): Account | undefined {
    return this.#accounts.get(id) ?? (this.#accounts.size < MOST ? new Account() : undefined);
  }

  habits(agent: string): Habits | undefined {
    return this.#habits.get(agent) ?? (this.#habits.size < MOST ? newHabits() : undefined);
  }

  /** Resumes an account where the store has it. */
  open(id: string, last: string, at: number): void {
    const account = this.#kept(id);
    if (account === undefined) return;
    account.last = last;
    account.lastAt = at;
  }

  /** Enters what a change took; @returns by account, which decision took before it. */
  enter(decision: string, at: number, taken: Taken): Heads {
    const heads = taken.accounts.flatMap((id) => {
      const account = this.#kept(id);
      if (account === undefined) return [];
      const { last } = account;
      if (taken.kept) account.take(decision, at, taken.environment, taken.amounts);
      return [{ id, last }];
    });
    const habits = this.#keptHabits(taken.agent);
    habits?.repeats.add(taken.digest, decision, at);
    if (taken.failed !== false) habits?.failures.add(taken.fix, decision, at);
    return heads;
  }

  /** Takes an entry back: all of it, or what it spent. */
  strike(decision: string, at: number, taken: Taken, what: 'all' | 'spent'): void {
    for (const id of taken.accounts) this.#accounts.get(id)?.giveBack(decision, at, taken.environment, taken.amounts);
    if (what === 'all') this.#habits.get(taken.agent)?.repeats.remove(taken.digest, decision);
  }

  /** Takes back who took last, after a reservation that was never written. */
  unwind(decision: string, heads: Heads): void {
    for (const { id, last } of heads) this.#accounts.get(id)?.unwind(decision, last);
  }

  fail(decision: string, at: number, { agent, fix }: Taken): void {
    this.#keptHabits(agent)?.failures.add(fix, decision, at);
  }

  underWay(accounts: readonly string[], change: 1 | -1): void {
    for (const id of accounts) {
      const account = this.#accounts.get(id);
      if (account !== undefined) account.underWay += change;
    }
  }

  /** Forgets what counts no longer. */
  sweep(now: number): void {
    for (const [id, account] of this.#accounts) if (account.isIdle(now, now - KEEP_MS)) this.#accounts.delete(id);
    for (const [agent, { repeats, failures }] of this.#habits) {
      const idle = [repeats, failures].map((tally) => tally.expire(now));
      if (idle.every((each) => each)) this.#habits.delete(agent);
    }
  }

  #kept(id: string): Account | undefined {
    const account = this.account(id);
    if (account !== undefined) this.#accounts.set(id, account);
    return account;
  }

  #keptHabits(agent: string): Habits | undefined {
    const habits = this.habits(agent);
    if (habits !== undefined) this.#habits.set(agent, habits);
    return habits;
  }
}

function newHabits(): Habits {
  return { repeats: new Tally(), failures: new Tally() };
}
