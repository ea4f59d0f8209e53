import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import { NO_LABELS } from '../../../src/labels.ts';
import { FactSheet } from '../../../src/measure/kubernetes/fact-sheet.ts';
import { Probe } from '../../../src/measure/kubernetes/probe.ts';
import { Lookup, PODS } from '../../../src/measure/kubernetes/reach/lookup.ts';

/** What no real server can be made to do on demand: endless lists, lists that break off, answers that do not come. */
let answer: (request: IncomingMessage, url: URL, response: ServerResponse) => void;
let server: Server;
let origin: string;
let asked: URL[];
let underWay: { now: number; most: number };
const agent = new Agent({ keepAlive: true });

beforeEach(async () => {
  asked = [];
  underWay = { now: 0, most: 0 };
  server = createServer((request, response) => {
    const count = underWay;
    count.now += 1;
    count.most = Math.max(count.most, count.now);
    response.once('close', () => {
      count.now -= 1;
    });
    const url = new URL(request.url ?? '/', origin);
    asked.push(url);
    answer(request, url, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  origin = `http://127.0.0.1:${address.port}`;
});

afterEach(async () => {
  agent.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function open(signal: AbortSignal = AbortSignal.timeout(10_000)): { look: Lookup; sheet: FactSheet } {
  const now = () => new Date(0);
  const sheet = new FactSheet(NO_LABELS, now().toISOString());
  const endpoint = { origin, basePath: '', agent, authorization: () => undefined };
  const probe = new Probe({ endpoint, agent: undefined, signal, now, sheet });
  return { look: new Lookup(probe, sheet), sheet };
}

function reply(response: ServerResponse, object: JsonObject, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(object));
}

/** A list of `pages` pages of as many as were asked for. */
function paged(pages: number): typeof answer {
  return (_request, url, response) => {
    const page = Number(url.searchParams.get('continue') ?? 0);
    const limit = Number(url.searchParams.get('limit'));
    const items = Array.from({ length: limit }, (_, i) => ({ metadata: { name: `pod-${page * limit + i}` } }));
    const more = page + 1 < pages ? { continue: String(page + 1) } : {};
    reply(response, { metadata: more, items });
  };
}

describe('a list', () => {
  it('is counted page by page, without more than metadata', async () => {
    answer = (request, url, response) => {
      expect(request.headers.accept).toContain('as=PartialObjectMetadataList');
      paged(20)(request, url, response);
    };
    const { look, sheet } = open();
    const selection = {
      namespace: 'shop',
      labelSelector: 'app=web,tier in (a,b)',
      fieldSelector: 'status.phase!=Failed',
    };
    expect(await look.count(PODS, selection)).toBe(10_000);
    expect(asked).toHaveLength(20);
    expect(asked.map(({ pathname, searchParams }) => [pathname, Object.fromEntries(searchParams)]).at(-1)).toEqual([
      '/api/v1/namespaces/shop/pods',
      { limit: '500', labelSelector: selection.labelSelector, fieldSelector: selection.fieldSelector, continue: '19' },
    ]);
    expect(sheet.facts().sources.at(-1)).toMatchObject({ fact: 'blast', from: 'LIST pods' });
  });

  it('whose rest the server counts is one page', async () => {
    answer = (_request, _url, response) =>
      reply(response, { metadata: { continue: 'x', remainingItemCount: 99_500 }, items: Array(500).fill({}) });
    expect(await open().look.count(PODS, {})).toBe(100_000);
    expect(asked).toHaveLength(1);
  });

  it('that is empty has null for items', async () => {
    answer = (_request, _url, response) => reply(response, { metadata: {}, items: null });
    expect(await open().look.count(PODS, {})).toBe(0);
  });

  it('of whole objects is shown one by one', async () => {
    answer = paged(3);
    const seen: JsonObject[] = [];
    await open().look.eachWhole(PODS, {}, (pod) => seen.push(pod));
    expect(seen).toHaveLength(300);
  });
});

describe('what cannot be looked up', () => {
  const gapOf = async (find: (look: Lookup) => Promise<unknown>, signal?: AbortSignal) => {
    const { look, sheet } = open(signal);
    expect(await look.orGap(() => find(look))).toBeUndefined();
    return sheet.facts().gaps;
  };

  it('is more than may be read at once', async () => {
    answer = paged(1_000);
    expect(await gapOf((look) => look.count(PODS, { labelSelector: 'all=yes' }))).toEqual([
      'the reach is not known: there are more than 120 pages of pods',
    ]);
    expect(asked).toHaveLength(120);
  });

  it('shares one budget of pages, and nothing goes on being asked beyond it', async () => {
    answer = paged(1_000);
    const gaps = await gapOf((look) => Promise.all([1, 2, 3].map(() => look.count(PODS, {}))));
    expect(gaps).toEqual(['the reach is not known: there are more than 120 pages of pods']);
    await expect.poll(() => underWay.now).toBe(0);
    // The others had asked for a page each by then.
    expect(asked.length).toBeLessThanOrEqual(120);
  });

  it('leaves nothing behind in facts that were given out', async () => {
    let refused = 0;
    answer = (_request, _url, response) => {
      refused += 1;
      reply(response, { kind: 'Status' }, 403);
    };
    const { look, sheet } = open();
    await look.orGap(() => look.count(PODS, {}));
    const facts = sheet.facts();
    await expect(look.count(PODS, {})).rejects.toThrow('the reach is not known');
    sheet.gap('later');
    expect([facts.gaps.length, refused]).toEqual([1, 1]);
  });

  it.each<[string, typeof answer, string]>([
    [
      'is a list that may not be seen',
      (_request, _url, response) => reply(response, { kind: 'Status', reason: 'Forbidden' }, 403),
      'the reach is not known: LIST pods had no answer (403)',
    ],
    [
      'is a list that is not there',
      (_request, _url, response) => reply(response, { kind: 'Status', reason: 'NotFound' }, 404),
      'the reach is not known: pods could not be listed',
    ],
    [
      'is a list that ended under way',
      (request, url, response) =>
        url.searchParams.has('continue')
          ? reply(response, { reason: 'Expired' }, 410)
          : paged(3)(request, url, response),
      'the reach is not known: LIST pods had no answer (410)',
    ],
    [
      'is no list',
      (_request, _url, response) => reply(response, { kind: 'PodList' }),
      'the reach is not known: pods could not be listed',
    ],
    [
      'is no JSON',
      (_request, _url, response) => void response.writeHead(200).end('<html>'),
      'the reach is not known: LIST pods had no answer (200)',
    ],
  ])('%s', async (_what, answered, gap) => {
    answer = answered;
    expect(await gapOf((look) => look.count(PODS, {}))).toEqual([gap]);
  });

  it('is what does not come in time', async () => {
    answer = () => undefined;
    const late = new AbortController();
    const gaps = gapOf((look) => look.count(PODS, { namespace: 'shop' }), late.signal);
    await expect.poll(() => asked.length).toBe(1);
    late.abort();
    expect(await gaps).toEqual([
      'GET /api/v1/namespaces/shop/pods: no answer in time',
      'the reach is not known: LIST pods had no answer',
    ]);
  });

  it('is nothing that a mistake of the gate would hide', async () => {
    const { look } = open();
    const mistake = new TypeError('a mistake');
    await expect(look.orGap(() => Promise.reject(mistake))).rejects.toBe(mistake);
  });
});

describe('many questions', () => {
  it('are put a few at once', async () => {
    const waiting: ServerResponse[] = [];
    answer = (_request, _url, response) => void waiting.push(response);
    const { look } = open();
    const counts = Promise.all(Array.from({ length: 10 }, (_, i) => look.count(PODS, { namespace: `ns-${i}` })));
    for (const many of [4, 4, 2]) {
      await expect.poll(() => waiting.length).toBe(many);
      for (const response of waiting.splice(0)) reply(response, { metadata: {}, items: [{}] });
    }
    expect(await counts).toEqual(Array(10).fill(1));
    expect(underWay.most).toBe(4);
  });
});
