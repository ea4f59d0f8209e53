import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Notice } from '../../../src/operate/notify/notice.ts';
import type { Target } from '../../../src/operate/notify/target.ts';
import { openTarget } from '../../../src/operate/notify/targets/open-target.ts';
import { createAuthority } from '../../lab/certificates.ts';
import { NOTICE } from './notices.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const ANY = { for: [], groups: [], environments: [], timeout: 2_000, ca: undefined } as const;
const NEVER = new AbortController().signal;
const now = () => new Date('2030-01-15T12:00:01.000Z');

let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(() => receiver.close());
beforeEach(() => {
  receiver.forget();
  receiver.answer = undefined;
});

async function sent(target: Target, notice: Notice): Promise<unknown> {
  expect(await target.send(notice, NEVER)).toEqual({ kind: 'delivered' });
  return receiver.got.at(-1)?.json;
}

describe('for Slack', () => {
  const target = () => openTarget({ ...ANY, kind: 'slack', name: 'chat', url: receiver.url }, now);

  it('is blocks of plain text, with our links alone as links', async () => {
    expect(await sent(target(), NOTICE)).toEqual({
      text: 'Warning: bot waits for approval: delete shop/web',
      ...{ mrkdwn: false, unfurl_links: false, unfurl_media: false },
      blocks: [
        {
          type: 'header',
          text: { type: 'plain_text', text: 'Warning: bot waits for approval: delete shop/web', emoji: false },
        },
        {
          type: 'section',
          text: {
            ...{ type: 'plain_text', emoji: false },
            text: 'Tier C needs two people.\nAgent: bot, level 2\nEnvironment: prod',
          },
        },
        {
          type: 'section',
          text: {
            ...{ type: 'mrkdwn', verbatim: true },
            text: '<https://gate.example.com/approvals/h1?k=1.x|Open>',
          },
        },
      ],
    });
  });

  it('has no empty blocks, which Slack refuses', async () => {
    const bare = { ...NOTICE, severity: 'info' as const, text: '', facts: [], links: [] };
    expect(await sent(target(), bare)).toMatchObject({
      text: NOTICE.title,
      blocks: [{ type: 'header', text: { text: NOTICE.title } }],
    });
  });

  it.each(['&', '<', '>', '😀', 'x'])(
    'stays within the limits of Slack, however much there is of %s',
    async (character) => {
      const long = character.repeat(5_000);
      const json = await sent(target(), { ...NOTICE, title: long, text: long, facts: [{ name: 'Why', value: long }] });
      const { text, blocks } = json as { text: string; blocks: { text: { text: string } }[] };
      const [header, section] = blocks.map((block) => block.text.text);
      expect([text.length <= 3_000, (header ?? '').length <= 150, (section ?? '').length <= 3_000]).toEqual([
        true,
        true,
        true,
      ]);
      // Nothing is cut in the middle of a character or an escape.
      for (const each of [text, header, section]) {
        expect(each?.isWellFormed()).toBe(true);
        expect(each?.replace(/&(amp|lt|gt);/g, '')).not.toMatch(/&|<|>/);
      }
    },
  );
});

