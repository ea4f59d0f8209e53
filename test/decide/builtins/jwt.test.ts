import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type BuiltinCall, callOf, expectAnswersOfOpa, hostAnswer } from './opa-answers.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const smallRsa = generateKeyPairSync('rsa', { modulusLength: 768 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' });
const k256 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
const ed25519 = generateKeyPairSync('ed25519');
const SECRET = 'a secret of some length';

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const jwk = (key: KeyObject, more: object = {}): object => ({ ...key.export({ format: 'jwk' }), ...more });
const jwks = (...keys: readonly object[]): string => JSON.stringify({ keys });

function signed(alg: string, key: KeyObject | string, payload: unknown = { a: 1 }, header: object = {}): string {
  const input = `${part({ alg, ...header })}.${part(payload)}`;
  return `${input}.${signatureOf(alg, key, input).toString('base64url')}`;
}

function signatureOf(alg: string, key: KeyObject | string, input: string): Buffer {
  const hash = `sha${alg.slice(2)}`;
  if (typeof key === 'string') return createHmac(hash, key).update(input).digest();
  const data = Buffer.from(input);
  if (alg === 'EdDSA') return sign(null, data, key);
  if (alg.startsWith('ES')) return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
  return sign(hash, data, alg.startsWith('PS') ? { key, padding: 6, saltLength: 20 } : key);
}

const TOKENS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map((alg) => signed(alg, rsa.privateKey)),
  signed('RS256', smallRsa.privateKey),
  signed('ES256', p256.privateKey),
  signed('ES384', p384.privateKey),
  signed('ES512', p521.privateKey),
  signed('ES256', p384.privateKey), // a hash that is not of its curve
  signed('EdDSA', ed25519.privateKey),
  ...['HS256', 'HS384', 'HS512'].map((alg) => signed(alg, SECRET)),
  signed('HS256', pem(rsa.publicKey)), // a public key taken for a secret
  signed('RS256', rsa.privateKey, { a: 1 }, { kid: 'one' }),
  signed('RS256', rsa.privateKey, { a: 1 }, { kid: 'other' }),
  `${part({ alg: 'none' })}.${part({ a: 1 })}.`,
];
const KEYS = [
  ...[rsa, p256, p384, p521, ed25519, smallRsa, k256].flatMap(({ publicKey }) => [
    pem(publicKey),
    JSON.stringify(jwk(publicKey)),
  ]),
  jwks(jwk(p256.publicKey), jwk(rsa.publicKey)),
  jwks(jwk(p256.publicKey, { kid: 'one' }), jwk(rsa.publicKey, { kid: 'two' })),
  jwks(jwk(rsa.publicKey, { kid: 'one', alg: 'RS384' }), jwk(rsa.publicKey, { alg: 'RS256' })),
  jwks(jwk(rsa.publicKey, { alg: 'RSA-OAEP' })),
  jwks(jwk(rsa.publicKey, { alg: 'XX256' })),
  jwks({ kty: 'oct', k: part(SECRET) }),
  jwks(),
  jwks({ kty: 'RSA', n: 'AQAB' }),
  JSON.stringify(jwk(rsa.privateKey)),
  JSON.stringify(jwk(ed25519.privateKey)),
  `${pem(rsa.publicKey)}\n`,
  ...[
    ` ${pem(rsa.publicKey)}`,
    pem(rsa.publicKey).trim(),
    pem(rsa.publicKey).replaceAll('\n', '\r\n'),
    '',
    '{}',
    'x',
    '[]',
  ],
  pem(rsa.publicKey).replaceAll('PUBLIC', 'PRIVATE'),
];
const VERIFIERS = ['rs', 'ps', 'es'].flatMap((family) =>
  ['256', '384', '512'].map((bits) => `io.jwt.verify_${family}${bits}`),
);

