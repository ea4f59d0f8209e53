import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BundleServer } from '../../../src/config.ts';
import { UrlSource } from '../../../src/serve/bundle-source/poll-url.ts';
import { type BundleServerLab, type BundleServerOptions, startBundleServer } from './bundle-server.ts';
import { StepClock } from './step-clock.ts';
import { Told } from './told.ts';

/** Not compressed, so that tests can tell them apart; what is in them matters to nobody here. */
const bundle = (text: string): Uint8Array => Buffer.concat([Buffer.of(0x1f, 0x8b), Buffer.from(text)]);
const arrived = (text: string) => `arrived: ${Buffer.from(bundle(text)).toString()}`;

let server: BundleServerLab;
let clock: StepClock;
let source: UrlSource;
let told: Told;
let stop: AbortController;
let following: Promise<void>;

async function open(options: BundleServerOptions = {}, changed: Partial<BundleServer> = {}, poll = {}): Promise<void> {
  server = await startBundleServer(options);
  server.put(bundle('first'));
  clock = new StepClock();
  const every = { min: 60_000, max: 120_000 };
  source = new UrlSource(
    {
      ...{ kind: 'url', url: server.url, token: undefined, headers: {}, ca: undefined, client: undefined },
      ...changed,
      poll: { every, wait: undefined, timeout: 2_000, limit: 10_000, ...poll },
    },
    clock,
  );
  told = new Told(source);
}

/** Begins to poll, after a start that had the first bundle. */
async function follow(): Promise<void> {
  source.accept(await source.fetch());
  following = source.follow(told, stop.signal);
}

beforeEach(() => {
  stop = new AbortController();
  following = Promise.resolve();
});

afterEach(async () => {
  stop.abort();
  await following;
  await server.close();
});

const questions = () =>
  server.asked.map(({ headers }) => [headers.prefer, headers['if-none-match']].map((each) => each ?? '').join(' '));

it('asks as OPA does: a GET, what it takes, what it prefers, the ETag of what it has', async () => {
  await open({}, { token: 'hunter2', headers: { 'x-tenant': 'shop' } });
  server.put(bundle('first'), '"one"');
  await follow();
  await clock.step();
  const { host } = new URL(server.url);
  const request = {
    method: 'GET',
    url: '/bundles/sallyport.tar.gz',
    headers: {
      host,
      accept: 'application/gzip, application/octet-stream, application/vnd.openpolicyagent.bundles',
      'accept-encoding': 'identity',
      authorization: 'Bearer hunter2',
      connection: 'close',
      prefer: 'modes=snapshot',
      'user-agent': expect.stringMatching(/^sallyport\/\d/),
      'x-tenant': 'shop',
    },
  };
  const again = { ...request, headers: { ...request.headers, 'if-none-match': '"one"' } };
  expect([server.asked, told.heard]).toEqual([[request, again], ['unchanged']]);
});

it('reads a token from its file for each question, and asks nobody without one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-token-'));
  const file = join(folder, 'token');
  await writeFile(file, 'one\n');
  await open({ waits: false }, { token: { file } });
  await follow();
  await writeFile(file, 'two');
  await clock.step();
  await writeFile(file, 'not\na token');
  await clock.step();
  await rm(folder, { recursive: true });
  await clock.step();
  expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two']);
  expect(told.heard).toEqual([
    'unchanged',
    `bundle/unavailable: no bundle from ${server.url}: ${file} holds no token of printable characters`,
    `bundle/unavailable: no bundle from ${server.url}: the token cannot be read from ${file}: no such file`,
  ]);
});

it('asks again after a time that is drawn from the range, and takes what is new once', async () => {
  await open({ waits: false });
  await follow();
  clock.chance = 0;
  await clock.step();
  clock.chance = 0.999;
  server.put(bundle('second'));
  await clock.step(2);
  expect([told.heard, clock.delays]).toEqual([
    ['unchanged', arrived('second'), 'unchanged'],
    [90_000, 60_000, 119_940, 119_940],
  ]);
});

