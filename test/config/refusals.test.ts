// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a configuration names its secrets
import { describe, expect, it } from 'vitest';
import { complaints, top } from './fixture.ts';

const ADDRESS = 'expected an address like 127.0.0.1:7070 or "[::1]:7070" (port 0 to 65535)';
const NAME = 'expected a name of at most 63 lower-case letters, digits and inner hyphens';
const KEYS =
  'listen, operate, operateInsecure, tls, state, store, bundle, identity, operators, labels, limits, evaluation, holds, notify, routes, probes';
const KEY = '{id: a, key: bundle.pem, algorithm: EdDSA}';
const SITE = (column: number, why: string) =>
  `:3:${column}: bundle.site.path: ${why}; expected a site's bundle (.tar.gz)`;
const ALGORITHMS = 'RS256, PS256, ES256, HS256 (or 384, 512) or EdDSA';

const bad: readonly (readonly [what: string, text: string, line: string])[] = [
  ['an empty file', '', ':1:1: the file is empty; expected a sallyport configuration'],
  ['a file of comments', '# nothing\n', ':1:1: the file is empty; expected a sallyport configuration'],
  ['a list', '- a\n', `:1:1: expected a mapping with ${KEYS}, got a list`],
  ['no routes', 'listen: 127.0.0.1:1\n', ':1:1: routes: missing; expected a list of routes'],
  ['routes without a value', 'routes:\n', ':1:8: routes: expected a list of routes, got nothing'],
  ['an empty list of routes', 'routes: []\n', ':1:9: routes: expected at least one route, got a list'],
  ['a misspelt key', top('lisen: x'), ':3:1: lisen: unknown key; did you mean listen?'],
  ['a key like no other', top('zebra: x'), `:3:1: zebra: unknown key; expected one of ${KEYS}`],
  ['a key that JavaScript knows', top('__proto__: {}'), `:3:1: __proto__: unknown key; expected one of ${KEYS}`],
  ['a key given twice', top('state: a\nstate: b'), ':4:1: this key was already given above in the same mapping'],
  ['a tab', 'routes:\n\t- a\n', ':2:1: a tab is used for indentation; expected spaces'],
  ['an anchor', top('state: &x var'), ':3:11: anchors ("&...") are not supported'],
  ['a tag', top('state: !!js/function x'), ':3:8: tags ("!...") are not supported'],
  ['a second document', top('---\na: 1'), ':3:1: a second document begins here; expected one'],
  ['a list as key', '? [a]\n: 1\n', ':1:3: a list or mapping is used as a key; expected text'],
  ['an open quote', 'state: "var\n', ':2:1: a quote, colon or bracket is missing here'],
  ['an open bracket', 'routes: [\nstate: x\n', ':2:1: the indentation or a closing bracket is wrong here'],
  ['a port alone', top('listen: 7070'), `:3:9: listen: ${ADDRESS}, got 7070`],
  ['an address without a host', top('listen: ":7070"'), `:3:9: listen: ${ADDRESS}, got ":7070"`],
  ['a port beyond 65535', top('listen: localhost:65536'), `:3:9: listen: ${ADDRESS}, got "localhost:65536"`],
  ['half an IPv4 address', top('operate: 127.0.1:7071'), `:3:10: operate: ${ADDRESS}, got "127.0.1:7071"`],
  ['an IPv6 address without brackets', top('operate: ::1:7071'), `:3:10: operate: ${ADDRESS}, got "::1:7071"`],
  ['the same address twice', top('operate: 127.0.0.1:7070'), ':3:10: operate: listen and operate are the same address'],
  [
    'plain HTTP for people beyond loopback',
    top('operate: 0.0.0.0:7071\noperateInsecure: true'),
    ':4:18: operateInsecure: plain HTTP is for loopback only, and operate is 0.0.0.0',
  ],
  [
    'a probe at an address in the clear',
    top('probes: [{name: a, kind: http, url: "http://h/"}]'),
    ':3:37: probes[0].url: plain http is for loopback only; expected https',
  ],
  [
    'a probe whose address carries a password',
    top('probes: [{name: a, kind: http, url: "https://u:pw@h/"}]'),
    ':3:37: probes[0].url: credentials do not belong in an address; expected them under token',
  ],
  [
    'a probe of another kind',
    top('probes: [{name: a, kind: tcp, url: "https://h/"}]'),
    ':3:26: probes[0].kind: expected http or prometheus, got "tcp"',
  ],
  [
    'two probes of one name',
    top('probes: [{name: a, kind: http, url: "https://h/"}, {name: a, kind: http, url: "https://i/"}]'),
    ':3:59: probes[1].name: "a" is the name of probes[0] too',
  ],
  ['yes for true', top('operateInsecure: yes'), ':3:18: operateInsecure: expected true or false, got "yes"'],
  [
    'PostgreSQL',
    top('store: postgres://u:pw@h/d'),
    ':3:8: store: store postgres: not in this version; expected sqlite:PATH',
  ],
  ['a store of another kind', top('store: mysql://u:pw@h'), ':3:8: store: expected sqlite:PATH, got "mysql://***@h"'],
  ['TLS without a key', top('tls: {cert: tls.pem}'), ':3:6: tls.key: missing; expected a PEM private key'],
  [
    'TLS with another key',
    top('tls: {cert: tls.pem, key: other.key}'),
    ':3:27: tls.key: it is not the key of tls.cert',
  ],
  [
    'a certificate that is none',
    top('tls: {cert: secret.txt, key: tls.key}'),
    ":3:13: tls.cert: there is no PEM certificate in it; expected a file of PEM certificates, the server's own first",
  ],
  [
    'a bundle that is not there',
    top('bundle: {path: no.tar.gz}'),
    ':3:16: bundle.path: no such file: no.tar.gz; expected a bundle (.tar.gz)',
  ],
  [
    'a bundle that is a folder',
    top('bundle: {path: folder}'),
    ':3:16: bundle.path: folder is a folder; expected a bundle (.tar.gz)',
  ],
  ["a site's bundle that is not there", top('bundle: {site: {path: x}}'), SITE(23, 'no such file: x')],
  [
    "a site's bundle that is nowhere",
    top('bundle: {site: {}}'),
    ':3:16: bundle.site.path: neither path nor url is given; expected one of them',
  ],
  [
    "a site's bundle from a server and a file",
    top('bundle: {site: {path: bundle.tar.gz, url: "https://a"}}'),
    ':3:38: bundle.site.url: both path and url are given; expected one of them',
  ],
  [
    "a site's bundle without keys beside a library with some",
    top(`bundle: {keys: [${KEY}], site: {path: bundle.tar.gz}}`),
    ":3:68: bundle.site.keys: bundle.keys says that nothing unsigned loads; expected the site's own keys",
  ],
  [
    "the library's key for the site too",
    top(`bundle: {keys: [${KEY}], site: {path: bundle.tar.gz, keys: [${KEY}]}}`),
    `:3:110: bundle.site.keys[0].key: it is the library's key "a" too; a site's bundle needs a key of its own`,
  ],
  [
    "two of a site's keys of one name",
    top(`bundle: {site: {path: bundle.tar.gz, keys: [${KEY}, ${KEY}]}}`),
    ':3:94: bundle.site.keys[1].id: "a" is given in bundle.site.keys[0] too',
  ],
  [
    'trust in something that is no name',
    top('bundle: {site: {path: bundle.tar.gz, trust: ["../x"]}}'),
    `:3:46: bundle.site.trust[0]: expected a setting's name, or rules, got "../x"`,
  ],
  [
    'a key file that is not there',
    top('bundle: {keys: [{id: a, key: no.pem, algorithm: EdDSA}]}'),
    ':3:30: bundle.keys[0].key: cannot read the file named here (relative to .): no such file; expected a file with the PEM public key, or the secret for HS*',
  ],
  [
    'a private key where the public one belongs',
    top('bundle: {keys: [{id: a, key: bundle.private.pem, algorithm: EdDSA}]}'),
    ':3:30: bundle.keys[0].key: it holds a private key, which does not belong on the gate; expected a PEM public key',
  ],
  [
    'a key of another algorithm',
    top('bundle: {keys: [{id: a, key: bundle.pem, algorithm: RS256}]}'),
    ':3:30: bundle.keys[0].key: RS256 needs a key of type rsa, this one is ed25519',
  ],
  [
    'a short HMAC secret',
    top('bundle: {keys: [{id: a, key: "${env:TOKEN}", algorithm: HS256}]}'),
    ':3:30: bundle.keys[0].key: HS256 needs a secret of at least 32 bytes (RFC 7518)',
  ],
  [
    'an algorithm that is none',
    top('bundle: {keys: [{id: a, key: bundle.pem, algorithm: none}]}'),
    `:3:53: bundle.keys[0].algorithm: expected ${ALGORITHMS}, got "none"`,
  ],
  [
    'a key id given twice',
    top('bundle: {keys: [{id: a, key: bundle.pem, algorithm: EdDSA}, {id: a, key: bundle.pem, algorithm: EdDSA}]}'),
    ':3:66: bundle.keys[1].id: "a" is given in bundle.keys[0] too',
  ],
  [
    'keys of an issuer over plain http',
    top('identity: {issuers: [{issuer: i, audience: a, jwks: "http://idp.example.com/jwks"}]}'),
    ':3:53: identity.issuers[0].jwks: expected an https address or a file of a JWK set, got "http://idp.example.com/jwks"',
  ],
  [
    'keys of an issuer in a file that is not there',
    top('identity: {issuers: [{issuer: i, audience: a, jwks: no.json}]}'),
    ':3:53: identity.issuers[0].jwks: no such file: no.json; expected an https address or a file of a JWK set',
  ],
  [
    'a skew in words',
    top('identity: {skew: 30s}'),
    ':3:18: identity.skew: expected a whole number of seconds from 0 to 300, got "30s"',
  ],
  [
    'a label key with a space',
    top('labels: {tier: "my tier"}'),
    ':3:16: labels.tier: expected a label key like example.com/environment, got "my tier"',
  ],
  [
    'two meanings of one label',
    top('labels: {team: sallyport.dev/tier}'),
    ':3:16: labels.team: the same label is read for tier',
  ],
  [
    'a body limit of nothing',
    top('limits: {body: 0}'),
    ':3:16: limits.body: expected a size from 1KiB to 65536KiB, like 32KiB or 3MiB, got 0',
  ],
  [
    'a time without a unit',
    top('limits: {drain: 30}'),
    ':3:17: limits.drain: expected a duration from 1ms to 600s, like 500ms or 15s, got 30',
  ],
  [
    'a unit that JavaScript knows',
    top('limits: {drain: 3constructor}'),
    ':3:17: limits.drain: expected a duration from 1ms to 600s, like 500ms or 15s, got "3constructor"',
  ],
  [
    'memory beyond what WASM can address',
    top('evaluation: {memory: 5000}'),
    ':3:22: evaluation.memory: expected a whole number of MiB from 16 to 4096, got 5000',
  ],
];

