import { expect, it } from 'vitest';
import { Feed, type FeedEvent, type FeedItem, type FeedReader } from '../../src/operate/feed.ts';

const PATIENCE = 5_000;

function event(id: string): FeedEvent {
  return { kind: 'decision', id, time: '2030-01-15T12:00:00.000Z', data: {} };
}

async function readAll(reader: FeedReader): Promise<readonly FeedItem[]> {
  const items: FeedItem[] = [];
  for (;;) {
    const item = await reader.next(PATIENCE);
    if (item === undefined) throw new Error('the reader waits for ever');
    items.push(item);
    if (item.kind === 'end') return items;
  }
}

function ids(items: readonly FeedItem[]): readonly string[] {
  return items.map((item) => (item.kind === 'event' ? item.event.id : `end: ${item.reason}`));
}

it('every reader gets what is published after it came, in order', async () => {
  const feed = new Feed();
  feed.publish(event('before'));
  const first = feed.read();
  feed.publish(event('1'));
  const second = feed.read();
  feed.publish(event('2'));
  feed.close();
  if (first === undefined || second === undefined) throw new Error('no readers');
  expect(ids(await readAll(first))).toEqual(['1', '2', 'end: closed']);
  expect(ids(await readAll(second))).toEqual(['2', 'end: closed']);
});

it('a waiting reader wakes for the next event', async () => {
  const feed = new Feed();
  const reader = feed.read();
  const next = reader?.next(PATIENCE);
  feed.publish(event('1'));
  expect(await next).toEqual({ kind: 'event', event: event('1') });
});

it('a reader that falls behind is dropped with what it has and told so; others miss nothing', async () => {
  const feed = new Feed({ capacity: 2 });
  const slow = feed.read();
  const quick = feed.read();
  if (slow === undefined || quick === undefined) throw new Error('no readers');
  const seen: string[] = [];
  for (const id of ['1', '2', '3', '4']) {
    feed.publish(event(id));
    const item = await quick.next(PATIENCE);
    if (item?.kind === 'event') seen.push(item.event.id);
  }
  expect(seen).toEqual(['1', '2', '3', '4']);
  expect(feed.readers).toBe(1);
  await slow.done;
  expect(ids(await readAll(slow))).toEqual(['1', '2', 'end: slow']);
});

it('there is a limit to how many read at once, and one who leaves makes room', () => {
  const feed = new Feed({ maxReaders: 1 });
  const first = feed.read();
  expect(feed.read()).toBeUndefined();
  first?.close();
  expect(feed.read()).toBeDefined();
});

it('waiting ends without an item when nothing comes', async () => {
  expect(await new Feed().read()?.next(1)).toBeUndefined();
});

it.each([{ capacity: 0 }, { maxReaders: 0 }])('a feed without room is refused: %o', (options) => {
  expect(() => new Feed(options)).toThrow(RangeError);
});
