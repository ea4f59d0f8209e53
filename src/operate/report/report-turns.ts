import { SallyportError } from '../../errors.ts';

/** Reports that may wait for their turn. */
const MOST_WAITING = 8;

/** One report at a time: each reads much of the log, and the gate has other things to do. */
export class ReportTurns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @throws SallyportError `request/too-many` */
  async take<Made>(make: () => Promise<Made>): Promise<Made> {
    if (this.#waiting >= MOST_WAITING) {
      throw new SallyportError('request/too-many', `${MOST_WAITING} reports are being made or wait for their turn`, {
        fix: 'ask again in a minute',
      });
    }
    this.#waiting += 1;
    const made = this.#last.then(make, make);
    this.#last = made.catch(() => undefined);
    try {
      return await made;
    } finally {
      this.#waiting -= 1;
    }
  }
}
