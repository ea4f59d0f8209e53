import type { SallyportError } from '../../../src/errors.ts';
import type { Arrival, Fate, Source, Watcher } from '../../../src/serve/bundle-source/source.ts';

/** A watcher that writes down what it is told; each arrival has the fate of the moment. */
export class Told implements Watcher {
  readonly heard: string[] = [];
  readonly arrivals: Arrival[] = [];
  fate: Fate = 'in-force';
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  async arrived(arrival: Arrival): Promise<Fate> {
    this.arrivals.push(arrival);
    this.heard.push(`arrived: ${Buffer.from(arrival.archive).toString().slice(0, 40)}`);
    if (this.fate === 'in-force') this.#source.accept(arrival);
    return this.fate;
  }

  unchanged(): void {
    this.heard.push('unchanged');
  }

  failed({ code, message }: SallyportError): void {
    this.heard.push(`${code}: ${message}`);
  }

  /** What was told since the last time. */
  take(): readonly string[] {
    return this.heard.splice(0);
  }
}