describe('a server that waits', () => {
  it('is asked to, and asked again at once when it had nothing or a moment after it had something', async () => {
    await open({}, {}, { wait: 300_000 });
    await follow();
    const stepped = clock.step();
    await server.waiting();
    clock.pass(200_000);
    server.put(bundle('second'), '"two"');
    await stepped;
    const held = clock.step();
    await server.waiting();
    clock.pass(300_000);
    server.put(bundle('second'), '"two"');
    await held;
    expect([told.heard, clock.delays]).toEqual([
      [arrived('second'), 'unchanged'],
      [90_000, 1_000, 0],
    ]);
    expect(questions()).toEqual([
      'modes=snapshot ',
      expect.stringMatching(/^modes=snapshot;wait=300 "\w+"$/),
      'modes=snapshot;wait=300 "two"',
    ]);
  });

  it('and does not, though it says so, is not asked without end', async () => {
    await open({}, {}, { wait: 300_000 });
    await follow();
    server.answer = (_, response) => response.writeHead(304).end();
    await clock.step(3);
    expect(clock.delays).toEqual([90_000, 90_000, 90_000, 90_000]);
  });

  it('and has news all the time is asked no faster than once a second, or than it may be polled', async () => {
    await open({}, {}, { wait: 300_000 });
    await follow();
    for (const text of ['a', 'b', 'c']) {
      server.put(bundle(text));
      await clock.step();
    }
    expect(clock.delays).toEqual([90_000, 1_000, 1_000, 1_000]);
  });

  it('is not asked to any more when it has said that it does not', async () => {
    await open({ waits: false }, {}, { wait: 300_000 });
    await follow();
    await clock.step();
    expect(questions()).toEqual(['modes=snapshot ', expect.stringMatching(/^modes=snapshot "\w+"$/)]);
  });

  it('and has only what was refused is polled as any other', async () => {
    await open({}, {}, { wait: 300_000 });
    await follow();
    told.fate = 'refused';
    server.put(bundle('bad'));
    await clock.step(2);
    expect([told.heard, clock.delays]).toEqual([
      [arrived('bad'), arrived('bad')],
      [90_000, 90_000, 90_000],
    ]);
  });
});

describe('ETags', () => {
  it('of what was refused are not kept: one bad answer under the right name does not hide the good one', async () => {
    await open({ waits: false });
    server.put(bundle('first'), '"one"');
    await follow();
    told.fate = 'refused';
    server.put(bundle('truncat'), '"two"');
    await clock.step();
    told.fate = 'in-force';
    server.put(bundle('truncated no more'), '"two"');
    await clock.step(2);
    expect(told.heard).toEqual([arrived('truncat'), arrived('truncated no more'), 'unchanged']);
    expect(questions().map((each) => each.slice(-5))).toEqual(['shot ', '"one"', '"one"', '"two"']);
  });

  it('in a 304 are not believed: what they name was never had', async () => {
    await open({ waits: false });
    server.put(bundle('first'), '"one"');
    await follow();
    server.answer = (_, response) => response.writeHead(304, { etag: '"two"' }).end();
    await clock.step(2);
    expect(questions().map((each) => each.slice(-5))).toEqual(['shot ', '"one"', '"one"']);
  });

  it('are not needed', async () => {
    await open({ waits: false, nameless: true });
    await follow();
    await clock.step(2);
    expect([told.heard, questions()]).toEqual([
      [arrived('first'), arrived('first')],
      ['modes=snapshot ', 'modes=snapshot ', 'modes=snapshot '],
    ]);
  });

  it('that could not be sent back are as good as none', async () => {
    await open({ waits: false });
    server.put(bundle('first'), `"${'x'.repeat(600)}"`);
    await follow();
    await clock.step();
    server.put(bundle('first'), '"\u00e9"');
    await clock.step(2);
    expect(questions()).toEqual(Array(4).fill('modes=snapshot '));
  });
});

