import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { EmailConfig } from '../../../src/operate/notify/config.ts';
import { emailTarget } from '../../../src/operate/notify/targets/email.ts';
import { createAuthority } from '../../lab/certificates.ts';
import { type MailServer, startMailServer } from './mail-server.ts';
import { NOTICE } from './notices.ts';

const authority = createAuthority(new Date());
const { certificate: cert, key } = authority.server(['localhost'], ['127.0.0.1']);
const NEVER = new AbortController().signal;

function config(port: number, more: Partial<EmailConfig> = {}): EmailConfig {
  return {
    ...{
      kind: 'email',
      name: 'mail',
      for: [],
      groups: [],
      environments: [],
      timeout: 2_000,
      ca: authority.certificate,
    },
    ...{ host: 'localhost', port, tls: 'plain', user: undefined, password: undefined },
    ...{ from: 'gate@example.com', to: ['sre@example.com', 'olga@example.com'] },
    ...more,
  };
}

async function server(...options: Parameters<typeof startMailServer>): Promise<MailServer> {
  const started = await startMailServer(...options);
  onTestFinished(() => started.close());
  return started;
}

describe('an e-mail', () => {
  let plain: MailServer;
  beforeAll(async () => {
    plain = await startMailServer();
  });
  afterAll(() => plain.close());

  it('is plain text for everybody, in one thread with what belongs together, known by its id when it comes twice', async () => {
    const target = emailTarget(config(plain.port));
    expect(await target.send(NOTICE, NEVER)).toEqual({ kind: 'delivered' });
    expect(await target.send(NOTICE, NEVER)).toEqual({ kind: 'delivered' });
    const later = { ...NOTICE, id: 'event-2', alert: { key: 'hold:h1', action: 'resolve' as const } };
    await target.send(later, NEVER);
    const [first, again, resolved] = plain.got;
    expect(first).toMatchObject({ from: 'gate@example.com', to: ['sre@example.com', 'olga@example.com'] });
    const headers = headersOf(first?.raw ?? '');
    expect(headers).toMatchObject({
      from: 'Sallyport <gate@example.com>',
      to: 'sre@example.com, olga@example.com',
      subject: '[warning] bot waits for approval: delete shop/web',
      'auto-submitted': 'auto-generated',
      'x-sallyport-notice': 'event-1',
      'x-sallyport-kind': 'hold.opened',
      'content-type': 'text/plain; charset=utf-8',
    });
    expect(bodyOf(first?.raw ?? '')).toBe(
      [
        ...['bot waits for approval: delete shop/web', '', 'Tier C needs two people.', ''],
        ...['Agent:       bot, level 2', 'Environment: prod', ''],
        ...['Open: https://gate.example.com/approvals/h1?k=1.x', '', 'At 2030-01-15T12:00:00.000Z, by Sallyport.'],
      ].join('\n'),
    );
    const ids = [first, again, resolved].map((mail) => headersOf(mail?.raw ?? ''));
    expect(ids[0]?.['message-id']).toMatch(/^<[0-9a-f]{40}@example\.com>$/);
    expect([
      ids[1]?.['message-id'] === ids[0]?.['message-id'],
      ids[2]?.['message-id'] === ids[0]?.['message-id'],
    ]).toEqual([true, false]);
    expect(ids[2]?.references).toBe(ids[0]?.references);
  });
});

describe('the way to the mail server', () => {
  it('is TLS from the start, with a login', async () => {
    const tls = await server({
      ...{ secure: true, cert, key },
      onAuth: ({ username, password }, _session, done) =>
        password === 's3cret' ? done(null, { user: username }) : done(new Error(`bad password ${password}`)),
    });
    const login = { tls: 'implicit', user: 'gate', password: 's3cret' } as const;
    expect(await emailTarget(config(tls.port, login)).send(NOTICE, NEVER)).toEqual({ kind: 'delivered' });
    expect(tls.got).toMatchObject([{ user: 'gate', secure: true }]);
    const wrong = await emailTarget(config(tls.port, { ...login, password: 'hunter22' })).send(NOTICE, NEVER);
    expect(wrong).toMatchObject({ kind: 'failed', refused: true, why: expect.stringContaining('bad password ***') });
  });

  it('is STARTTLS, and without it nothing is said', async () => {
    const upgrading = await server({ cert, key });
    expect(await emailTarget(config(upgrading.port, { tls: 'starttls' })).send(NOTICE, NEVER)).toEqual({
      kind: 'delivered',
    });
    expect(upgrading.got).toMatchObject([{ secure: true }]);
    const plain = await server();
    const stripped = await emailTarget(config(plain.port, { tls: 'starttls', user: 'gate', password: 's3cret' })).send(
      NOTICE,
      NEVER,
    );
    expect([stripped.kind, plain.got, plain.connections()]).toEqual(['failed', [], 1]);
  });

  it.each([
    ['another authority', { ca: createAuthority(new Date()).certificate }],
    ['another name', { host: '127.0.0.2' }],
  ])('is not taken with a certificate of %s', async (_what, more) => {
    const tls = await server({ secure: true, cert, key });
    const sent = await emailTarget(config(tls.port, { tls: 'implicit', ...more })).send(NOTICE, NEVER);
    expect([sent.kind, tls.got]).toEqual(['failed', []]);
  });

  it('is given up in time when the server says nothing', async () => {
    const silent = await server({ onConnect: () => undefined });
    const sent = await emailTarget(config(silent.port)).send(NOTICE, AbortSignal.timeout(50));
    expect(sent).toEqual({ kind: 'failed', why: 'not accepted in time', refused: false, retryAfter: 0 });
  });

  it.each<[number, boolean]>([
    [451, false],
    [550, true],
  ])('ends with the answer %i, which is final: %s', async (responseCode, refused) => {
    const refusing = await server({
      onMailFrom: (_address, _session, done) => done(Object.assign(new Error('not today'), { responseCode })),
    });
    expect(await emailTarget(config(refusing.port)).send(NOTICE, NEVER)).toMatchObject({ kind: 'failed', refused });
  });
});

function headersOf(raw: string): Record<string, string> {
  const [head = ''] = raw.split('\r\n\r\n');
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
}

function bodyOf(raw: string): string {
  return raw
    .slice(raw.indexOf('\r\n\r\n') + 4)
    .replaceAll('\r\n', '\n')
    .trimEnd();
}
