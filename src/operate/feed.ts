import type { JsonObject } from '../json.ts';

export const FEED_KINDS = ['decision', 'outcome', 'notify', 'change'] as const;

/** One line of the event stream: the gate's decisions, its notifications and the changes people made. */
export interface FeedEvent {
  readonly kind: (typeof FEED_KINDS)[number];
  /** The decision's id, or the changed thing's event id. */
  readonly id: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string;
  /** Redacted, as recorded. */
  readonly data: JsonObject;
}

/** What a reader gets: events, then one `end` that says why there are no more. */
export type FeedItem =
  | { readonly kind: 'event'; readonly event: FeedEvent }
  | { readonly kind: 'end'; readonly reason: 'slow' | 'closed' };

/**
 * Fans events out to readers. `publish` never waits and never throws: a reader that is `capacity` events behind is
 * dropped, keeps what it has queued, and is told so.
 */
export class Feed {
  readonly #capacity: number;
  readonly #maxReaders: number;
  readonly #readers = new Set<FeedReader>();

  /** @param options.capacity events that one reader may be behind. @param options.maxReaders readers at once. */
  constructor(options: { readonly capacity?: number; readonly maxReaders?: number } = {}) {
    this.#capacity = options.capacity ?? 256;
    this.#maxReaders = options.maxReaders ?? 64;
    if (this.#capacity < 1 || this.#maxReaders < 1) throw new RangeError('a feed needs room for an event and a reader');
  }

  get readers(): number {
    return this.#readers.size;
  }

  publish(event: FeedEvent): void {
    for (const reader of this.#readers) {
      if (!reader.offer(event, this.#capacity)) this.#readers.delete(reader);
    }
  }

  /** A reader of everything published from now on; undefined when there are too many. Close it when done. */
  read(): FeedReader | undefined {
    if (this.#readers.size >= this.#maxReaders) return undefined;
    const reader = new FeedReader((self) => this.#readers.delete(self));
    this.#readers.add(reader);
    return reader;
  }

  /** Ends every reader, for a shutdown. */
  close(): void {
    for (const reader of [...this.#readers]) reader.close();
  }
}

/** One reader's bounded queue. */
export class FeedReader {
  readonly #onClose: (self: FeedReader) => void;
  readonly #queue: FeedEvent[] = [];
  readonly #done = Promise.withResolvers<void>();
  #ended: 'slow' | 'closed' | undefined;
  #wake: (() => void) | undefined;

  constructor(onClose: (self: FeedReader) => void) {
    this.#onClose = onClose;
  }

  /** Resolves when nothing more will be queued. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** Queues an event; false when the reader is too far behind and was ended instead. */
  offer(event: FeedEvent, capacity: number): boolean {
    if (this.#queue.length >= capacity) {
      this.#end('slow');
      return false;
    }
    this.#queue.push(event);
    this.#stir();
    return true;
  }

  /** The next item; undefined when `timeout` milliseconds passed without one. Call it again only after it resolved. */
  next(timeout: number): Promise<FeedItem | undefined> {
    const item = this.#take();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#wake = undefined;
        resolve(undefined);
      }, timeout);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(this.#take());
      };
    });
  }

  close(): void {
    this.#onClose(this);
    this.#end('closed');
  }

  #take(): FeedItem | undefined {
    const event = this.#queue.shift();
    if (event !== undefined) return { kind: 'event', event };
    return this.#ended === undefined ? undefined : { kind: 'end', reason: this.#ended };
  }

  #end(reason: 'slow' | 'closed'): void {
    this.#ended ??= reason;
    this.#done.resolve();
    this.#stir();
  }

  #stir(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