describe('a server that cannot be asked', () => {
  it('is asked again after one second, two, four, ..., at most the longest time between two polls', async () => {
    await open();
    await follow();
    server.answer = (_, response) => response.writeHead(503).end();
    clock.chance = 1;
    await clock.step(9);
    server.answer = undefined;
    await clock.step();
    expect(clock.delays.slice(1)).toEqual([
      ...[1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 120_000, 120_000],
      120_000,
    ]);
    expect(told.heard).toEqual([
      ...Array(9).fill(`bundle/unavailable: no bundle from ${server.url}: it answers 503`),
      'unchanged',
    ]);
  });

  it('draws the time from the upper half, so that gates do not come back together', async () => {
    await open();
    await follow();
    server.answer = (_, response) => response.writeHead(503).end();
    clock.chance = 0;
    await clock.step(3);
    expect(clock.delays.slice(1)).toEqual([500, 1_000, 2_000]);
  });

  it.each([
    ['in seconds', '30', 30_000],
    ['as a date', 'Tue, 15 Jan 2030 12:00:45 GMT', 45_000],
    ['for longer than it is polled', '99999999', 120_000],
    ['in the past', 'Tue, 15 Jan 2029 12:00:45 GMT', 750],
    ['as nonsense', 'soon', 750],
  ])('may say when it will be there again, %s', async (_how, after, delay) => {
    await open();
    await follow();
    server.answer = (_, response) => response.writeHead(429, { 'retry-after': after }).end();
    await clock.step();
    expect(clock.delays.at(-1)).toBe(delay);
  });

  it('is polled on when the clock of the machine jumps', async () => {
    await open({ waits: false });
    await follow();
    clock.date = new Date('1970-01-01T00:00:00Z');
    server.put(bundle('second'));
    await clock.step(2);
    clock.date = new Date('2099-01-01T00:00:00Z');
    server.put(bundle('third'));
    await clock.step(2);
    expect([told.heard, clock.delays]).toEqual([
      [arrived('second'), 'unchanged', arrived('third'), 'unchanged'],
      Array(5).fill(90_000),
    ]);
  });

  it('is asked soon after a start without it', async () => {
    await open();
    server.answer = (_, response) => response.writeHead(500).end();
    await expect(source.fetch()).rejects.toMatchObject({ code: 'bundle/unavailable' });
    following = source.follow(told, stop.signal);
    server.answer = undefined;
    await clock.step();
    expect([told.heard, clock.delays]).toEqual([[arrived('first')], [750, 90_000]]);
  });

  it('does not keep the gate from stopping while it holds a request back', async () => {
    await open({}, {}, { wait: 300_000 });
    await follow();
    void clock.step();
    await server.waiting();
    stop.abort();
    await following;
    expect(told.heard).toEqual([]);
  });
});

