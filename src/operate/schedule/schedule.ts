import type { Put } from '../../record/store.ts';
import { Attempt, type TaskHandler, type TaskSurroundings, type Worker } from './attempt.ts';
import { type Known, KnownTasks } from './known-tasks.ts';
import { planOf, removalOf, type Task } from './task.ts';

export interface HandlerOptions {
  /** How long nobody else takes the task over; the handler should have ended by then. Milliseconds; 30 s unless told. */
  readonly lease?: number;
  /** How many of the kind are under way at once; 32 unless told. */
  readonly atOnce?: number;
}

interface Registered extends Worker {
  readonly atOnce: number;
  running: number;
}

const LEASE_MS = 30_000;
const AT_ONCE = 32;
/** How often the store is looked through for what another gate planned or left behind. */
const LOOK_MS = 60_000;
/** How long a gate that stops waits for handlers that do not end. */
const GRACE_MS = 5_000;

/**
 * What is to happen later, in the store: a task is planned in the transaction of what it belongs to, claimed by a conditional
 * update with an end, and taken away in the transaction of its effect. So a restart loses and doubles nothing, of two
 * gates on one store one fires, and what a dead gate had claimed is taken over when its lease ends.
 */
export class Schedule {
  readonly #parts: TaskSurroundings;
  readonly #known = new KnownTasks();
  readonly #handlers = new Map<string, Registered>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #attempt: Attempt;
  #started = false;
  #lookAt: number;
  #armedFor = Number.POSITIVE_INFINITY;
  #disarm: () => void = () => undefined;

  private constructor(parts: TaskSurroundings) {
    this.#parts = parts;
    this.#attempt = new Attempt(parts, this.#known, this.#stopping.signal);
    this.#lookAt = this.#now() + LOOK_MS;
  }

  /** Reads what is planned. @throws SallyportError `record/unavailable` when a task cannot be read. */
  static async open(parts: TaskSurroundings): Promise<Schedule> {
    const schedule = new Schedule(parts);
    await schedule.#known.refresh(() => parts.store.list('schedule'));
    return schedule;
  }

  /**
   * What plans a task: goes into the transaction of what it belongs to (`record/conflict` when there is a task of that id).
   * @throws SallyportError `request/invalid` on a time that is none.
   */
  plan(task: Task): Put {
    return planOf(task);
  }

  /** What takes a planned task away; undefined when there is none. `record/conflict` when it is claimed meanwhile. */
  cancel(id: string): Put | undefined {
    const known = this.#known.get(id);
    return known === undefined ? undefined : removalOf(known.task);
  }

  /** Who does the tasks of a kind. Those of a kind that nobody does are kept. */
  on(kind: string, handler: TaskHandler, { lease = LEASE_MS, atOnce = AT_ONCE }: HandlerOptions = {}): void {
    if (this.#handlers.has(kind)) throw new TypeError(`tasks of kind ${kind} have a handler already`);
    this.#handlers.set(kind, { handler, lease, atOnce, running: 0 });
    this.#wake();
  }

  /** What is planned, as far as this gate knows; the next first. */
  list(): readonly Task[] {
    const tasks = [...this.#known].map(({ task: { id, kind, due, body } }) => ({ id, kind, due, body }));
    return tasks.sort((a, b) => (a.due < b.due ? -1 : a.due > b.due ? 1 : a.id < b.id ? -1 : 1));
  }

  /** Told of puts once they are durable: so tasks get here that are planned in the transactions of others. */
  written(puts: readonly Put[]): void {
    for (const put of puts) this.#expect(this.#known.apply(put));
  }

  /** From now on tasks are done. */
  start(): void {
    this.#started = true;
    this.#wake();
  }

  /**
   * Begins nothing more, tells the handlers to end, and waits until they have, for a while: what one of them does not end is taken
   * over when its lease is over.
   */
  async stop(): Promise<void> {
    this.#started = false;
    this.#disarm();
    this.#stopping.abort(new Error('the gate stops'));
    const { promise: waited, resolve } = Promise.withResolvers<void>();
    const callOff = this.#parts.timer.after(GRACE_MS, resolve);
    await Promise.race([this.idle(), waited]);
    callOff();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  #now(): number {
    return this.#parts.now().getTime();
  }

  #wake(): void {
    if (!this.#started) return;
    const now = this.#now();
    if (now >= this.#lookAt) this.#look(now);
    const due = [...this.#known].filter(({ opens }) => opens <= now).sort((a, b) => a.opens - b.opens);
    for (const known of due) {
      const registered = this.#free(known);
      if (registered !== undefined) this.#begin(known, registered);
    }
    let next = this.#lookAt;
    for (const known of this.#known) if (known.opens < next && this.#free(known) !== undefined) next = known.opens;
    this.#arm(next);
  }

  /** Who would do it: undefined while it is being done, and when there is nobody or nobody has room for it. */
  #free({ task: { id, kind } }: Known): Registered | undefined {
    const registered = this.#handlers.get(kind);
    if (registered === undefined || registered.running >= registered.atOnce) return undefined;
    return this.#running.has(id) ? undefined : registered;
  }

  #arm(at: number): void {
    this.#disarm();
    this.#armedFor = at;
    this.#disarm = this.#parts.timer.after(Math.max(at - this.#now(), 0), () => this.#wake());
  }

  #expect(known: Known | undefined): void {
    if (!this.#started || known === undefined || known.opens >= this.#armedFor) return;
    if (this.#free(known) !== undefined) this.#arm(known.opens);
  }

  #begin({ task }: Known, registered: Registered): void {
    registered.running += 1;
    this.#follow(task.id, this.#attempt.at(task, registered), () => {
      const full = registered.running >= registered.atOnce;
      registered.running -= 1;
      if (full) this.#wake();
      else this.#expect(this.#known.get(task.id));
    });
  }

  #look(now: number): void {
    this.#lookAt = now + LOOK_MS;
    const looking = this.#known
      .refresh(() => this.#parts.store.list('schedule'))
      .catch((error: unknown) => this.#parts.report(error, undefined));
    this.#follow('', looking, () => this.#wake());
  }

  #follow(id: string, work: Promise<void>, ended: () => void): void {
    const followed = work.then(() => {
      this.#running.delete(id);
      ended();
    });
    this.#running.set(id, followed);
  }
}
