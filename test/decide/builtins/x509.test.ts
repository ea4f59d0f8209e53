import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  bits,
  boolean,
  explicit,
  implicit,
  integer,
  ipBytes,
  octets,
  oid,
  sequence,
  set,
  time,
  utf8,
} from '../../../src/listen/der.ts';
import { type BuiltinCall, callOf, expectAnswersOfOpa, hostAnswer } from './opa-answers.ts';

const CERTIFICATES = 'crypto.x509.parse_certificates';
const REQUEST = 'crypto.x509.parse_certificate_request';
const PRIVATE_KEY = 'crypto.x509.parse_rsa_private_key';

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' });
const k256 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed25519 = generateKeyPairSync('ed25519');
const x25519 = generateKeyPairSync('x25519');
const ALGORITHM = sequence(oid('1.2.840.10045.4.3.2'));

const tagged = (tag: number, content: Buffer): Buffer => Buffer.concat([Buffer.of(tag, content.length), content]);
const text = (tag: number, value: string): Buffer => tagged(tag, Buffer.from(value, 'latin1'));
const attribute = (type: string, value: Buffer): Buffer => set(sequence(oid(type), value));
const extension = (id: string, value: Buffer, critical = false): Buffer =>
  critical ? sequence(oid(id), boolean(true), octets(value)) : sequence(oid(id), octets(value));
const uri = (value: string): Buffer => implicit(6, Buffer.from(value));

const PLAIN = sequence(attribute('2.5.4.3', utf8('plain')));
const SUBJECT = sequence(
  attribute('2.5.4.6', text(0x13, 'DE')),
  set(sequence(oid('2.5.4.10'), utf8('Örg')), sequence(oid('2.5.4.11'), text(0x16, 'unit'))),
  attribute('2.5.4.5', text(0x12, '12 3')),
  attribute('2.5.4.3', utf8('first')),
  attribute('2.5.4.3', utf8('<last>')),
  attribute('1.2.840.113549.1.9.1', text(0x16, 'a@b')),
);
const NAMES = extension(
  '2.5.29.17',
  sequence(
    implicit(2, Buffer.from('*.example.com')),
    implicit(1, Buffer.from('a@b')),
    implicit(7, ipBytes('10.0.0.1')),
    implicit(7, ipBytes('2001:db8::1:0:0:1')),
    implicit(7, ipBytes('::ffff:1.2.3.4')),
    uri('spiffe://example.org/ns/a%2fb?q=1#f'),
    uri('http://user:p%40ss@host:80/'),
    uri('urn:a:b'),
    implicit(8, Buffer.of(42)),
  ),
);
const EXTENSIONS = [
  NAMES,
  extension('2.5.29.15', bits(Buffer.of(0x86), 1), true),
  extension('2.5.29.19', sequence(boolean(true), integer(Buffer.of(0))), true),
  extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'), oid('2.5.29.37.0'), oid('1.2.3.4'))),
  extension('2.5.29.14', octets(Buffer.from('key id'))),
  extension('2.5.29.35', sequence(implicit(0, Buffer.from('issuer')))),
  extension('2.5.29.32', sequence(sequence(oid('2.23.140.1.2.1')), sequence(oid('1.3.6.1.4.1.44947.1.1.1')))),
  extension('2.5.29.31', sequence(sequence(explicit(0, explicit(0, uri('http://crl')))))),
  extension(
    '1.3.6.1.5.5.7.1.1',
    sequence(
      sequence(oid('1.3.6.1.5.5.7.48.1'), uri('http://ocsp')),
      sequence(oid('1.3.6.1.5.5.7.48.2'), uri('http://ca')),
    ),
  ),
  extension('1.2.3.4.5', Buffer.of(1), true),
];

interface Order {
  readonly key?: KeyObject;
  readonly subject?: Buffer;
  readonly extensions?: readonly Buffer[];
  readonly version?: Buffer;
  readonly serial?: Buffer;
  readonly algorithm?: Buffer;
  readonly validity?: Buffer;
}

function certificate(order: Order = {}): Buffer {
  const { key = p256.publicKey, subject = PLAIN, extensions, algorithm = ALGORITHM } = order;
  const body = sequence(
    order.version ?? explicit(0, integer(Buffer.of(2))),
    order.serial ?? integer(Buffer.from('00ffffffffffffffffffffffffffff01', 'hex')),
    algorithm,
    SUBJECT,
    order.validity ?? sequence(time(new Date('2026-01-02T03:04:05Z')), time(new Date('2055-01-01T00:00:00Z'))),
    subject,
    key.export({ type: 'spki', format: 'der' }),
    ...(extensions ? [explicit(3, sequence(...extensions))] : []),
  );
  return sequence(body, algorithm, bits(sign('sha256', body, p256.privateKey)));
}

