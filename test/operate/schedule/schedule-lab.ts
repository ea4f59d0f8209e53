import { join } from 'node:path';
import { messageOf } from '../../../src/errors.ts';
import type { TaskHandler, TaskSurroundings } from '../../../src/operate/schedule/attempt.ts';
import { Schedule } from '../../../src/operate/schedule/schedule.ts';
import type { Task } from '../../../src/operate/schedule/task.ts';
import { watchStore } from '../../../src/operate/watched-store.ts';
import { openSqliteStore } from '../../../src/record/sqlite.ts';
import type { Store } from '../../../src/record/store.ts';
import { HandClock } from '../../lab/hand-clock.ts';

export const START = '2030-01-15T12:00:00.000Z';

/** One gate's part: its own schedule, and the store as it sees it. */
export interface LabGate {
  readonly schedule: Schedule;
  readonly store: Store;
  /** What failed, as it was reported. */
  readonly reports: readonly string[];
  plan(...tasks: readonly Task[]): Promise<void>;
}

/** A store and a clock that is moved by hand, for any number of gates. */
export class ScheduleLab {
  readonly clock = new HandClock(START);
  readonly store: Store;
  readonly #gates: LabGate[] = [];

  constructor(store: Store) {
    this.store = store;
  }

  /** With a database in `folder`. */
  static async open(folder: string): Promise<ScheduleLab> {
    return new ScheduleLab(await openSqliteStore({ path: join(folder, 'sallyport.db') }));
  }

  async gate(name: string, parts: Partial<TaskSurroundings> = {}): Promise<LabGate> {
    const reports: string[] = [];
    const schedule = await Schedule.open({
      store: this.store,
      now: this.clock.now,
      timer: this.clock,
      owner: name,
      report: (error, task) => reports.push(`${task?.id}: ${messageOf(error)}`),
      ...parts,
    });
    const store = watchStore(
      this.store,
      () => undefined,
      (puts) => schedule.written(puts),
    );
    const gate: LabGate = {
      schedule,
      store,
      reports,
      plan: async (...tasks) => void (await store.transact(tasks.map(schedule.plan), [])),
    };
    this.#gates.push(gate);
    return gate;
  }

  /** Moves the clock; whatever fires on the way has ended when this does, but for gates that are told to stand still. */
  move(seconds: number, ...standing: readonly LabGate[]): Promise<void> {
    const settled = async () => {
      for (const gate of this.#gates) if (!standing.includes(gate)) await gate.schedule.idle();
    };
    return this.clock.move(seconds, settled);
  }

  /** What is in the store, by id. */
  async stored(): Promise<Readonly<Record<string, unknown>>> {
    return Object.fromEntries((await this.store.list('schedule')).map(({ id, body }) => [id, body]));
  }
}

/** A handler whose effect, a document for each time it ran, is written with what takes the task away. */
export function noting(gate: LabGate, ran: string[], name = ''): TaskHandler {
  return async (task, claim) => {
    const put = { collection: 'meta', id: `effect:${task.id}`, expect: 0, body: { by: name } } as const;
    await gate.store.transact([claim.done, put], []);
    ran.push(`${name}${task.id}`);
  };
}

/** A promise and what resolves it. */
export function gateway(): { readonly passed: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}
