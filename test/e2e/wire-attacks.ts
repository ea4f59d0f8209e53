import { gzipSync } from 'node:zlib';
import { configMap, inNamespace } from './twin-objects.ts';

/** The namespace that the attacks are about, and a config map in it that is to stay as it is. */
export const PLACE = 'corpus-attacked';
const NS = `/api/v1/namespaces/${PLACE}`;
export const MAP = `${NS}/configmaps/kept`;

/** Writes requests by hand, in the name of an agent. */
export interface Mouth {
  /** The head of a request, without the empty line behind it; the line has a path from the API server's root. */
  head(line: string, ...more: readonly string[]): string;
  /** A request without a body. */
  bare(line: string, ...more: readonly string[]): string;
  withBody(line: string, body: string | Buffer, ...more: readonly string[]): Buffer;
  /** What an attacker wants to get through behind another request. */
  inner(): string;
}

/** @param prefix the route's */
export function mouthOf(prefix: string, token: string): Mouth {
  const head = (line: string, ...more: readonly string[]) => {
    const [method = '', path = '', ...rest] = line.split(' ');
    const first = [method, prefix + path, ...rest, 'HTTP/1.1'].join(' ');
    return [first, 'Host: gate', `Authorization: Bearer ${token}`, ...more].join('\r\n').concat('\r\n');
  };
  const bare = (line: string, ...more: readonly string[]) => `${head(line, ...more)}\r\n`;
  return {
    head,
    bare,
    withBody(line, body, ...more) {
      const bytes = Buffer.from(body);
      return Buffer.concat([Buffer.from(`${head(line, ...more, `Content-Length: ${bytes.length}`)}\r\n`), bytes]);
    },
    inner: () => bare(`DELETE ${MAP}`),
  };
}

const JSON_TYPE = 'Content-Type: application/json';
const OBJECT = JSON.stringify(configMap('smuggled'));
const CREATE = `POST ${NS}/configmaps`;
const WEBSOCKET = ['Connection: Upgrade, Authorization', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];

/** What it is, what is said, the status, and the rule on the record; none where no head was read. */
type Attack = readonly [
  what: string,
  said: (mouth: Mouth) => string | Buffer,
  status: number,
  rule: string | undefined,
];

const SMUGGLED: readonly Attack[] = [
  [
    'both lengths',
    ({ head, inner }) =>
      `${head(`DELETE ${MAP}`, 'Transfer-Encoding: chunked', 'Content-Length: 5')}\r\n0\r\n\r\n${inner()}`,
    400,
    undefined,
  ],
  [
    'two lengths',
    ({ head, inner }) => `${head(`GET ${MAP}`, 'Content-Length: 0', 'Content-Length: 9')}\r\n${inner()}`,
    400,
    undefined,
  ],
  [
    'an unknown coding',
    ({ head, inner }) => `${head(`GET ${MAP}`, 'Transfer-Encoding: xchunked')}\r\n0\r\n\r\n${inner()}`,
    400,
    undefined,
  ],
  [
    'a space before the colon',
    ({ head, inner }) => `${head(`GET ${MAP}`, 'Transfer-Encoding : chunked')}\r\n0\r\n\r\n${inner()}`,
    400,
    undefined,
  ],
  ['bare LFs', ({ bare }) => bare(`GET ${MAP}`).replaceAll('\r\n', '\n'), 400, undefined],
  ['a body of a GET', ({ inner, withBody }) => withBody(`GET ${MAP}`, inner()), 403, 'gate/unreadable'],
  ['a body of an OPTIONS', ({ inner, withBody }) => withBody(`OPTIONS ${MAP}`, inner()), 403, 'gate/unreadable'],
];

const HEADERS: readonly Attack[] = [
  [
    'Connection that names Authorization',
    ({ bare }) => bare(`DELETE ${MAP}`, 'Connection: close, Authorization'),
    400,
    'wire/malformed',
  ],
  [
    'Connection that names Impersonate-User',
    ({ bare }) => bare(`DELETE ${MAP}`, 'Connection: Impersonate-User'),
    400,
    'wire/malformed',
  ],
  [
    'the same on an upgrade',
    ({ bare }) => bare(`GET ${NS}/pods/web/exec?command=sh`, ...WEBSOCKET),
    400,
    'wire/malformed',
  ],
  [
    'Impersonate-User',
    ({ bare }) => bare(`DELETE ${MAP}`, 'Impersonate-User: system:admin'),
    400,
    'wire/forbidden-header',
  ],
  [
    'impersonate_GROUP',
    ({ bare }) => bare(`DELETE ${MAP}`, 'impersonate_GROUP: system:masters'),
    400,
    'wire/forbidden-header',
  ],
  ['Impersonate-Uid', ({ bare }) => bare(`DELETE ${MAP}`, 'Impersonate-Uid: 0'), 400, 'wire/forbidden-header'],
  ['X-Remote-User', ({ bare }) => bare(`DELETE ${MAP}`, 'X-Remote-User: admin'), 400, 'wire/forbidden-header'],
  [
    'X-HTTP-Method-Override',
    ({ bare }) => bare(`GET ${MAP}`, 'X-HTTP-Method-Override: DELETE'),
    400,
    'wire/forbidden-header',
  ],
  ['X-Original-URL', ({ bare }) => bare(`GET ${MAP}`, `X-Original-URL: ${NS}/secrets`), 400, 'wire/forbidden-header'],
  [
    'a header of the gate’s own',
    ({ bare }) => bare(`DELETE ${MAP}`, 'Sallyport-Outcome: allow'),
    400,
    'wire/forbidden-header',
  ],
  ['two Authorizations', ({ bare }) => bare(`DELETE ${MAP}`, 'Authorization: Basic YTpi'), 400, 'wire/malformed'],
  [
    'a token in a WebSocket protocol',
    ({ bare }) => bare(`GET ${MAP}`, 'Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.YWJj'),
    401,
    'identity/invalid',
  ],
];