function request(attributes: readonly Buffer[], key = p256.publicKey, subject = SUBJECT): Buffer {
  const spki = key.export({ type: 'spki', format: 'der' });
  const body = sequence(integer(Buffer.of(0)), subject, spki, explicit(0, Buffer.concat(attributes)));
  return sequence(body, ALGORITHM, bits(sign('sha256', body, p256.privateKey)));
}

const extensionRequest = (...extensions: readonly Buffer[]): Buffer =>
  sequence(oid('1.2.840.113549.1.9.14'), set(sequence(...extensions)));
const pem = (type: string, der: Buffer): string =>
  `-----BEGIN ${type}-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${type}-----\n`;
const pssAlgorithm = (salt: number): Buffer => {
  const hash = sequence(oid('2.16.840.1.101.3.4.2.1'), Buffer.of(5, 0));
  const mask = sequence(oid('1.2.840.113549.1.1.8'), hash);
  return sequence(
    oid('1.2.840.113549.1.1.10'),
    sequence(explicit(0, hash), explicit(1, mask), explicit(2, integer(Buffer.of(salt)))),
  );
};

const ORDERS: readonly Order[] = [
  {},
  { subject: SUBJECT, extensions: EXTENSIONS },
  { subject: sequence(), extensions: [] },
  ...[rsa, p521, ed25519, x25519, k256].map(({ publicKey }) => ({ key: publicKey })),
  { version: Buffer.alloc(0) },
  { version: explicit(0, integer(Buffer.of(1))) },
  { version: explicit(0, integer(Buffer.of(3))) },
  { serial: tagged(2, Buffer.of(0xff)) },
  { serial: integer(Buffer.of(0)) },
  { algorithm: sequence(oid('1.2.840.113549.1.1.11'), Buffer.of(5, 0)) },
  { algorithm: pssAlgorithm(32) },
  { algorithm: sequence(oid('1.3.101.112')) },
  { algorithm: sequence(oid('1.3.101.112'), Buffer.of(5, 0)) },
  { algorithm: sequence(oid('1.2.3')) },
  { validity: sequence(text(0x17, '490101000000Z'), text(0x17, '500101000000Z')) },
  { validity: sequence(text(0x17, '260230000000Z'), text(0x17, '500101000000Z')) },
  { validity: sequence(text(0x18, '99991231235959Z'), text(0x18, '00010101000000Z')) },
  { extensions: [extension('2.5.29.17', sequence(implicit(8, Buffer.of(42))), true)] },
  { extensions: [NAMES, NAMES] },
  { extensions: [extension('2.5.29.17', sequence(uri('http://a b')))] },
  { extensions: [extension('2.5.29.17', sequence(uri('http://%zz')))] },
  { extensions: [extension('2.5.29.17', sequence(implicit(2, Buffer.from('é'))))] },
  { extensions: [extension('2.5.29.17', sequence(implicit(7, Buffer.of(1, 2))))] },
  { extensions: [extension('2.5.29.14', octets(Buffer.of(1)), true)] },
  { extensions: [extension('2.5.29.35', sequence())] },
  { extensions: [extension('2.5.29.19', sequence())] },
  { extensions: [extension('2.5.29.15', bits(Buffer.of(0x07, 0x80), 7))] },
  { subject: sequence(attribute('2.5.4.3', text(0x13, 'not_printable'))) },
  { subject: sequence(attribute('2.5.4.3', tagged(0x0c, Buffer.of(0xff)))) },
];
const REQUESTS = [
  request([]),
  request([extensionRequest(...EXTENSIONS.slice(0, 3))]),
  request([extensionRequest(NAMES), sequence(oid('1.2.840.113549.1.9.7'), set(utf8('password')))]),
  request([extensionRequest(NAMES, NAMES)]),
  request([extensionRequest(extension('2.5.29.17', Buffer.of(1)))]),
  request([sequence(oid('1.2.3'), set())], rsa.publicKey),
  request([], ed25519.publicKey, sequence()),
];

