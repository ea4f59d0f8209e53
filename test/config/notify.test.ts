// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a configuration names its secrets
import { describe, expect, it } from 'vitest';
import { authority, complaints, read, top } from './fixture.ts';

const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const HOOK = `{name: a, kind: webhook, url: "https://h/x", secret: ${SECRET}}`;
const MAIL = 'name: a, kind: email, smtp: "smtps://mail.example.com", from: gate@example.com, to: [sre@example.com]';
const target = (keys: string) => top(`notify: {targets: [{${keys}}]}`);

describe('who is told', () => {
  it('is nobody unless somebody is named', () => {
    expect(read(top('')).notify).toEqual({ digest: 900_000, targets: [] });
  });

  it('is named with defaults', () => {
    const config = read(
      top(`notify:
  digest: 5m
  targets:
    - ${HOOK}
    - {name: b, kind: slack, url: "http://127.0.0.1:9/\${file:secret.txt}", for: [hold, freeze.set], groups: [sre], environments: [prod]}
    - {name: c, kind: pagerduty, key: "\${env:TOKEN}", timeout: 3s}
    - {${MAIL.replace('name: a', 'name: d')}, user: gate, password: "\${env:SPACED}", ca: ca.pem}
    - {${MAIL.replace('name: a', 'name: e').replace('smtps:', 'smtp:')}}
    - {${MAIL.replace('name: a', 'name: f').replace('smtps://mail.example.com', 'smtp://[::1]:2525')}}`),
    );
    const any = { for: [], groups: [], environments: [], timeout: 10_000, ca: undefined };
    const mail = { ...any, kind: 'email', host: 'mail.example.com', from: 'gate@example.com', to: ['sre@example.com'] };
    const nobody = { user: undefined, password: undefined };
    expect(config.notify).toEqual({
      digest: 300_000,
      targets: [
        { ...any, name: 'a', kind: 'webhook', url: 'https://h/x', keys: [Buffer.alloc(24, 1)] },
        {
          ...{ ...any, name: 'b', kind: 'slack', url: 'http://127.0.0.1:9/swordfish' },
          ...{ for: ['hold', 'freeze.set'], groups: ['sre'], environments: ['prod'] },
        },
        {
          ...{ ...any, name: 'c', kind: 'pagerduty', timeout: 3_000 },
          ...{ url: 'https://events.pagerduty.com/v2/enqueue', routingKey: 'hunter2' },
        },
        {
          ...mail,
          name: 'd',
          port: 465,
          tls: 'implicit',
          user: 'gate',
          password: 'hunter 2',
          ca: authority.certificate,
        },
        { ...mail, ...nobody, name: 'e', port: 587, tls: 'starttls' },
        { ...mail, ...nobody, name: 'f', host: '::1', port: 2525, tls: 'plain' },
      ],
    });
  });

  it('signs with the key in use and with the one before', () => {
    const text = 'a key of at least 24 characters'.replaceAll(' ', '-');
    const keys = HOOK.slice(1, -1).replace(SECRET, `${text}, previousSecret: ${SECRET}`);
    expect(read(target(keys)).notify.targets).toMatchObject([{ keys: [Buffer.from(text), Buffer.alloc(24, 1)] }]);
  });

  const WEBHOOK = 'expected whsec_ and the base64 of 24 to 64 bytes, or other text of 24 to 256 printable characters';
  const hook = (url: string, secret = SECRET) => target(`name: a, kind: webhook, url: ${url}, secret: ${secret}`);
  const mail = (from: string, to: string) => target(MAIL.replace(from, to));
  it.each<[string, string, string]>([
    ['another kind', target('name: a, kind: fax'), 'kind: expected webhook, slack, pagerduty, email, got "fax"'],
    ['a target without a kind', target('name: a'), 'kind: missing; expected webhook, slack, pagerduty, email'],
    ['a name with a space', hook('"https://h"').replace('name: a', 'name: a b'), 'name: expected a name of at most 63'],
    [
      'plain HTTP beyond loopback',
      hook('"http://h.example/x"'),
      'url: plain http is for loopback only; expected https',
    ],
    ['a file', hook('"file:///etc/passwd"'), 'url: expected an address like https://hooks.example.com/...'],
    ['credentials in an address', hook('"https://u:pw@h/"'), 'url: credentials do not belong in an address'],
    ['a short secret', hook('"https://h"', 'hunter2'), `secret: ${WEBHOOK}`],
    ['a short key in base64', hook('"https://h"', 'whsec_aHVudGVyMg=='), `secret: ${WEBHOOK}`],
    [
      'a secret of digits that YAML takes for a number',
      hook('"https://h"', '123456789012345678901234'),
      `secret: ${WEBHOOK}`,
    ],
    ['a webhook without a secret', target('name: a, kind: webhook, url: "https://h"'), `secret: missing; ${WEBHOOK}`],
    [
      'a misspelt kind of notice',
      hook('"https://h"').replace('{name: a, kind', '{name: a, for: [hodl], kind'),
      'for[0]: there is no such kind; expected everything, one of',
    ],
    [
      'a misspelt key',
      hook('"https://h"').replace('{name: a, kind', '{name: a, grups: [sre], kind'),
      'grups: unknown key; did you mean groups?',
    ],
    [
      'a target of the pager without a key',
      target('name: a, kind: pagerduty'),
      "key: missing; expected the integration's routing key",
    ],
    [
      'a line break in an address',
      mail('gate@example.com', '"gate@example.com\\r\\nBcc: x@y"'),
      'from: expected an address like sre@example.com',
    ],
    [
      'a name with an address',
      mail('sre@example.com', '"SRE <sre@example.com>"'),
      'to[0]: expected an address like sre@example.com',
    ],
    [
      'two addresses in one',
      mail('sre@example.com', '"a@example.com,b@example.com"'),
      'to[0]: expected an address like',
    ],
    ['nobody to write to', mail('[sre@example.com]', '[]'), 'to: expected at least one address, got a list'],
    ['a login without a password', mail('name: a', 'name: a, user: gate'), 'user: user and password come together'],
    [
      'credentials in the address of a mail server',
      mail('smtps://', 'smtps://u:pw@'),
      'smtp: credentials belong under user and password',
    ],
    [
      'a mail server by HTTP',
      mail('smtps://', 'https://'),
      'smtp: expected smtps://HOST[:PORT], or smtp://HOST[:PORT]',
    ],
    ['a path of a mail server', mail('mail.example.com', 'mail.example.com/x'), 'smtp: expected smtps://HOST[:PORT]'],
    ['a name twice', top(`notify: {targets: [${HOOK}, ${HOOK}]}`), 'name: "a" is given in notify.targets[0] too'],
    ['no list', top('notify: {targets: {}}'), 'notify.targets: expected a list of targets, got a mapping'],
  ])('cannot be %s', (_what, text, complaint) => {
    const lines = complaints(text);
    expect([lines.length, lines[0]]).toEqual([1, expect.stringContaining(complaint)]);
    for (const secret of ['hunter2', 'aHVudGVyMg', ':pw@', '12345', '1.23']) expect(lines[0]).not.toContain(secret);
  });
});