describe('an answer that is no bundle is no bundle', () => {
  const bomb = gzipSync(Buffer.alloc(1_000_000));
  it.each<[string, NonNullable<BundleServerLab['answer']>, string]>([
    ['204', (_, r) => r.writeHead(204).end(), 'it answers 204'],
    ['206', (_, r) => r.writeHead(206).end(bundle('part')), 'it answers 206'],
    [
      '401',
      (_, r) => r.writeHead(401).end(),
      'it answers 401: see token, headers and client under bundle in the configuration',
    ],
    ['404', (_, r) => r.writeHead(404).end(), 'it answers 404'],
    ['500', (_, r) => r.writeHead(500).end(bundle('error')), 'it answers 500'],
    [
      'a redirect on the same server',
      (_, r) => r.writeHead(302, { location: '/v2.tar.gz?sig=secret' }).end(),
      'it answers 302, which is not followed; give the last address as bundle.url if it is right (ORIGIN/v2.tar.gz)',
    ],
    [
      'a redirect to another one',
      (_, r) => r.writeHead(307, { location: 'https://evil.example/x' }).end(),
      'it answers 307, which is not followed; give the last address as bundle.url if it is right (https://evil.example/x)',
    ],
    [
      'a redirect to nowhere',
      (_, r) => r.writeHead(301).end(),
      'it answers 301, which is not followed; give the last address as bundle.url if it is right (nowhere)',
    ],
    [
      'a page to log in at',
      (_, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      'it answers with something else than a gzip archive ("text/html")',
    ],
    [
      'text without a type',
      (_, r) => r.end('hello'),
      'it answers with something else than a gzip archive (of no type)',
    ],
    ['nothing', (_, r) => r.end(), 'its answer is empty'],
    [
      'more than it may, as it says itself',
      (_, r) => r.writeHead(200, { 'content-length': 10_001 }).end(bundle('')),
      'its bundle is larger than poll.limit (10000 bytes)',
    ],
    [
      'more than it may, in chunks without an end',
      (_, r) => {
        const more = () => {
          while (!r.destroyed && r.write(bundle('x'.repeat(1_000))));
          r.once('drain', more);
        };
        more();
      },
      'its bundle is larger than poll.limit (10000 bytes)',
    ],
    [
      'less than it said',
      (_, r) => {
        r.writeHead(200, { 'content-length': 5_000 }).write(bundle('cut'));
        setImmediate(() => r.destroy());
      },
      'aborted',
    ],
    [
      'chunks without the last one',
      (_, r) => {
        r.write(bundle('cut'));
        setImmediate(() => r.destroy());
      },
      'aborted',
    ],
    [
      'a coding that nobody asked for',
      (_, r) => r.writeHead(200, { 'content-encoding': 'br' }).end(bundle('')),
      'it encodes its answer as "br", unasked',
    ],
    ['a closed connection', (q) => q.socket.destroy(), 'socket hang up'],
    ['something that is not HTTP', (q) => q.socket.end('SSH-2.0-OpenSSH\r\n\r\n'), 'Parse Error: Expected HTTP/'],
    [
      'headers without an end',
      (q) => q.socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}`),
      'Parse Error: Header overflow',
    ],
    [
      'a 304 though nothing is had',
      (_, r) => r.writeHead(304).end(),
      'it answers 304, though it was not told of a bundle that is had already',
    ],
  ])('%s', async (_what, answer, why) => {
    await open();
    server.answer = answer;
    const message = why.replace('ORIGIN', server.origin);
    await expect(source.fetch()).rejects.toMatchObject({
      code: 'bundle/unavailable',
      message: expect.stringContaining(`no bundle from ${server.url}: ${message}`),
    });
    expect(server.asked).toHaveLength(1);
    server.answer = undefined;
    expect(Buffer.from((await source.fetch()).archive)).toEqual(Buffer.from(bundle('first')));
  });

  it.each<[string, NonNullable<BundleServerLab['answer']>]>([
    ['says nothing', () => undefined],
    ['stops in the head', (q) => q.socket.write('HTTP/1.1 200 OK\r\n')],
    ['says a byte at a time', (_, r) => drip(r)],
    ['says that it is going to, again and again', (q) => drip(q.socket, 'HTTP/1.1 102 Processing\r\n\r\n')],
  ])('a server that %s is left after its time', async (_what, answer) => {
    await open({}, {}, { timeout: 200 });
    server.answer = answer;
    await expect(source.fetch()).rejects.toMatchObject({
      code: 'bundle/unavailable',
      message: `no bundle from ${server.url}: no whole answer in time`,
    });
  });

  function drip(to: NodeJS.WritableStream & { destroyed?: boolean }, text?: string): void {
    let first = true;
    const timer = setInterval(() => {
      if (to.destroyed) clearInterval(timer);
      else to.write(text ?? (first ? Buffer.of(0x1f) : 'x'));
      first = false;
    }, 5);
    to.on('close', () => clearInterval(timer));
    to.on('error', () => clearInterval(timer));
  }

  it('is taken as the bytes that came, never decoded: unpacking is bounded where bundles are read', async () => {
    await open();
    server.answer = (_, r) =>
      r.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/x-tar' }).end(bomb);
    expect(Buffer.from((await source.fetch()).archive)).toEqual(bomb);
  });
});

it('no name shows the query of an address', async () => {
  await open();
  const signed = { kind: 'url', url: `${server.url}?signature=secret`, token: undefined, headers: {} } as const;
  const poll = { every: { min: 1, max: 1 }, wait: undefined, timeout: 1_000, limit: 3 };
  const other = new UrlSource({ ...signed, ca: undefined, client: undefined, poll }, clock);
  expect(other.name).toBe(server.url);
  await expect(other.fetch()).rejects.toMatchObject({ message: expect.not.stringContaining('secret') });
  expect(server.asked[0]?.url).toBe('/bundles/sallyport.tar.gz?signature=secret');
});
