// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a configuration names its secrets
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packageBundle } from '../../src/config/file.ts';
import { authority, complaints, env, here, read, top } from './fixture.ts';

const client = authority.client('gate');
const from = (keys: string) => {
  writeFileSync(here('client.pem'), client.certificate);
  writeFileSync(here('client.key'), client.key);
  return read(top(`bundle: ${keys}`)).bundle.from;
};
const URL = 'url: "https://bundles.example.com/sallyport.tar.gz"';
const POLL = { every: { min: 60_000, max: 120_000 }, wait: undefined, timeout: 30_000, limit: 67_108_864 };
const SERVER = {
  ...{ kind: 'url', url: 'https://bundles.example.com/sallyport.tar.gz', token: undefined, headers: {} },
  ...{ ca: undefined, client: undefined, poll: POLL },
};

describe('a bundle comes', () => {
  it.each<[string, string, object]>([
    [
      "out of the package, which is not watched: it changes with the gate's own code",
      '{}',
      { kind: 'file', path: packageBundle(), watch: false },
    ],
    [
      'out of a file, which is watched',
      '{path: bundle.tar.gz}',
      { kind: 'file', path: here('bundle.tar.gz'), watch: true },
    ],
    [
      'out of a file, which is not',
      '{path: bundle.tar.gz, watch: false}',
      { kind: 'file', path: here('bundle.tar.gz'), watch: false },
    ],
    ['from a server, which is polled as OPA does', `{${URL}}`, SERVER],
    [
      'from a server, and how is said',
      `{${URL}, token: "\${file:secret.txt}", headers: {X-Tenant: "\${env:TOKEN}"}, ca: ca.pem, client: {cert: client.pem, key: client.key},
          poll: {every: 5s..10s, wait: 5m, timeout: 10s, limit: 8MiB}}`,
      {
        ...{ ...SERVER, token: 'swordfish', headers: { 'x-tenant': env.TOKEN }, ca: authority.certificate },
        client: { cert: client.certificate, key: client.key },
        poll: { every: { min: 5_000, max: 10_000 }, wait: 300_000, timeout: 10_000, limit: 8_388_608 },
      },
    ],
    [
      'from a server, always after the same time',
      `{${URL}, poll: {every: 30s}}`,
      { ...SERVER, poll: { ...POLL, every: { min: 30_000, max: 30_000 } } },
    ],
    [
      'from a server, with a token that is replaced from time to time',
      `{${URL}, tokenFile: secret.txt}`,
      { ...SERVER, token: { file: here('secret.txt') } },
    ],
    [
      'from this machine, in the clear',
      '{url: "http://127.0.0.1:8080/b?x=y"}',
      { ...SERVER, url: 'http://127.0.0.1:8080/b?x=y' },
    ],
    [
      'from an address that is a secret',
      '{url: "https://${env:TOKEN}.example.com/b"}',
      { ...SERVER, url: `https://${env.TOKEN}.example.com/b` },
    ],
  ])('%s', (_what, keys, expected) => {
    expect(from(keys)).toEqual(expected);
  });
});

