import { z } from 'zod';
import type { EmailConfig, NotifyConfig, TargetConfig } from '../operate/notify/config.ts';
import { CATEGORIES, KINDS } from '../operate/notify/telling/table.ts';
import { wrongCertificates } from './pem.ts';
import { chosenBy } from './routes.ts';
import { contents, duration, isLoopback, leaf, mapping, refuse, text } from './values.ts';
import { valueAt, WHOLE } from './yaml-problems.ts';

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const GROUP = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]{1,63}$/u;
/** Plain addresses only: no names, comments or quotes, and nothing that a header could be broken with. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;
const DIGEST_MS = 15 * 60_000;
const TIMEOUT_MS = 10_000;
const PAGERDUTY = 'https://events.pagerduty.com/v2/enqueue';
const WEBHOOK_SECRET = 'whsec_ and the base64 of 24 to 64 bytes, or other text of 24 to 256 printable characters';

/** `notify:`, who is told. */
export function notifySchema(folder: string) {
  return mapping({
    digest: duration(86_400_000).default(DIGEST_MS),
    targets: z.array(targetSchema(folder), { error: 'a list of targets' }).max(50).default([]),
  }) satisfies z.ZodType<NotifyConfig>;
}

function targetSchema(folder: string): z.ZodType<TargetConfig> {
  const kinds = { webhook: webhook(folder), slack: slack(folder), pagerduty: pagerDuty(folder), email: email(folder) };
  const unknown = z.looseObject(
    { kind: leaf<never>(Object.keys(kinds).join(', '), () => undefined) },
    { error: `a mapping with name, kind (${Object.keys(kinds).join(', ')}) and what belongs to it` },
  );
  return chosenBy((value): z.ZodType<TargetConfig> => {
    const kind = valueAt(value, ['kind']);
    const known = Object.entries(kinds).find(([name]) => name === kind);
    return known?.[1] ?? unknown.transform(() => z.NEVER);
  });
}

function shape(folder: string) {
  return {
    name: text('a name of at most 63 lower-case letters, digits and inner hyphens', NAME),
    for: z
      .array(leaf('a kind or category of notices', readKind), { error: 'a list of kinds or categories' })
      .default([]),
    groups: z.array(text('the name of a group', GROUP), { error: 'a list of groups' }).default([]),
    environments: z.array(text('the name of an environment', GROUP), { error: 'a list of environments' }).default([]),
    timeout: duration(60_000).default(TIMEOUT_MS),
    ca: contents(folder, 'a file of PEM certificates', wrongCertificates).optional(),
  };
}

function webhook(folder: string) {
  return mapping({
    ...shape(folder),
    kind: text('webhook'),
    url: leaf('an address like https://example.com/hooks/sallyport', readUrl),
    secret: leaf(WEBHOOK_SECRET, readKey),
    previousSecret: leaf(WEBHOOK_SECRET, readKey).optional(),
  }).transform(
    ({ secret, previousSecret, ca, ...rest }): TargetConfig => ({
      ...{ ...rest, ca, kind: 'webhook' },
      keys: previousSecret === undefined ? [secret] : [secret, previousSecret],
    }),
  );
}

function slack(folder: string) {
  return mapping({
    ...shape(folder),
    kind: text('slack'),
    url: leaf('the address of an incoming webhook', readUrl),
  }).transform(({ ca, ...rest }): TargetConfig => ({ ...rest, ca, kind: 'slack' }));
}

function pagerDuty(folder: string) {
  return mapping({
    ...shape(folder),
    kind: text('pagerduty'),
    url: leaf('an address that takes Events API v2', readUrl).default(PAGERDUTY),
    key: text("the integration's routing key, of letters and digits", /^[A-Za-z0-9_-]{1,128}$/),
  }).transform(({ key, ca, ...rest }): TargetConfig => ({ ...rest, ca, kind: 'pagerduty', routingKey: key }));
}

function email(folder: string) {
  const address = () => text('an address like sre@example.com, without a name', ADDRESS);
  return mapping({
    ...shape(folder),
    kind: text('email'),
    smtp: leaf('smtps://HOST[:PORT], or smtp://HOST[:PORT], which goes on with STARTTLS', readSmtp),
    user: text('the name to log in with').optional(),
    password: text('the password to log in with').optional(),
    from: address(),
    to: z.array(address(), { error: 'a list of addresses' }).min(1, { error: 'at least one address' }).max(50),
  })
    .superRefine(({ user, password }, context) => {
      if ((user === undefined) === (password === undefined)) return;
      const path = [user === undefined ? 'password' : 'user'];
      context.addIssue({ code: 'custom', path, message: 'user and password come together', params: WHOLE });
    })
    .transform(({ smtp, user, password, ca, ...rest }): TargetConfig => {
      return { ...rest, ...smtp, ca, user, password, kind: 'email' };
    });
}

function readKind(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (value === 'everything' || KINDS.includes(value) || CATEGORIES.includes(value)) return value;
  return refuse(
    `there is no such kind; expected everything, one of ${CATEGORIES.join(', ')}, or one of ${KINDS.join(', ')}`,
  );
}

/** An address is never repeated in errors: its path or query may be what lets one in. */
function readUrl(value: unknown): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return refuse('expected an address like https://hooks.example.com/...');
  if (url.username !== '' || url.password !== '') return refuse('credentials do not belong in an address');
  if (url.hash !== '') return refuse('a fragment (#...) is never sent; expected an address without one');
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return refuse('plain http is for loopback only; expected https');
  return url.href;
}

function readKey(value: unknown): Uint8Array | undefined {
  if (value === undefined) return undefined;
  // Whatever it is, it is not repeated.
  if (typeof value !== 'string') return refuse(`expected ${WEBHOOK_SECRET}`);
  const [, encoded] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value) ?? [];
  if (encoded !== undefined) {
    const key = Buffer.from(encoded, 'base64');
    return key.length >= 24 && key.length <= 64 ? key : refuse(`expected ${WEBHOOK_SECRET}`);
  }
  return /^[\x21-\x7e]{24,256}$/.test(value) && !value.startsWith('whsec_')
    ? Buffer.from(value)
    : refuse(`expected ${WEBHOOK_SECRET}`);
}

function readSmtp(value: unknown): Pick<EmailConfig, 'host' | 'port' | 'tls'> | undefined {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return undefined;
  if (url.username !== '' || url.password !== '') return refuse('credentials belong under user and password');
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') return undefined;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port);
  if (url.protocol === 'smtps:') return { host, port: port || 465, tls: 'implicit' };
  return { host, port: port || 587, tls: isLoopback(host) ? 'plain' : 'starttls' };
}
