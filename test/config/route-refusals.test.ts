// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a configuration names its secrets
import { describe, expect, it } from 'vitest';
import { complaints, route, second, top } from './fixture.ts';

const PREFIX = 'expected a path prefix like /kube/staging: a leading slash, none at the end, plain segments';
const NAME = 'expected a name of at most 63 lower-case letters, digits and inner hyphens';
const UNTIL = 'expected a date like 2026-12-01 or an RFC 3339 time like 2026-12-01T18:00:00Z';

const bad: readonly (readonly [what: string, text: string, line: string])[] = [
  [
    'a route that is text',
    'routes: [a]\n',
    ':1:10: routes[0]: expected a mapping with name, surface, at, environment, service, tier, team, regulated, mode, impersonate, upstream, got "a"',
  ],
  [
    'a route without a name',
    second('at: /b'),
    ':3:5: routes[1].name: missing; expected a name of at most 63 lower-case letters, digits and inner hyphens',
  ],
  ['a name with capitals', route({ name: 'Prod' }), `:3:11: routes[0].name: ${NAME}, got "Prod"`],
  ['a name twice', second('name: a, at: /b'), ':3:55: routes[1].name: "a" is the name of routes[0] too'],
  ['a prefix twice', second('name: b, at: /kube/a'), ':3:62: routes[1].at: "/kube/a" is the prefix of routes[0] too'],
  [
    'a prefix inside another',
    second('name: b, at: /kube/a/b'),
    ':3:62: routes[1].at: "/kube/a/b" lies inside "/kube/a", the prefix of routes[0]',
  ],
  [
    'a prefix around another',
    second('name: b, at: /kube'),
    ':3:62: routes[1].at: "/kube" contains "/kube/a", the prefix of routes[0]',
  ],
  ['a prefix without a slash', route({ at: 'kube' }), `:5:9: routes[0].at: ${PREFIX}, got "kube"`],
  ['a prefix of nothing', route({ at: '/' }), `:5:9: routes[0].at: ${PREFIX}, got "/"`],
  ['a prefix with dots', route({ at: '/kube/..' }), `:5:9: routes[0].at: ${PREFIX}, got "/kube/.."`],
  ['a prefix with an escape', route({ at: '/kube/%2e' }), `:5:9: routes[0].at: ${PREFIX}, got "/kube/%2e"`],
  [
    "the gate's own prefix",
    route({ at: '/sallyport/v1' }),
    ":5:9: routes[0].at: /sallyport is the gate's own; expected another path prefix",
  ],
  ['a mode misspelt', route({ mode: 'shdow' }), ':7:11: routes[0].mode: expected enforce or shadow, got "shdow"'],
  [
    'shadow without an end',
    route({ mode: 'shadow' }),
    ':7:11: routes[0].mode: shadow needs an end date; expected {shadow: {until: 2026-12-01}}',
  ],
  ['shadow without a date', route({ mode: '{shadow: {}}' }), `:7:20: routes[0].mode.shadow.until: missing; ${UNTIL}`],
  [
    'shadow until a day that is not',
    route({ mode: '{shadow: {until: 2026-02-30}}' }),
    `:7:28: routes[0].mode.shadow.until: ${UNTIL}, got "2026-02-30"`,
  ],
  [
    'a mode with an unknown key',
    route({ mode: '{shadow: {until: 2026-12-01, form: x}}' }),
    ':7:40: routes[0].mode.shadow.form: unknown key; expected one of until',
  ],
  [
    'surface mcp',
    'routes: [{name: o, surface: mcp, at: /m, measures: a, upstream: {url: x}}]',
    ':1:29: routes[0].surface: surface mcp: not in this version',
  ],
  ['surface aws', route({ surface: 'aws' }), ':4:14: routes[0].surface: surface aws: not in this version'],
  ['surface http', route({ surface: 'http' }), ':4:14: routes[0].surface: surface http: not in this version'],
  ['a surface of no kind', route({ surface: 'ftp' }), ':4:14: routes[0].surface: expected kubernetes, got "ftp"'],
  [
    'an environment that means something else',
    route({ environment: 'unknown' }),
    ':7:18: routes[0].environment: "unknown" is what the gate says when a fact cannot be had; leave the key out',
  ],
  [
    'an environment that no label can have',
    route({ environment: 'pre prod' }),
    ':7:18: routes[0].environment: expected a label value: at most 63 letters, digits, hyphens, dots and underscores, got "pre prod"',
  ],
  [
    'an upstream that is text',
    route({ upstream: 'foo' }),
    ':6:15: routes[0].upstream: expected {kubeconfig: FILE, context: NAME}, {url: ADDRESS} or in-cluster, got "foo"',
  ],
  [
    'two upstreams',
    route({ upstream: '{kubeconfig: kubeconfig, url: "https://h"}' }),
    ':6:15: routes[0].upstream: both kubeconfig and url are given; expected one of them',
  ],
  [
    'a kubeconfig that is not there',
    route({ upstream: '{kubeconfig: no}' }),
    ':6:28: routes[0].upstream.kubeconfig: no such file: no; expected a kubeconfig file',
  ],
  [
    'a key of the kubeconfig misspelt',
    route({ upstream: '{kubeconfig: kubeconfig, contxt: a}' }),
    ':6:40: routes[0].upstream.contxt: unknown key; did you mean context?',
  ],
  [
    'plain http to another machine',
    route({ upstream: '{url: "http://10.0.0.1"}' }),
    ':6:21: routes[0].upstream.url: plain http is for loopback only; expected https',
  ],
  [
    'a password in an address',
    route({ upstream: '{url: "https://u:hunter2@h"}' }),
    ':6:21: routes[0].upstream.url: credentials do not belong in an address; expected them under token',
  ],
  [
    'a token that is a number',
    route({ upstream: '{url: "https://h", token: 1234567}' }),
    ':6:41: routes[0].upstream.token: expected a token of printable characters, got a number (not shown)',
  ],
  [
    'a token with a space in it',
    route({ upstream: '{url: "https://h", token: "${env:SPACED}"}' }),
    ':6:41: routes[0].upstream.token: expected a token of printable characters, got the value of ${env:SPACED}',
  ],
  [
    'a variable that is not set',
    route({ name: '${env:NOPE}' }),
    ':3:11: routes[0].name: ${env:NOPE}: the environment variable NOPE is not set',
  ],
  [
    'a variable that is empty',
    route({ name: '${env:EMPTY}' }),
    ':3:11: routes[0].name: ${env:EMPTY}: the environment variable EMPTY is empty',
  ],
  [
    'a secret file that is not there',
    route({ name: '${file:no.txt}' }),
    ':3:11: routes[0].name: ${file:no.txt}: cannot read no.txt: no such file',
  ],
  [
    'a secret file that is empty',
    route({ name: '${file:empty.txt}' }),
    ':3:11: routes[0].name: ${file:empty.txt}: empty.txt is empty',
  ],
  [
    'a secret from elsewhere',
    route({ name: '${vault:x}' }),
    ':3:11: routes[0].name: expected ${env:NAME} or ${file:PATH}, got "${vault:x}"',
  ],
  [
    'a reference that is not closed',
    route({ name: '${env:TOKEN' }),
    ':3:11: routes[0].name: expected ${env:NAME} or ${file:PATH}, got "${env:TOKEN"',
  ],
  [
    'a number by reference',
    top('limits: {connections: "${env:TOKEN}"}'),
    ':3:23: limits.connections: expected a whole number from 1 to 1000000, got the value of ${env:TOKEN}',
  ],
];

describe('a route or a reference that is wrong says where, what and what was expected', () => {
  it.each(bad)('%s', (_what, text, line) => {
    expect(complaints(text)).toEqual([`sallyport.yaml${line}`]);
  });
});
