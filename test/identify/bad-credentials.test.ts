import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bearer, callTo, issueToken, openGate, refusalOf, type TestGate } from './fixtures.ts';
import { forge, NOW, otherKey, without } from './forged-tokens.ts';

type Headers = Readonly<Record<string, string>>;
const BAD_TOKENS: readonly (readonly [string, (gate: TestGate) => Headers | Promise<Headers>, string, string])[] = [
  ['no Authorization header', () => ({}), 'identity/missing', 'this needs an agent’s token or client certificate'],
  [
    'an empty Authorization header',
    () => ({ authorization: '' }),
    'identity/invalid',
    'the Authorization header must be of the form: Bearer TOKEN',
  ],
  ['an empty bearer', () => ({ authorization: 'Bearer' }), 'identity/invalid', 'the bearer token is empty'],
  [
    'an empty bearer and a space',
    () => ({ authorization: 'Bearer ' }),
    'identity/invalid',
    'the bearer token is empty',
  ],
  [
    'two spaces',
    async (g) => ({ authorization: `Bearer  ${await issueToken(g)}` }),
    'identity/invalid',
    'the token is malformed',
  ],
  [
    'Basic',
    () => ({ authorization: 'Basic ZGVwbG95LWJvdDp4' }),
    'identity/invalid',
    'the Authorization header must be of the form: Bearer TOKEN',
  ],
  [
    'a bare token',
    async (g) => ({ authorization: await issueToken(g) }),
    'identity/invalid',
    'the Authorization header must be of the form: Bearer TOKEN',
  ],
  [
    'two Authorization headers, joined',
    async (g) => ({ authorization: `Bearer ${await issueToken(g)}, Bearer x.y.z` }),
    'identity/invalid',
    'there is more than one Authorization header, or one with several values',
  ],
  [
    'something after the token',
    async (g) => ({ authorization: `Bearer ${await issueToken(g)} x` }),
    'identity/invalid',
    'the token is malformed',
  ],
  [
    'a second token for the upstream',
    async (g) => ({
      ...bearer(await issueToken(g)),
      'sec-websocket-protocol': 'v4.channel.k8s.io, Base64url.Bearer.Authorization.k8s.io.YQ',
    }),
    'identity/invalid',
    'a token in Sec-WebSocket-Protocol is not accepted; send it as Authorization: Bearer',
  ],
  [
    'an operator’s token',
    () => bearer(`sp_op_abcdefghijklmnop_${'A'.repeat(43)}`),
    'identity/invalid',
    'an operator’s token opens nothing here',
  ],
  ['no JWT', () => bearer('abc'), 'identity/invalid', 'the token is malformed'],
  ['four parts', () => bearer('a.b.c.d'), 'identity/invalid', 'the token is malformed'],
  ['dots alone', () => bearer('..'), 'identity/invalid', 'the token is malformed'],
  ['parts that are no JSON', () => bearer('YWJj.YWJj.YWJj'), 'identity/invalid', 'the token is malformed'],
  [
    'a token of 20,000 characters',
    () => bearer(`${'a'.repeat(20_000)}.b.c`),
    'identity/invalid',
    'the token is malformed',
  ],
  [
    'alg none, unsigned',
    (g) => bearer(forge(g, { alg: 'none' }, {}, 'nobody')),
    'identity/invalid',
    'the token is signed with an algorithm that is not accepted here',
  ],
  [
    'alg None, unsigned',
    (g) => bearer(forge(g, { alg: 'None' }, {}, 'nobody')),
    'identity/invalid',
    'the token is signed with an algorithm that is not accepted here',
  ],
  ['no alg', (g) => bearer(forge(g, { alg: '' })), 'identity/invalid', 'the token is malformed'],
  [
    'HS256 with the public key as its secret',
    (g) => bearer(forge(g, { alg: 'HS256' }, {}, 'public key as secret')),
    'identity/invalid',
    'the token is signed with an algorithm that is not accepted here',
  ],
  [
    'no signature',
    (g) => bearer(forge(g, {}, {}, 'nobody')),
    'identity/invalid',
    'the signature of the token does not hold',
  ],
  [
    'another key',
    (g) => bearer(forge(g, {}, {}, otherKey)),
    'identity/invalid',
    'the signature of the token does not hold',
  ],
  [
    'another key id',
    (g) => bearer(forge(g, { kid: 'other' })),
    'identity/invalid',
    'the token names another key (kid)',
  ],
  [
    'a crit header',
    (g) => bearer(forge(g, { crit: ['exp'], exp: 1 })),
    'identity/invalid',
    'the token needs something that is not supported here (alg or crit header)',
  ],
  [
    'a key of its own',
    (g) => bearer(forge(g, { jwk: createPublicKey(otherKey).export({ format: 'jwk' }).x ?? '' }, {}, otherKey)),
    'identity/invalid',
    'the signature of the token does not hold',
  ],
  ['no typ', (g) => bearer(forge(g, { typ: '' })), 'identity/invalid', 'the token is of another kind (typ)'],
  ['typ JWT', (g) => bearer(forge(g, { typ: 'JWT' })), 'identity/invalid', 'the token is of another kind (typ)'],
  [
    'another issuer',
    (g) => bearer(forge(g, {}, { iss: 'https://idp.example' })),
    'identity/invalid',
    'the token is from an issuer that this gate does not know',
  ],
  [
    'no issuer',
    (g) => bearer(forge(g, {}, without('iss'))),
    'identity/invalid',
    'the token does not say who issued it (iss)',
  ],
  [
    'a list of issuers',
    (g) => bearer(forge(g, {}, { iss: ['sallyport'] })),
    'identity/invalid',
    'the token does not say who issued it (iss)',
  ],
  [
    'another gate’s audience',
    (g) => bearer(forge(g, {}, { aud: 'sallyport:gate-2' })),
    'identity/invalid',
    'the token is for another audience (aud)',
  ],
  [
    'no audience',
    (g) => bearer(forge(g, {}, without('aud'))),
    'identity/invalid',
    'the token is for another audience (aud)',
  ],
  ['an expired token', (g) => bearer(forge(g, {}, { exp: NOW })), 'identity/expired', 'the token has expired'],
  [
    'no end',
    (g) => bearer(forge(g, {}, without('exp'))),
    'identity/invalid',
    'the token\'s claim "exp" is missing or not acceptable',
  ],
  [
    'an end in words',
    (g) => bearer(forge(g, {}, { exp: 'never' })),
    'identity/invalid',
    'the token\'s claim "exp" is missing or not acceptable',
  ],
  [
    'a token that is not valid yet',
    (g) => bearer(forge(g, {}, { nbf: NOW + 1 })),
    'identity/invalid',
    'the token is not valid yet (nbf)',
  ],
  [
    'no id',
    (g) => bearer(forge(g, {}, without('jti'))),
    'identity/invalid',
    'the token\'s claim "jti" is missing or not acceptable',
  ],
  [
    'no route',
    (g) => bearer(forge(g, {}, without('route'))),
    'identity/invalid',
    'the token lacks what this gate puts into its own',
  ],
  [
    'another route',
    (g) => bearer(forge(g, {}, { route: 'prod' })),
    'identity/invalid',
    'the token is for route "prod", and this is "staging"',
  ],
  [
    'any route',
    (g) => bearer(forge(g, {}, { route: '*' })),
    'identity/invalid',
    'the token is for route "*", and this is "staging"',
  ],
  [
    'an agent that is not there',
    (g) => bearer(forge(g, {}, { sub: 'ghost' })),
    'identity/unknown',
    '"ghost" is no agent of this gate',
  ],
  [
    'a prototype’s name',
    (g) => bearer(forge(g, {}, { sub: '__proto__' })),
    'identity/unknown',
    '"__proto__" is no agent of this gate',
  ],
];

describe('a bad credential', () => {
  it.each(BAD_TOKENS)('is refused: %s', async (_case, headers, code, message) => {
    const gate = await openGate();
    const call = callTo('staging', await headers(gate));
    expect(await refusalOf(() => gate.identify(call))).toEqual([code, message]);
    // Again, because a refusal must not depend on what the first call left behind.
    expect(await refusalOf(() => gate.identify(call))).toEqual([code, message]);
  });

  it('is told in words that hold nothing of the credential', async () => {
    const gate = await openGate();
    for (const [, headers] of BAD_TOKENS) {
      const sent = await headers(gate);
      const [, message] = await refusalOf(() => gate.identify(callTo('staging', sent)));
      const pieces = Object.values(sent)
        .flatMap((value) => value.split(/[ .,]+/))
        .filter((piece) => piece.length > 13);
      expect(pieces.filter((piece) => message.includes(piece))).toEqual([]);
    }
  });
});