const PAYLOADS: readonly unknown[] = [
  { iss: 'me', aud: 'you', exp: 1_772_445_601, nbf: 1_772_445_600 },
  { aud: ['x', 'you'], exp: 1_772_445_600.123 },
  { aud: ['x'], nbf: 1_772_445_600.124 },
  { aud: 7, iss: 'me' },
  { exp: '5' },
  { nbf: null },
  '{"exp": 1e400}',
  { big: 12345678901234567890n.toString() },
  '{"n": 12345678901234567890, "f": 1.50, "a": 1, "a": 2, "__proto__": 3, "exp": 9999999999.9999999999999}',
  '{"exp": 1e30000, "n": 1e-30000}',
  '{"n": 1e40000}',
  '{"n": 1e-40000}',
  '[1]',
  '{"a": 1} x',
  '',
];
const CONSTRAINTS = [
  { secret: SECRET },
  { secret: SECRET, iss: 'me', aud: 'you', time: 1_772_445_600_500_000_000 },
  { secret: SECRET, aud: 'you', time: 1_772_445_600_123_000_000 },
  { secret: SECRET, time: 1 },
  { secret: SECRET, alg: 'HS256', time: 0.5 },
  { secret: SECRET, alg: 'HS384' },
  { secret: SECRET, time: -1 },
  { secret: SECRET, time: '1' },
  { secret: SECRET, unknown: 1 },
  { secret: '' },
  { secret: SECRET, cert: pem(rsa.publicKey) },
  {},
  { cert: jwks({ kty: 'oct', k: part(SECRET) }), time: 5 },
  { cert: jwks(), time: 5 },
];
const HEADERS = [
  { crit: ['x'], x: 1 },
  { crit: ['x'] },
  { crit: [] },
  { crit: [1, 'x'], x: 1 },
  { crit: ['y', 1, 'x'], x: 1 },
  { crit: 'x' },
  { enc: 'x' },
  { kid: 1 },
  { typ: null },
  { alg: '' },
  { alg: 'hs256' },
  { alg: 'Ed25519' },
];
const MALFORMED = [
  ...['', '.', '..', 'a.b', 'a.b.c.d', '!.!.!', `${part({ alg: 'HS256' })}.${part({})}`, `${part({})}.${part({})}.`],
  ...[`${part('x')}.${part({})}.AA`, `${part({ alg: 'HS256' })}.!.AA`, `${part({ alg: 'HS256' })}.${part({})}.!`],
  ...[
    `${part({ alg: 'HS256' })}=.${part({})}.AA`,
    `${part({ a: 1 })}=.${part({})}.A`,
    `${part('\uFEFF{}')}.${part({})}.AA`,
  ],
];
const inner = signed('HS256', SECRET, { deep: true });
const NESTED = [
  signed('HS256', SECRET, inner, { cty: 'JWT' }),
  signed('HS256', SECRET, `"${inner}"`, { cty: 'JWT' }),
  signed('HS256', SECRET, `'"${inner}"'`, { cty: 'JWT' }),
  signed('HS256', SECRET, inner, { cty: 'jwt' }),
  signed('HS256', SECRET, signed('HS256', SECRET, inner, { cty: 'JwT' }), { cty: 'JWT' }),
  signed('HS256', 'another', inner, { cty: 'JWT' }),
];

