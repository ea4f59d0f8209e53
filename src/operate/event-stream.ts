import type { ServerResponse } from 'node:http';
import type { FeedEvent, FeedReader } from './feed.ts';

const HEARTBEAT = 15_000;
const LAST_WORDS = 5_000;

export interface EventStreamOptions {
  /** Only events of this kind. */
  readonly kind: FeedEvent['kind'] | undefined;
  /** Asked before each event and each heartbeat; a stream must not outlive the token that opened it. */
  readonly stillWelcome: () => boolean;
}

/**
 * Writes a reader's events as `text/event-stream` (WHATWG HTML, server-sent events) until the client leaves, falls too
 * far behind, or its token ends. A last event `end` says why. Never throws.
 */
export async function writeEventStream(
  response: ServerResponse,
  reader: FeedReader,
  options: EventStreamOptions,
): Promise<void> {
  response.once('close', () => reader.close());
  response.on('error', () => reader.close());
  const room = watchForRoom(response, reader);
  let open = response.write(': sallyport\n\n');
  while (!response.destroyed) {
    // A client that does not read must not hold more than its queue: its own end frees what it waits for.
    if (!open) await room();
    const item = await reader.next(HEARTBEAT);
    if (item?.kind === 'end') return finish(response, item.reason);
    if (!options.stillWelcome()) {
      reader.close();
      return finish(response, 'unauthorized');
    }
    if (item === undefined) open = response.write(': still here\n\n');
    else if (options.kind === undefined || item.event.kind === options.kind) open = writeEvent(response, item.event);
  }
}

function writeEvent(response: ServerResponse, event: FeedEvent): boolean {
  return response.write(`event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
}

function finish(response: ServerResponse, reason: string): void {
  response.end(`event: end\ndata: ${JSON.stringify({ reason })}\n\n`);
  const deadline = setTimeout(() => response.destroy(), LAST_WORDS);
  response.once('close', () => clearTimeout(deadline));
}

/** Waits until the response takes more, or there is no more use in waiting. */
function watchForRoom(response: ServerResponse, reader: FeedReader): () => Promise<void> {
  let ended = false;
  let wake = (): void => {};
  const end = (): void => {
    ended = true;
    wake();
  };
  response.on('drain', () => wake());
  response.once('close', end);
  void reader.done.then(end);
  return () => (ended ? Promise.resolve() : new Promise((resolve) => (wake = resolve)));
}
