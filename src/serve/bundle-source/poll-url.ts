import type { BundleServer } from '../../config.ts';
import { backOff, between, retryAfter } from './delays.ts';
import { type Answer, fetchArchive, nameOf } from './fetch-archive.ts';
import type { Arrival, Clock, Source, Watcher } from './source.ts';

/** Least time between two answers of a server that waits, however much news it has. */
const NEWS_MS = 1_000;

/**
 * A bundle on a server: asked for as OPA asks for its bundles. An ETag is kept of what is in force alone: after a refusal the
 * server is asked for whatever it has, so that one bad answer under the right name does not hide the good one.
 */
export class UrlSource implements Source {
  readonly name: string;
  readonly kind = 'url';
  readonly follows = true;
  readonly #server: BundleServer;
  readonly #clock: Clock;
  #etag: string | undefined;
  /** Whether the server holds answers back; until it has said so it is assumed to. */
  #waits = true;

  constructor(server: BundleServer, clock: Clock) {
    this.name = nameOf(new URL(server.url));
    this.#server = server;
    this.#clock = clock;
  }

  async fetch(): Promise<Arrival> {
    const answer = await fetchArchive(this.#server, {
      etag: undefined,
      wait: undefined,
      signal: new AbortController().signal,
    });
    if (answer.kind === 'archive') return this.#arrival(answer);
    if (answer.kind === 'failed') throw answer.error;
    throw new TypeError('an unconditional question was answered conditionally');
  }

  accept({ etag }: Arrival): void {
    this.#etag = etag;
  }

  async follow(watcher: Watcher, signal: AbortSignal): Promise<void> {
    let failures = 0;
    // What there is was asked for just before, or is to be had as soon as the server is back.
    let delay = this.#etag === undefined ? backOff(1, this.#server.poll.every.max, this.#clock.random) : this.#plain();
    for (;;) {
      await this.#clock.sleep(delay, signal);
      if (signal.aborted) return;
      const started = this.#clock.ticks();
      const wait = this.#waits ? this.#server.poll.wait : undefined;
      const answer = await fetchArchive(this.#server, { etag: this.#etag, wait, signal });
      if (signal.aborted) return;
      failures = answer.kind === 'failed' ? failures + 1 : 0;
      delay = await this.#after(answer, watcher, failures, this.#clock.ticks() - started);
    }
  }

  /** Tells the watcher; returns the milliseconds until the next question. */
  async #after(answer: Answer, watcher: Watcher, failures: number, took: number): Promise<number> {
    const { every, wait } = this.#server.poll;
    const { random, now } = this.#clock;
    switch (answer.kind) {
      case 'failed':
        watcher.failed(answer.error);
        return Math.max(
          backOff(failures, every.max, random),
          Math.min(every.max, retryAfter(answer.retryAfter, now())),
        );
      case 'same':
        watcher.unchanged();
        // Who says that it waits, and does not, would be asked without end.
        return this.#waits && wait !== undefined && took >= wait / 2 ? 0 : this.#plain();
      case 'archive': {
        const fate = await watcher.arrived(this.#arrival(answer));
        return fate === 'in-force' && this.#waits && wait !== undefined ? Math.min(NEWS_MS, every.min) : this.#plain();
      }
    }
  }

  #arrival({ archive, etag, waits }: Extract<Answer, { kind: 'archive' }>): Arrival {
    this.#waits = waits;
    return { archive, etag, from: this.name };
  }

  #plain(): number {
    return between(this.#server.poll.every, this.#clock.random);
  }
}