describe('where a bundle comes from is wrong', () => {
  const EVERY = 'a duration or two from 100ms to 86400s, like 60s or 60s..120s';
  const NAME = 'a header name that the gate does not set itself; a bearer token belongs under token';
  it.each<[string, string, string]>([
    [
      'both path and url',
      `{path: bundle.tar.gz, ${URL}}`,
      ':3:31: bundle.url: both path and url are given; expected one of them',
    ],
    [
      'a token for a path',
      '{path: bundle.tar.gz, token: x}',
      ':3:31: bundle.token: it belongs to a url, which is not given',
    ],
    ['poll without a url', '{poll: {every: 60s}}', ':3:10: bundle.poll: it belongs to a url, which is not given'],
    ['watch for a url', `{${URL}, watch: true}`, ':3:63: bundle.watch: it belongs to a path; a url is polled'],
    ['watch without a path', '{watch: true}', ':3:10: bundle.watch: it belongs to a path, which is not given'],
    [
      'a url that is none',
      '{url: bundles}',
      ':3:15: bundle.url: expected an address like https://bundles.example.com/sallyport.tar.gz',
    ],
    [
      'a file by url',
      '{url: "file:///etc/b"}',
      ':3:15: bundle.url: expected an address like https://bundles.example.com/sallyport.tar.gz',
    ],
    [
      'a url in the clear',
      '{url: "http://bundles.example.com/b"}',
      ':3:15: bundle.url: plain http is for loopback only; expected https',
    ],
    [
      'a credential in a url',
      '{url: "https://me:secret@x/b"}',
      ':3:15: bundle.url: credentials do not belong in an address; expected them under token',
    ],
    [
      'a fragment',
      '{url: "https://x/b#c"}',
      ':3:15: bundle.url: a fragment (#...) is never sent; expected an address without one',
    ],
    [
      'certificates in the clear',
      '{url: "http://127.0.0.1/b", ca: ca.pem}',
      ':3:37: bundle.ca: plain http has no certificates; expected an https url',
    ],
    [
      'a token with a line break',
      `{${URL}, token: "a\\nb"}`,
      ':3:70: bundle.token: expected a token of printable characters, got text (not shown)',
    ],
    [
      'a token twice',
      `{${URL}, token: x, tokenFile: secret.txt}`,
      ':3:73: bundle.tokenFile: both token and tokenFile are given; expected one of them',
    ],
    [
      'a file of a token that is not there',
      `{${URL}, tokenFile: no.txt}`,
      ':3:74: bundle.tokenFile: no such file: no.txt; expected a file with a token',
    ],
    [
      'a header that the gate sets',
      `{${URL}, headers: {If-None-Match: x}}`,
      `:3:73: bundle.headers.If-None-Match: expected ${NAME}`,
    ],
    [
      'a token as a header',
      `{${URL}, headers: {Authorization: Bearer x}}`,
      `:3:73: bundle.headers.Authorization: expected ${NAME}`,
    ],
    ['a header twice', `{${URL}, headers: {x-a: x, X-A: y}}`, ':3:81: bundle.headers.X-A: it is given twice'],
    [
      'a header that breaks the line',
      `{${URL}, headers: {x: "a\\r\\nb"}}`,
      ':3:76: bundle.headers.x: expected a header value of printable characters, got text (not shown)',
    ],
    [
      'a list of headers',
      `{${URL}, headers: [x]}`,
      ':3:72: bundle.headers: expected a mapping of header names to values, got a list',
    ],
    [
      'no authority',
      `{${URL}, ca: secret.txt}`,
      ':3:67: bundle.ca: there is no PEM certificate in it; expected a file of PEM certificates',
    ],
    [
      'a key of another certificate',
      `{${URL}, client: {cert: client.pem, key: tls.key}}`,
      ':3:95: bundle.client.key: it is not the key of client.cert',
    ],
    ['a bare number', `{${URL}, poll: {every: 60}}`, `:3:77: bundle.poll.every: expected ${EVERY}, got 60`],
    ['too often', `{${URL}, poll: {every: 10ms..60s}}`, `:3:77: bundle.poll.every: expected ${EVERY}, got "10ms..60s"`],
    [
      'the longer one first',
      `{${URL}, poll: {every: 2m..1m}}`,
      `:3:77: bundle.poll.every: the shorter of the two comes first; expected ${EVERY}`,
    ],
    [
      'three of them',
      `{${URL}, poll: {every: 1m..2m..3m}}`,
      `:3:77: bundle.poll.every: expected ${EVERY}, got "1m..2m..3m"`,
    ],
    [
      'a limit that the gate does not unpack',
      `{${URL}, poll: {limit: 65MiB}}`,
      ':3:77: bundle.poll.limit: expected a size from 1KiB to 65536KiB, like 32KiB or 3MiB, got "65MiB"',
    ],
    ['an unknown key', `{${URL}, poll: {evry: 60s}}`, ':3:70: bundle.poll.evry: unknown key; did you mean every?'],
  ])('%s', (_what, keys, line) => {
    from('{}');
    expect(complaints(top(`bundle: ${keys}`))).toEqual([`sallyport.yaml${line}`]);
  });
});
