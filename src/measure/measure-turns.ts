import { SallyportError } from '../errors.ts';

/** How many measurements one agent may have under way; more wait for nobody and are told to come again. */
export class MeasureTurns {
  readonly #most: number;
  readonly #busy = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Runs `measure` in one of the agent's turns. @throws SallyportError `measure/busy` when all are taken */
  async take<T>(agent: string, measure: () => Promise<T>): Promise<T> {
    const busy = this.#busy.get(agent) ?? 0;
    if (busy >= this.#most) {
      throw new SallyportError('measure/busy', `agent ${agent} has ${busy} changes being measured already`, {
        fix: 'send fewer at once',
      });
    }
    this.#busy.set(agent, busy + 1);
    try {
      return await measure();
    } finally {
      const left = (this.#busy.get(agent) ?? 1) - 1;
      if (left === 0) this.#busy.delete(agent);
      else this.#busy.set(agent, left);
    }
  }
}