describe('tokens are judged as OPA does', () => {
  it('by public keys in PEM, JWK and key sets', async () => {
    // A third of all combinations, which is every token with every key, and with every function.
    const names = [...VERIFIERS, 'io.jwt.verify_eddsa'];
    const calls = TOKENS.flatMap((token, t) =>
      KEYS.flatMap((key, k) => names.filter((_, n) => (t + k + n) % 3 === 0).map((name) => callOf(name, token, key))),
    );
    await expectAnswersOfOpa(calls);
  });

  it('by secrets', async () => {
    const names = ['256', '384', '512'].map((bits) => `io.jwt.verify_hs${bits}`);
    const calls = [...TOKENS, ...MALFORMED].flatMap((token) =>
      [SECRET, '', pem(rsa.publicKey)].flatMap((secret) => names.map((name) => callOf(name, token, secret))),
    );
    await expectAnswersOfOpa(calls);
  });

  it('by all constraints at once', async () => {
    const tokens = [...PAYLOADS.map((payload) => signed('HS256', SECRET, payload)), ...NESTED];
    const headed = HEADERS.map((header) => signed('HS256', SECRET, { a: 1 }, header));
    const calls: readonly BuiltinCall[] = [
      ...tokens.flatMap((token) =>
        CONSTRAINTS.map((constraints) => callOf('io.jwt.decode_verify', token, constraints)),
      ),
      ...[...headed, ...MALFORMED].map((token) => callOf('io.jwt.decode_verify', token, { secret: SECRET, time: 5 })),
      ...TOKENS.flatMap((token) => KEYS.map((cert) => callOf('io.jwt.decode_verify', token, { cert, time: 5 }))),
    ];
    await expectAnswersOfOpa(calls);
  });

  it('and decoded', async () => {
    const headed = HEADERS.map((header) => signed('HS256', SECRET, { a: 1 }, header));
    const tokens = [
      ...TOKENS,
      ...PAYLOADS.map((payload) => signed('HS256', SECRET, payload)),
      ...NESTED,
      ...headed,
      ...MALFORMED,
    ];
    await expectAnswersOfOpa([...tokens.map((token) => callOf('io.jwt.decode', token)), callOf('io.jwt.decode', 5)]);
  });
});

describe('a token or key that would keep the gate busy faults', () => {
  it.each([
    ['a long token', callOf('io.jwt.decode', `${'a'.repeat(300_000)}.b.c`), 'longer than'],
    [
      'many keys',
      callOf('io.jwt.verify_es256', inner, jwks(...Array.from({ length: 101 }, () => jwk(p256.publicKey)))),
      'more than 100 keys',
    ],
    [
      'a large key',
      callOf(
        'io.jwt.verify_rs256',
        inner,
        JSON.stringify({ kty: 'RSA', e: 'AQAB', n: Buffer.alloc(1025, 0xff).toString('base64url') }),
      ),
      'more than 8192 bits',
    ],
    [
      'a large exponent',
      callOf(
        'io.jwt.verify_rs256',
        inner,
        JSON.stringify({ ...jwk(rsa.publicKey), e: Buffer.alloc(8, 0xff).toString('base64url') }),
      ),
      'exponent',
    ],
    [
      'a name that is no algorithm',
      callOf('io.jwt.decode_verify', `${part({ alg: 'RSA_PKCS1v15_WITH_SHA256' })}.${part({})}.`, { secret: SECRET }),
      'no algorithm',
    ],
    [
      'bytes that are no UTF-8',
      callOf('io.jwt.decode', `${part({})}.${Buffer.from([0x22, 0xff, 0x22]).toString('base64url')}.`),
      'encoded data',
    ],
    [
      'a payload nested too deeply',
      callOf('io.jwt.decode', `${part({})}.${part(`{"a":${'['.repeat(60_000)}${']'.repeat(60_000)}}`)}.`),
      '',
    ],
  ])('%s', (_what, call, message) => {
    expect(() => hostAnswer(call)).toThrow(message);
  });
});

describe('without a time of its own, a token is judged at the time of the call', () => {
  const CALLED = 1_772_445_600.123;

  it.each([
    ['expires later', { exp: CALLED + 0.001 }, true],
    ['expires just then', { exp: CALLED }, false],
    ['begins just then', { nbf: CALLED }, true],
    ['begins later', { nbf: CALLED + 0.001 }, false],
  ])('one that %s', (_what, claims, isValid) => {
    const answer = hostAnswer(callOf('io.jwt.decode_verify', signed('HS256', SECRET, claims), { secret: SECRET }));
    expect(answer?.startsWith(`[${isValid},`)).toBe(true);
  });
});