const PATHS: readonly Attack[] = [
  ['a host', ({ bare }) => bare(`GET //evil.example${MAP}`), 400, 'wire/malformed'],
  [
    'an encoded slash',
    ({ bare }) => bare(`DELETE ${NS}%2F..%2Fdefault/configmaps/kube-root-ca.crt`),
    400,
    'wire/malformed',
  ],
  [
    'an encoded way up',
    ({ bare }) => bare(`DELETE ${NS}/%2e%2e/default/configmaps/kube-root-ca.crt`),
    400,
    'wire/malformed',
  ],
  ['a backslash', ({ bare }) => bare(`DELETE ${NS}\\..\\default/configmaps/kube-root-ca.crt`), 400, 'wire/malformed'],
  ['a fragment', ({ bare }) => bare(`DELETE ${NS}/configmaps/other#/../kept`), 400, 'wire/malformed'],
  ['a parameter', ({ bare }) => bare(`DELETE ${NS};x=y/configmaps/kept`), 400, 'wire/malformed'],
  ['a node in a namespace', ({ bare }) => bare(`DELETE ${NS}/nodes/n1`), 403, 'gate/unreadable'],
  [
    'a cluster role in a namespace',
    ({ bare }) => bare(`GET /apis/rbac.authorization.k8s.io/v1/namespaces/${PLACE}/clusterroles/admin`),
    403,
    'gate/unreadable',
  ],
  ['another namespace in itself', ({ bare }) => bare(`GET ${NS}/namespaces/default`), 403, 'gate/unreadable'],
];

const DISGUISES: readonly Attack[] = [
  ['a dry run, by another case', ({ bare }) => bare(`DELETE ${MAP}?dryRun=all`), 403, 'gate/unreadable'],
  ['a dry run, twice', ({ bare }) => bare(`DELETE ${MAP}?dryRun=All&dryRun=`), 400, 'wire/malformed'],
  [
    'a dry run of the query and not of the body',
    ({ withBody }) => withBody(`DELETE ${MAP}?dryRun=All`, '{"dryRun":["None"]}', JSON_TYPE),
    403,
    'gate/unreadable',
  ],
  [
    'a dry run of a body in other letters',
    ({ withBody }) => withBody(`DELETE ${MAP}`, '{"DryRun":["All"]}', JSON_TYPE),
    403,
    'gate/unreadable',
  ],
  [
    'a watch by DELETE',
    ({ bare }) => bare(`DELETE /api/v1/watch/namespaces/${PLACE}/configmaps/kept`),
    403,
    'gate/unreadable',
  ],
  ['a watch by its path twice', ({ bare }) => bare(`GET ${NS}/configmaps?watch=0&watch=1`), 400, 'wire/malformed'],
  [
    'a delete that does not look',
    ({ bare }) => bare(`DELETE ${MAP}?ignoreStoreReadErrorWithClusterBreakingPotential=true`),
    403,
    'gate/unreadable',
  ],
];

const BODIES: readonly Attack[] = [
  [
    'a member twice',
    ({ withBody }) => withBody(CREATE, OBJECT.replace('"data"', '"kind":"Secret","data"'), JSON_TYPE),
    403,
    'gate/unreadable',
  ],
  [
    'a member in other letters',
    ({ withBody }) => withBody(CREATE, OBJECT.replace('"metadata"', '"Metadata"'), JSON_TYPE),
    403,
    'gate/unreadable',
  ],
  [
    'a member with a NUL',
    ({ withBody }) => withBody(CREATE, OBJECT.replace('"colour"', '"colour\\u0000"'), JSON_TYPE),
    403,
    'gate/unreadable',
  ],
  [
    'another kind than the path',
    ({ withBody }) => withBody(CREATE, OBJECT.replace('ConfigMap', 'Secret'), JSON_TYPE),
    403,
    'gate/unreadable',
  ],
  [
    'another namespace than the path',
    ({ withBody }) => withBody(CREATE, JSON.stringify(inNamespace('default', configMap('x'))), JSON_TYPE),
    403,
    'gate/unreadable',
  ],
  ['another name than the path', ({ withBody }) => withBody(`PUT ${MAP}`, OBJECT, JSON_TYPE), 403, 'gate/unreadable'],
  [
    '10,000 arrays',
    ({ withBody }) => withBody(CREATE, OBJECT.replace('"blue"', '['.repeat(10_000) + ']'.repeat(10_000)), JSON_TYPE),
    403,
    'gate/unreadable',
  ],
  [
    'a compressed body',
    ({ withBody }) => withBody(CREATE, gzipSync(OBJECT), JSON_TYPE, 'Content-Encoding: gzip'),
    403,
    'gate/unreadable',
  ],
  [
    'aliases of aliases',
    ({ withBody }) => withBody(CREATE, 'a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n', 'Content-Type: application/yaml'),
    403,
    'gate/unreadable',
  ],
  [
    'more than 3 MiB',
    ({ withBody }) => withBody(CREATE, Buffer.alloc(3 * 2 ** 20 + 1, 0x20), JSON_TYPE),
    413,
    'wire/too-large',
  ],
];

/** By what they play on. */
export const ATTACKS: readonly (readonly [kind: string, attacks: readonly Attack[]])[] = [
  ['a request that hides another', SMUGGLED],
  ['a header that means something to somebody', HEADERS],
  ['a path that is another to somebody', PATHS],
  ['a call that disguises what it is', DISGUISES],
  ['a body that is another to somebody', BODIES],
];
