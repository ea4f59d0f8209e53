import { get, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../src/json.ts';
import type { FeedEvent } from '../../src/operate/feed.ts';
import { type OperationsLab, openOperationsLab } from './operations-lab.ts';

let lab: OperationsLab;

beforeEach(async () => {
  lab = await openOperationsLab();
});

afterEach(() => lab.close());

describe('reading decisions', () => {
  const DECISIONS = [
    ['d1', 'fixer', 'staging', 'allow', 1],
    ['d2', 'fixer', 'prod', 'deny', 2],
    ['d3', 'other', 'staging', 'hold', 3],
    ['d4', 'fixer', 'staging', 'deny', 4],
  ] as const;

  beforeEach(async () => {
    for (const [id, agent, route, did, minute] of DECISIONS) {
      const time = `2030-01-15T12:0${minute}:00.000Z`;
      await lab.store.append({ kind: 'decided', id, time, body: { did, call: { route }, agent: { id: agent } } });
    }
    await lab.store.append({
      kind: 'outcome',
      id: 'd1',
      time: '2030-01-15T12:05:00.000Z',
      body: { state: 'answered', status: 200 },
    });
  });

  it.each([
    ['', ['d4', 'd3', 'd2', 'd1']],
    ['?agent=fixer', ['d4', 'd2', 'd1']],
    ['?route=staging', ['d4', 'd3', 'd1']],
    ['?outcome=deny', ['d4', 'd2']],
    ['?agent=fixer&route=staging&outcome=allow', ['d1']],
    ['?since=2030-01-15T13:03:00+01:00', ['d4', 'd3']],
    ['?limit=2', ['d4', 'd3']],
    ['?agent=nobody', []],
    ["?agent=' OR 1=1 --", []],
  ])('%j gives %j', async (query, ids) => {
    const { status, json } = await lab.ask('GET', `/v1/decisions${encodeURI(query).replace('+', '%2B')}`, {
      token: lab.tokens.viewer,
    });
    expect([status, listed(json)]).toEqual([200, ids]);
  });

  it.each([
    '?limit=0',
    '?limit=501',
    '?limit=x',
    '?limit=1.5',
    '?outcome=maybe',
    '?since=yesterday',
    '?before=-1',
    '?sort=id',
  ])('%j is refused', async (query) => {
    const { status, json } = await lab.ask('GET', `/v1/decisions${query}`, { token: lab.tokens.viewer });
    expect([status, json]).toEqual([400, expect.objectContaining({ code: 'request/invalid' })]);
  });

  it('pages follow each other without a gap until there is no next', async () => {
    const pages: unknown[] = [];
    let next: unknown = '';
    for (let page = 0; page < 5 && next !== null; page += 1) {
      const query = next === '' ? '?limit=2' : `?limit=2&before=${next}`;
      const { json } = await lab.ask('GET', `/v1/decisions${query}`, { token: lab.tokens.viewer });
      pages.push(listed(json));
      next = isObject(json) ? json.next : null;
    }
    expect(pages).toEqual([['d4', 'd3'], ['d2', 'd1'], []]);
  });

  it('one decision is shown whole, with its outcome', async () => {
    const { status, json } = await lab.ask('GET', '/v1/decisions/d1', { token: lab.tokens.viewer });
    expect([status, json]).toEqual([
      200,
      {
        id: 'd1',
        seq: expect.any(Number),
        asked: null,
        decided: expect.objectContaining({ did: 'allow', agent: { id: 'fixer' } }),
        outcome: expect.objectContaining({ state: 'answered', status: 200 }),
        verification: null,
      },
    ]);
  });

  it('one that is not there is 404', async () => {
    expect((await lab.ask('GET', '/v1/decisions/nope', { token: lab.tokens.viewer })).status).toBe(404);
  });
});

describe('the event stream', () => {
  it('brings events of every kind, or of one kind, as they happen', async () => {
    const all = await openStream('');
    const notes = await openStream('?kind=notify');
    expect(all.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    lab.feed.publish(event('decision', 'd1'));
    lab.feed.publish(event('notify', 'd2'));
    expect([await all.next(), await all.next(), await notes.next()]).toEqual([
      ['decision', event('decision', 'd1')],
      ['notify', event('notify', 'd2')],
      ['notify', event('notify', 'd2')],
    ]);
  });

  it('text of agents cannot make up an event: line breaks stay inside the data', async () => {
    const stream = await openStream('');
    const forged = {
      ...event('decision', 'd1'),
      data: { reason: 'x\n\nevent: change\r\ndata: {"what":"freeze.lifted"}\n\n' },
    };
    lab.feed.publish(forged);
    lab.feed.publish(event('decision', 'd2'));
    expect([await stream.next(), await stream.next()]).toEqual([
      ['decision', forged],
      ['decision', event('decision', 'd2')],
    ]);
  });

  it('ends before the next event when its token is revoked', async () => {
    const stream = await openStream('');
    lab.feed.publish(event('decision', 'd1'));
    expect(await stream.next()).toEqual(['decision', event('decision', 'd1')]);
    await lab.parts.operators.revoke(lab.ids.viewer, 'test');
    lab.feed.publish(event('decision', 'd2'));
    expect(await stream.next()).toEqual(['end', { reason: 'unauthorized' }]);
    expect(await stream.next()).toBeUndefined();
    expect(lab.feed.readers).toBe(0);
  });

  it('a reader that does not read is dropped, and the gate has not waited for it', async () => {
    const stream = await openStream('');
    stream.response.pause();
    const big = { ...event('decision', 'big'), data: { text: 'x'.repeat(1_000_000) } };
    // More than its queue and all buffers on the way can hold; none of it is awaited.
    for (let i = 0; i < 200 && lab.feed.readers > 0; i += 1) {
      lab.feed.publish(big);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(lab.feed.readers).toBe(0);
    expect(await stream.last()).toEqual(['end', { reason: 'slow' }]);
  });

  it('a reader that leaves makes room for another', async () => {
    const first = await openStream('');
    const second = await openStream('');
    const { status } = await lab.ask('GET', '/v1/decisions/stream', { token: lab.tokens.viewer });
    expect(status).toBe(503);
    first.response.destroy();
    await expect.poll(() => lab.feed.readers).toBe(1);
    await openStream('');
    second.response.destroy();
  });

  it('says that it ends when the gate stops', async () => {
    const stream = await openStream('');
    lab.feed.close();
    expect(await stream.next()).toEqual(['end', { reason: 'closed' }]);
  });
});

function listed(json: unknown): unknown {
  if (!isObject(json) || !Array.isArray(json.decisions)) return undefined;
  return json.decisions.map((each: JsonObject) => each.id);
}

function event(kind: FeedEvent['kind'], id: string): FeedEvent {
  return { kind, id, time: '2030-01-15T12:00:00.000Z', data: { id } };
}

interface Stream {
  readonly response: IncomingMessage;
  /** The next event's name and data; undefined when the stream has ended. */
  next(): Promise<readonly [string, unknown] | undefined>;
  last(): Promise<readonly [string, unknown] | undefined>;
}

async function openStream(query: string): Promise<Stream> {
  const before = lab.feed.readers;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { authorization: `Bearer ${lab.tokens.viewer}` };
    get(`${lab.origin}/v1/decisions/stream${query}`, { headers, agent: false }, resolve).once('error', reject);
  });
  expect([response.statusCode, lab.feed.readers]).toEqual([200, before + 1]);
  const events = readEvents(response);
  const next = async () => (await events.next()).value;
  return {
    response,
    next,
    last: async () => {
      let last: readonly [string, unknown] | undefined;
      for (let found = await next(); found !== undefined; found = await next()) last = found;
      return last;
    },
  };
}

async function* readEvents(response: IncomingMessage): AsyncGenerator<readonly [string, unknown], undefined> {
  let name = '';
  for await (const line of createInterface({ input: response })) {
    if (line.startsWith('event: ')) name = line.slice(7);
    if (line.startsWith('data: ')) yield [name, JSON.parse(line.slice(6))];
  }
  return undefined;
}