it('certificates are read as OPA does', async () => {
  const ders = ORDERS.map(certificate);
  const [plain = Buffer.alloc(0), full = Buffer.alloc(0)] = ders;
  const both = pem('CERTIFICATE', plain) + pem('CERTIFICATE', full);
  const texts = [
    ...ders.map((der) => der.toString('base64')),
    Buffer.concat([plain, full]).toString('base64'),
    ...[both, Buffer.from(both).toString('base64'), `${both}trailing`, ` ${both}`, both.replaceAll('\n', '\r\n')],
    ...[pem('PUBLIC KEY', plain), `${pem('CERTIFICATE', plain)}${pem('X', full)}`, '', 'x', 'AAAA', '-----BEGIN'],
    ...[pem('CERTIFICATE', plain).replace('-----\n', '-----\nName: value\n\n'), pem('CERTIFICATE', Buffer.alloc(0))],
    pem('CERTIFICATE', plain).replace('END', 'FIN') + pem('CERTIFICATE', full),
  ];
  await expectAnswersOfOpa(texts.map((one) => callOf(CERTIFICATES, one)));
});

it('certificate requests are read as OPA does', async () => {
  const texts = REQUESTS.flatMap((der) => [
    der.toString('base64'),
    pem('CERTIFICATE REQUEST', der),
    Buffer.from(pem('CERTIFICATE REQUEST', der)).toString('base64'),
    Buffer.from(pem('CERTIFICATE', der)).toString('base64'),
    pem('NEW CERTIFICATE REQUEST', der),
    Buffer.concat([der, Buffer.of(0)]).toString('base64'),
  ]);
  await expectAnswersOfOpa([...texts, '', 'x'].map((one) => callOf(REQUEST, one)));
});

it('private keys are read as OPA does', async () => {
  const keys = [
    rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }),
    rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    p256.privateKey.export({ type: 'sec1', format: 'pem' }),
    p521.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    pem('CERTIFICATE', certificate()),
    `${pem('CERTIFICATE', certificate())}${rsa.privateKey.export({ type: 'pkcs1', format: 'pem' })}`,
  ].map(String);
  const texts = [...keys, ...keys.map((key) => Buffer.from(key).toString('base64')), '', 'x', 'AAAA'];
  await expectAnswersOfOpa(texts.map((one) => callOf(PRIVATE_KEY, one)));
});

it.each([
  ['certificates', CERTIFICATES, certificate({ subject: SUBJECT, extensions: EXTENSIONS })],
  ['certificate requests', REQUEST, request([extensionRequest(...EXTENSIONS.slice(0, 3))])],
])('%s in which one byte is another are read as OPA does, or not at all', async (_what, name, der) => {
  const calls: BuiltinCall[] = [];
  for (let at = 0; at < der.length; at += 3) {
    const changed = Buffer.from(der);
    changed[at] = (der[at] ?? 0) ^ (1 << (at % 8));
    const call = callOf(name, changed.toString('base64'));
    if (!isFault(call)) calls.push(call);
  }
  expect(calls.length).toBeGreaterThan(der.length / 4);
  await expectAnswersOfOpa(calls);
});

it.each([
  [
    'too many certificates',
    callOf(CERTIFICATES, Buffer.concat(Array.from({ length: 101 }, () => certificate())).toString('base64')),
    'more than 100',
  ],
  ['a long text', callOf(CERTIFICATES, 'A'.repeat(2 ** 20 + 4)), 'longer than'],
  [
    'a number of many digits',
    callOf(CERTIFICATES, certificate({ serial: integer(Buffer.alloc(5000, 1)) }).toString('base64')),
    'more than 16,800 bits',
  ],
  [
    'blocks that are all header',
    callOf(CERTIFICATES, '-----BEGIN X:-----\na:b\n-----END :\na:b\n'.repeat(20_000)),
    'more than 64 headers',
  ],
  [
    'name constraints',
    callOf(CERTIFICATES, certificate({ extensions: [extension('2.5.29.30', sequence())] }).toString('base64')),
    '2.5.29.30',
  ],
  [
    'text of a kind that Go reads in two ways',
    callOf(CERTIFICATES, certificate({ subject: sequence(attribute('2.5.4.3', text(0x14, 'x'))) }).toString('base64')),
    'not read here',
  ],
])('reading faults on %s', (_what, call, message) => {
  expect(() => hostAnswer(call)).toThrow(message);
});

function isFault(call: BuiltinCall): boolean {
  try {
    hostAnswer(call);
    return false;
  } catch (thrown) {
    if (thrown instanceof TypeError) return true;
    throw thrown;
  }
}
