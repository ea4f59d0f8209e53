import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TargetConfig } from '../../src/operate/notify/config.ts';
import type { Notice } from '../../src/operate/notify/notice.ts';
import { openTarget } from '../../src/operate/notify/targets/open-target.ts';
import { noticeOf } from '../../src/operate/notify/telling/notice-of.ts';
import { HELD_CALL } from '../operate/notify/held-call.ts';
import { type MailServer, startMailServer } from '../operate/notify/mail-server.ts';
import { HOSTILE } from '../operate/notify/notices.ts';
import { type Receiver, startReceiver } from '../operate/notify/receiver.ts';

const ANY = { name: 'it', for: [], groups: [], environments: [], timeout: 2_000, ca: undefined } as const;
const now = () => new Date('2030-01-15T12:00:01.000Z');

/** A notice of which an agent has written all that an agent can write. */
const BY_AGENT: Notice = hostileNotice(HOSTILE.toWellFormed());
/** Should a notice ever get to a format without having been made safe to show. */
const RAW: Notice = {
  ...BY_AGENT,
  ...{ title: HOSTILE, text: HOSTILE, facts: [{ name: HOSTILE, value: HOSTILE }], environments: [HOSTILE] },
  ...{ about: { agent: HOSTILE }, alert: { key: HOSTILE, action: 'trigger' } },
};

function hostileNotice(text: string): Notice {
  const subject = {
    ...{ ...HELD_CALL.subject, action: text, namespace: text, name: text, claims: { reason: text } },
    ...{ reasons: [{ rule: 'a/b', message: text, fix: text }], changes: [{ path: text, from: text, to: text }] },
  };
  const body = {
    what: 'hold.opened',
    by: 'gate',
    why: text,
    hold: 'h1',
    agent: 'bot',
    held: { ...HELD_CALL, subject },
  };
  const event = { seq: 1, kind: 'changed' as const, id: 'event-1', time: '2030-01-15T12:00:00.000Z', body };
  const teller = {
    named: (told: string) => told,
    page: (_page: string, id: string) => `https://gate/${encodeURIComponent(id)}`,
  };
  const notice = noticeOf(event, teller)?.notice;
  if (notice === undefined) throw new Error('nobody is told');
  return notice;
}

let receiver: Receiver;
let mail: MailServer;
beforeAll(async () => {
  receiver = await startReceiver();
  mail = await startMailServer();
});
afterAll(async () => {
  await receiver.close();
  await mail.close();
});

async function sent(config: TargetConfig, notice: Notice): Promise<{ readonly body: string; readonly json: unknown }> {
  receiver.forget();
  expect(await openTarget(config, now).send(notice, new AbortController().signal)).toEqual({ kind: 'delivered' });
  expect(receiver.got.length).toBe(1);
  return receiver.got[0] ?? { body: '', json: undefined };
}