describe('a configuration that is wrong says where, what and what was expected', () => {
  it.each(bad)('%s', (_what, text, line) => {
    expect(complaints(text)).toEqual([`sallyport.yaml${line}`]);
  });

  it.each([
    ['no.yaml', 'no such file'],
    ['folder', 'it is a folder'],
    ['kubeconfig/x', 'no such file (a part of its path is not a folder)'],
    ['loop', 'its symbolic links go round in circles'],
    ['latin1.txt', 'it is not UTF-8 text'],
    ['big.txt', 'it is larger than 1 MiB'],
  ])('the file %s cannot be read: %s', (name, reason) => {
    expect(complaints('', name)).toEqual([`${name}: cannot read it: ${reason}; expected a sallyport configuration`]);
  });

  it('a device is not opened', () => {
    expect(complaints('', '../../../../dev/zero')).toEqual([
      expect.stringMatching(/dev\/zero: cannot read it: it is not a regular file; expected a sallyport configuration$/),
    ]);
  });

  it('endless nesting is refused', () => {
    // How deep the parser gets depends on the machine's stack.
    expect(complaints(`a: ${'['.repeat(100_000)}`)).toEqual([
      expect.stringMatching(/^sallyport\.yaml:1:\d+: nested too deeply$/),
    ]);
  });

  it('an alias bomb is refused before it is expanded', () => {
    const levels = [
      'a: &a [x, x]',
      ...Array.from('bcdefghij', (it, i) => `${it}: &${it} [*${'abcdefghi'[i]}, *${'abcdefghi'[i]}]`),
    ];
    const lines = complaints(levels.join('\n'));
    expect(lines[0]).toBe('sallyport.yaml:1:7: anchors ("&...") are not supported');
    expect(lines).toHaveLength(10 + 18);
  });

  it('everything that is wrong is said at once, in the order of the file', () => {
    const text = `lisen: 127.0.0.1:1
operate: 7071
routes:
  - {name: A, surface: kubernetes, at: /kube/a, mode: shdow, upstream: {url: "https://h", token: "\${env:NOPE}"}}
  - {name: b, surface: mcp, at: /kube/a/b}
limits: {drain: forever}
`;
    expect(complaints(text)).toEqual([
      'sallyport.yaml:1:1: lisen: unknown key; did you mean listen?',
      `sallyport.yaml:2:10: operate: ${ADDRESS}, got 7071`,
      `sallyport.yaml:4:12: routes[0].name: ${NAME}, got "A"`,
      'sallyport.yaml:4:55: routes[0].mode: expected enforce or shadow, got "shdow"',
      'sallyport.yaml:4:98: routes[0].upstream.token: ${env:NOPE}: the environment variable NOPE is not set',
      'sallyport.yaml:5:24: routes[1].surface: surface mcp: not in this version',
      'sallyport.yaml:5:33: routes[1].at: "/kube/a/b" lies inside "/kube/a", the prefix of routes[0]',
      'sallyport.yaml:6:17: limits.drain: expected a duration from 1ms to 600s, like 500ms or 15s, got "forever"',
    ]);
  });
});