describe('for PagerDuty', () => {
  const target = () =>
    openTarget({ ...ANY, kind: 'pagerduty', name: 'pager', url: receiver.url, routingKey: 'R' }, now);
  const alert = (action: 'trigger' | 'acknowledge' | 'resolve', key = 'hold:h1') => ({
    ...NOTICE,
    alert: { key, action },
  });

  it.each(['acknowledge', 'resolve'] as const)('%s says only which', async (action) => {
    expect(await sent(target(), alert(action))).toEqual({
      ...{ routing_key: 'R', event_action: action, dedup_key: 'sallyport:hold:h1' },
    });
  });

  it('trigger says all, with a key that is the same until it is resolved', async () => {
    expect(await sent(target(), alert('trigger'))).toEqual({
      ...{ routing_key: 'R', event_action: 'trigger', dedup_key: 'sallyport:hold:h1' },
      payload: {
        ...{ summary: NOTICE.title, source: 'sallyport', severity: 'warning', timestamp: NOTICE.time },
        ...{ component: 'bot', group: 'prod', class: 'hold.opened' },
        custom_details: {
          ...{ text: NOTICE.text, Agent: 'bot, level 2', Environment: 'prod' },
          about: { hold: 'h1', agent: 'bot' },
        },
      },
      links: [{ href: NOTICE.links[0]?.url, text: 'Open' }],
      client: 'Sallyport',
      client_url: NOTICE.links[0]?.url,
    });
  });

  it('keeps keys apart that are too long to be sent', async () => {
    const long = 'x'.repeat(300);
    const keys = [];
    for (const key of [`${long}a`, `${long}b`, `${long}a`]) {
      const json = await sent(target(), alert('resolve', key));
      keys.push(String((json as Record<string, unknown>).dedup_key));
    }
    expect([keys[0] === keys[1], keys[0] === keys[2], keys.every((key) => key.length <= 255)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('is not told what begins and ends nothing', () => {
    const told = { quiet: false };
    expect([target().wants(NOTICE, told), target().wants({ ...NOTICE, alert: null }, told)]).toEqual([true, false]);
  });
});

describe('an answer that says no', () => {
  const target = () =>
    openTarget({ ...ANY, kind: 'slack', name: 'chat', url: `${receiver.url}/T0/B0/s3cret00?q=hush` }, now);

  it.each<[number, boolean]>([
    [302, true],
    [400, true],
    [403, true],
    [404, true],
    [408, false],
    [410, true],
    [425, false],
    [429, false],
    [500, false],
    [503, false],
  ])('of status %i is final: %s', async (status, refused) => {
    receiver.answer = (_request, response) => response.writeHead(status).end('no');
    expect(await target().send(NOTICE, NEVER)).toMatchObject({ kind: 'failed', refused, retryAfter: 0 });
  });

  it('says when to come back', async () => {
    receiver.answer = (_request, response) => response.writeHead(429, { 'retry-after': '30' }).end();
    expect(await target().send(NOTICE, NEVER)).toEqual({
      ...{ kind: 'failed', why: 'it answered 429', refused: false, retryAfter: 30_000 },
    });
  });

  it('is repeated without the secrets of the address, on one line', async () => {
    receiver.answer = (request, response) => response.writeHead(403).end(`no\n${request.url} \u0007`);
    expect(await target().send(NOTICE, NEVER)).toMatchObject({ why: 'it answered 403: no\\n*** \\u{7}' });
  });

  it('is none when the connection breaks in the middle of it', async () => {
    receiver.answer = (_request, response) => {
      response.writeHead(500, { 'content-length': '100' }).write('half');
      setImmediate(() => response.destroy());
    };
    expect(await target().send(NOTICE, NEVER)).toMatchObject({ kind: 'failed', refused: false });
  });
});

describe('by https', () => {
  const authority = createAuthority(new Date());
  const { certificate: cert, key } = authority.server(['localhost'], ['127.0.0.1']);

  it.each<[string, string | undefined, string, boolean]>([
    ['is told with a certificate of the authority that is named', authority.certificate, 'localhost', true],
    [
      'is not told with a certificate of another authority',
      createAuthority(new Date()).certificate,
      'localhost',
      false,
    ],
    ['is not told with a certificate that the system does not know', undefined, 'localhost', false],
    ['is not told with a certificate of another host', authority.certificate, '127.0.0.2', false],
  ])('somebody %s', async (_what, ca, host, isTold) => {
    const secure = await startReceiver({ cert, key });
    onTestFinished(() => secure.close());
    const url = secure.url.replace('127.0.0.1', host);
    const sentIt = await openTarget({ ...ANY, kind: 'slack', name: 'chat', url, ca }, now).send(NOTICE, NEVER);
    expect([sentIt.kind === 'delivered', secure.got.length]).toEqual([isTold, isTold ? 1 : 0]);
  });
});

describe('what a target wants', () => {
  const webhook = (wish: object) =>
    openTarget({ ...ANY, ...wish, kind: 'webhook', name: 'hooks', url: receiver.url, keys: [Buffer.alloc(24)] }, now);
  const hold = NOTICE;
  const freeze: Notice = { ...NOTICE, kind: 'freeze.set', groups: [], environments: [] };
  const quiet: Notice = { ...freeze, kind: 'intent.opened' };
  const all = (target: Target) => [
    target.wants(hold, { quiet: false }),
    target.wants(freeze, { quiet: false }),
    target.wants(quiet, { quiet: true }),
  ];

  it.each<[string, object, readonly boolean[]]>([
    ['says nothing: all that is not quiet', {}, [true, true, false]],
    ['everything', { for: ['everything'] }, [true, true, true]],
    ['a category', { for: ['freeze'] }, [false, true, false]],
    ['a quiet category', { for: ['intent'] }, [false, false, true]],
    ['a kind', { for: ['hold.opened'] }, [true, false, false]],
    ['another kind of the category', { for: ['hold.denied'] }, [false, false, false]],
    ['its group', { groups: ['sre', 'x'] }, [true, true, false]],
    ['another group: what asks nobody still comes', { groups: ['x'] }, [false, true, false]],
    ['its environment', { environments: ['prod'] }, [true, true, false]],
    ['another environment: what is of none still comes', { environments: ['dev'] }, [false, true, false]],
    ['all of it must fit', { for: ['hold'], groups: ['sre'], environments: ['dev'] }, [false, false, false]],
  ])('%s', (_what, wish, expected) => {
    expect(all(webhook(wish))).toEqual(expected);
  });

  it('is told of what is in an unknown environment, whichever it asked for', () => {
    const unknown = { ...hold, environments: ['dev', 'unknown'] };
    expect(webhook({ environments: ['prod'] }).wants(unknown, { quiet: false })).toBe(true);
  });
});