describe.each([
  ['as an agent can write it', BY_AGENT],
  ['as it is', RAW],
])('hostile text %s', (_name, notice) => {
  it('obeys nothing in Slack: no mention, no link, no block of its own', async () => {
    const { json } = await sent({ ...ANY, kind: 'slack', url: receiver.url }, notice);
    const { text, blocks } = json as { text: string; blocks: { type: string; text: { type: string; text: string } }[] };
    expect(blocks.map((block) => [block.type, block.text.type])).toEqual([
      ['header', 'plain_text'],
      ['section', 'plain_text'],
      ['section', 'mrkdwn'],
    ]);
    expect(blocks[2]?.text.text).toBe('<https://gate/h1|Open>');
    for (const shown of [text, blocks[0]?.text.text ?? '', blocks[1]?.text.text ?? '']) {
      expect(shown.replace(/&(amp|lt|gt);/g, '')).not.toMatch(/[<>&]/);
    }
    // Marks do not stand next to a word, where they would begin to mean something.
    expect(text).not.toMatch(/[*_~`](?!\u200d)/);
  });

  it('stays one value in the JSON of webhooks and PagerDuty', async () => {
    const hook = await sent({ ...ANY, kind: 'webhook', url: receiver.url, keys: [Buffer.alloc(32)] }, notice);
    expect(Object.keys(hook.json as object)).toEqual(['type', 'timestamp', 'data']);
    expect(hook.body).not.toMatch(/[\p{Cc}]/u);
    const pager = await sent({ ...ANY, kind: 'pagerduty', url: receiver.url, routingKey: 'R0UT1NG' }, notice);
    expect(pager.json).toMatchObject({
      routing_key: 'R0UT1NG',
      event_action: 'trigger',
      payload: { source: 'sallyport' },
    });
    const { dedup_key: key, payload } = pager.json as { dedup_key: string; payload: { summary: string } };
    expect([key.length <= 255, payload.summary.length <= 1_024]).toEqual([true, true]);
  });

  it('adds no header, recipient or part to an e-mail', async () => {
    const before = mail.got.length;
    const config: TargetConfig = {
      ...{ ...ANY, kind: 'email', host: '127.0.0.1', port: mail.port, tls: 'plain' },
      ...{ user: undefined, password: undefined, from: 'gate@example.com', to: ['sre@example.com'] },
    };
    expect(await openTarget(config, now).send(notice, new AbortController().signal)).toEqual({ kind: 'delivered' });
    const got = mail.got[before];
    expect([got?.from, got?.to]).toEqual(['gate@example.com', ['sre@example.com']]);
    const [head = ''] = (got?.raw ?? '').split('\r\n\r\n');
    const names = head
      .split('\r\n')
      .filter((line) => !/^[ \t]/.test(line))
      .map((line) => line.split(':')[0]);
    expect(names.toSorted()).toEqual([
      ...['Auto-Submitted', 'Content-Transfer-Encoding', 'Content-Type', 'Date', 'From', 'MIME-Version', 'Message-ID'],
      ...['References', 'Subject', 'To', 'X-Sallyport-Kind', 'X-Sallyport-Notice'],
    ]);
    expect(head).toMatch(/^Content-Type: text\/plain; charset=utf-8$/m);
  });
});

describe('a receiver that means harm', () => {
  const slack = (): TargetConfig => ({ ...ANY, kind: 'slack', url: receiver.url });
  const signal = new AbortController().signal;

  it('cannot send the gate elsewhere', async () => {
    const inside = await startReceiver();
    onTestFinished(() => inside.close());
    for (const status of [301, 302, 303, 307, 308]) {
      receiver.answer = (_request, response) => response.writeHead(status, { location: inside.url }).end();
      expect(await openTarget(slack(), now).send(BY_AGENT, signal)).toMatchObject({ kind: 'failed', refused: true });
    }
    receiver.answer = undefined;
    expect(inside.got).toEqual([]);
  });

  it('cannot keep the gate waiting by a drop now and then, nor for years by Retry-After', async () => {
    receiver.answer = (_request, response) => {
      response.writeHead(500);
      const drip = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(drip));
    };
    const sentInTime = await openTarget(slack(), now).send(BY_AGENT, AbortSignal.timeout(80));
    expect(sentInTime).toMatchObject({ kind: 'failed', why: 'no answer in time' });
    receiver.answer = (_request, response) => response.writeHead(503, { 'retry-after': '999999999' }).end();
    expect(await openTarget(slack(), now).send(BY_AGENT, signal)).toMatchObject({ retryAfter: 999_999_999_000 });
    receiver.answer = undefined;
  });

  it('cannot write into the log or on a terminal what it likes', async () => {
    receiver.answer = (_request, response) => response.writeHead(400).end(`\u001b[2J${HOSTILE}`);
    const sentIt = await openTarget(slack(), now).send(BY_AGENT, signal);
    receiver.answer = undefined;
    expect(sentIt.kind).toBe('failed');
    if (sentIt.kind !== 'failed') return;
    expect([sentIt.why.length <= 200, /[\p{Cc}\p{Cf}]/u.test(sentIt.why)]).toEqual([true, false]);
  });
});
