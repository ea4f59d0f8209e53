import { SallyportError } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import type { Put, Store } from '../../record/store.ts';
import type { KnownTasks } from './known-tasks.ts';
import { changeOf, readTask, removalOf, type StoredTask, type Task, type TaskChange } from './task.ts';
import type { Timer } from './timer.ts';

/** What a handler holds while it is at a task. One of its puts goes into the transaction that does what was planned. */
export interface Claim {
  /** Takes the task away. In one transaction with the effect, that happens once, whatever becomes of the gate. */
  readonly done: Put;
  /** Plans the task for another time (RFC 3339) instead, with another body where one is given. */
  again(due: string, body?: JsonObject): Put;
  /** Aborted when the gate stops, and when the lease ends: another gate may take the task over then. */
  readonly signal: AbortSignal;
}

/**
 * Does what was planned. What it does outside of the store may be done twice (the gate died before that was recorded), so it
 * must do no harm then. When it ends without having written `done` or `again`, the task is taken away; when it throws,
 * it is tried again later.
 */
export type TaskHandler = (task: Task, claim: Claim) => Promise<void>;

/** Where tasks are and who is at them. */
export interface TaskSurroundings {
  readonly store: Pick<Store, 'transact' | 'get' | 'list'>;
  readonly now: () => Date;
  readonly timer: Timer;
  /** Of this gate, and of this run of it. */
  readonly owner: string;
  /** Told of each failure; must not throw. */
  readonly report: (error: unknown, task: Task | undefined) => void;
  /** For tests: waited for between claim and handler. */
  readonly stall?: ((task: Task) => Promise<void>) | undefined;
}

/** Who does a task, and for how long nobody else does. */
export interface Worker {
  readonly handler: TaskHandler;
  /** Milliseconds. */
  readonly lease: number;
}

const BACK_OFF_MS = 1_000;
const LONGEST_BACK_OFF_MS = 300_000;
/** How long a task is left alone when the store cannot be reached. */
const UNREACHED_MS = 5_000;

/** One attempt at a task: claimed, handed to who does it, and taken away or put off. */
export class Attempt {
  readonly #around: TaskSurroundings;
  readonly #known: KnownTasks;
  readonly #stopping: AbortSignal;

  constructor(around: TaskSurroundings, known: KnownTasks, stopping: AbortSignal) {
    this.#around = around;
    this.#known = known;
    this.#stopping = stopping;
  }

  /** What has become of the task in the store is known when this ends; never throws. */
  async at(task: StoredTask, worker: Worker): Promise<void> {
    const { now, stall } = this.#around;
    try {
      const claimed = await this.#claim(task, worker.lease);
      if (claimed === undefined) return;
      await stall?.(plain(claimed));
      // The process may have stood still meanwhile.
      if (now().toISOString() < claimed.lease.until) await this.#handOver(claimed, worker.handler);
    } catch (error) {
      this.#report(error, task);
      const stored = this.#known.get(task.id)?.task;
      if (stored !== undefined) this.#known.set(stored, now().getTime() + UNREACHED_MS);
    }
  }

  async #claim(task: StoredTask, ms: number): Promise<Claimed | undefined> {
    const lease = { owner: this.#around.owner, until: this.#later(ms) };
    try {
      return { ...(await this.#change(task, { lease })), lease };
    } catch (error) {
      if (!(error instanceof SallyportError && error.code === 'record/conflict')) throw error;
      await this.#look(task);
      return undefined;
    }
  }

  async #handOver(claimed: Claimed, handler: TaskHandler): Promise<void> {
    try {
      this.#stopping.throwIfAborted();
      await this.#handle(claimed, handler);
    } catch (error) {
      this.#report(error, claimed);
      if (await this.#isStill(claimed)) await this.#putOff(claimed);
      return;
    }
    // Its handler did not say what becomes of it: it is over.
    if (!(await this.#isStill(claimed))) return;
    await this.#around.store.transact([removalOf(claimed)], []);
    this.#known.delete(claimed.id);
  }

  async #handle(claimed: Claimed, handler: TaskHandler): Promise<void> {
    const { now, timer } = this.#around;
    const overdue = new AbortController();
    const callOff = timer.after(Date.parse(claimed.lease.until) - now().getTime(), () =>
      overdue.abort(new Error(`the lease of task ${claimed.id} has ended`)),
    );
    try {
      await handler(plain(claimed), {
        done: removalOf(claimed),
        again: (due, body = claimed.body) => changeOf(claimed, { due, body, lease: null, failed: null }),
        signal: AbortSignal.any([this.#stopping, overdue.signal]),
      });
    } finally {
      callOff();
    }
  }

  async #putOff(claimed: Claimed): Promise<void> {
    const times = (claimed.failed?.times ?? 0) + 1;
    const next = this.#later(Math.min(BACK_OFF_MS * 2 ** (times - 1), LONGEST_BACK_OFF_MS));
    await this.#change(claimed, { lease: null, failed: this.#stopping.aborted ? claimed.failed : { times, next } });
  }

  async #change(task: StoredTask, change: TaskChange): Promise<StoredTask> {
    await this.#around.store.transact([changeOf(task, change)], []);
    const changed = { ...task, ...change, version: task.version + 1 };
    this.#known.set(changed);
    return changed;
  }

  async #look({ id }: Task): Promise<StoredTask | undefined> {
    const document = await this.#around.store.get('schedule', id);
    if (document === undefined) this.#known.delete(id);
    else this.#known.set(readTask(document));
    return this.#known.get(id)?.task;
  }

  /** Nobody has changed it since it was claimed. */
  async #isStill(claimed: Claimed): Promise<boolean> {
    return (await this.#look(claimed))?.version === claimed.version;
  }

  #later(ms: number): string {
    return new Date(this.#around.now().getTime() + ms).toISOString();
  }

  #report(error: unknown, task: StoredTask): void {
    if (!this.#stopping.aborted) this.#around.report(error, plain(task));
  }
}

interface Claimed extends StoredTask {
  readonly lease: NonNullable<StoredTask['lease']>;
}

function plain({ id, kind, due, body }: StoredTask): Task {
  return { id, kind, due, body };
}
