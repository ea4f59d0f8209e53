import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/json.ts';
import {
  BOT,
  bearer,
  callTo,
  DAY,
  everythingIn,
  issueToken,
  MINUTE,
  openGate,
  refusalOf,
  START,
  type TestGate,
} from './fixtures.ts';

const NOW = START.getTime() / 1000;
const HOUR = 3600;

const CLAIMS = {
  iss: 'sallyport',
  aud: 'sallyport:gate-1',
  sub: 'deploy-bot',
  jti: 'forged',
  route: 'staging',
  iat: NOW,
  nbf: NOW,
  exp: NOW + HOUR,
};

/** A token made by hand, so that it can be wrong in every way; signed with the gate's own key unless told otherwise. */
function forge(
  { key }: TestGate,
  header: JsonObject = {},
  claims: Readonly<Record<string, Json | undefined>> = {},
  signWith: KeyObject | 'nobody' | 'public key as secret' = key.privateKey,
): string {
  const parts = [
    { alg: 'EdDSA', typ: 'sallyport-agent+jwt', kid: key.kid, ...header },
    { ...CLAIMS, ...claims },
  ];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  if (signWith === 'nobody') return `${signed}.`;
  if (signWith === 'public key as secret') {
    const pem = key.publicKey.export({ type: 'spki', format: 'pem' });
    return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`;
  }
  return `${signed}.${sign(null, Buffer.from(signed), signWith).toString('base64url')}`;
}

const otherKey = generateKeyPairSync('ed25519').privateKey;
const without = (...names: readonly (keyof typeof CLAIMS)[]) =>
  Object.fromEntries(names.map((name) => [name, undefined]));

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

describe('a good token', () => {
  it('names its agent, first after verifying it and then at once', async () => {
    const gate = await openGate();
    const issued = await gate.tokens.issue({
      agent: BOT.id,
      route: 'staging',
      intent: 'intent-7',
      by: 'ada',
      why: 'to connect kubectl',
    });
    const call = callTo('staging', bearer(issued.token));
    const principal = {
      agent: gate.registry.agent(BOT.id),
      credential: 'token',
      credentialId: issued.id,
      intent: 'intent-7',
      credentialExpires: '2026-06-01T20:00:00.000Z',
    };
    const first = gate.identify(call);
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toEqual(principal);
    expect(gate.identify(call)).toEqual(principal);
    expect(gate.identify(callTo('staging', { authorization: `bearer ${issued.token}` }))).toEqual(principal);
    expect(await refusalOf(() => gate.identify(callTo('prod', bearer(issued.token))))).toEqual([
      'identity/invalid',
      'the token is for route "staging", and this is "prod"',
    ]);
  });

  it('is good until the very millisecond of its end', async () => {
    const gate = await openGate();
    const call = callTo('staging', bearer(await issueToken(gate, 60)));
    await gate.identify(call);
    gate.sources.advance(MINUTE - 1);
    expect(await gate.identify(call)).toMatchObject({ credential: 'token' });
    gate.sources.advance(1);
    expect(await refusalOf(() => gate.identify(call))).toEqual(['identity/expired', 'the token has expired']);
  });

  it.each<[string, (gate: TestGate) => unknown, readonly [string, string]]>([
    [
      'its agent is revoked',
      (g) => g.registry.revoke(BOT.id, 'ada', 'stolen'),
      ['identity/revoked', 'agent deploy-bot was revoked'],
    ],
    [
      'it is revoked itself',
      (g) => g.registry.revokeToken('id-2', 'ada', 'leaked', null),
      ['identity/revoked', 'the token was revoked'],
    ],
    [
      'all of the agent’s tokens are revoked',
      (g) => g.registry.revokeTokens(BOT.id, 'ada', 'leaked'),
      ['identity/revoked', 'the token was revoked'],
    ],
    [
      'the grant of its agent ends',
      async (g) => {
        await g.registry.renew(BOT.id, '2026-06-01T12:05:00Z', 'ada', 'nearly done');
        g.sources.advance(5 * MINUTE);
      },
      ['identity/expired', 'the grant of agent deploy-bot ended at 2026-06-01T12:05:00.000Z'],
    ],
  ])('is refused from the next call on when %s', async (_case, happen, refusal) => {
    const gate = await openGate();
    const token = await gate.tokens.issue({ agent: BOT.id, route: 'staging', by: 'ada', why: 'kubectl' });
    expect(token.id).toBe('id-2');
    const call = callTo('staging', bearer(token.token));
    await gate.identify(call);
    await happen(gate);
    expect(await refusalOf(() => gate.identify(call))).toEqual(refusal);
  });

  it('issued a millisecond after all others were revoked is good', async () => {
    const gate = await openGate();
    const before = await issueToken(gate);
    await gate.registry.revokeTokens(BOT.id, 'ada', 'leaked');
    gate.sources.advance(1);
    const after = await issueToken(gate);
    expect(await gate.identify(callTo('staging', bearer(after)))).toMatchObject({ credential: 'token' });
    expect(await refusalOf(() => gate.identify(callTo('staging', bearer(before))))).toEqual([
      'identity/revoked',
      'the token was revoked',
    ]);
  });

  it('shows the agent as it is now, not as it was when the token was first seen', async () => {
    const gate = await openGate();
    const call = callTo('staging', bearer(await issueToken(gate)));
    await gate.identify(call);
    await gate.registry.setLevel(BOT.id, 0, 'ada', 'a bad week');
    expect(await gate.identify(call)).toMatchObject({ agent: { level: 0 } });
  });
});

describe('issuing', () => {
  it('records who had a token issued, for what and until when, and never the token', async () => {
    const gate = await openGate();
    const token = await issueToken(gate, 600);
    const leaves = await gate.store.leaves(0, 10);
    expect(JSON.parse(leaves[1]?.leaf ?? '')).toEqual({
      v: 1,
      kind: 'changed',
      id: 'id-3',
      time: START.toISOString(),
      what: 'token.issued',
      agent: BOT.id,
      by: 'ada',
      why: 'to connect kubectl',
      before: null,
      after: { credential: 'id-2', route: 'staging', expires: '2026-06-01T12:10:00.000Z' },
    });
    const stored = await everythingIn(gate.store);
    const pem = gate.key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const secret of [...token.split('.').slice(1), ...pem.split('\n').filter((line) => !line.startsWith('-'))]) {
      if (secret !== '') expect(stored).not.toContain(secret);
    }
  });

  it('never outlives the grant', async () => {
    const gate = await openGate();
    await gate.registry.renew(BOT.id, '2026-06-01T13:00:00Z', 'ada', 'nearly done');
    const issued = await gate.tokens.issue({ agent: BOT.id, route: 'staging', by: 'ada', why: 'kubectl' });
    expect(issued.expires).toBe('2026-06-01T13:00:00.000Z');
  });

  it.each<[string, JsonObject, string, string]>([
    ['an agent that is not there', { agent: 'ghost' }, 'request/not-found', 'there is no agent "ghost"'],
    [
      'a route outside its scope',
      { route: 'other' },
      'request/invalid',
      'agent "deploy-bot" has no route "other" in its scope',
    ],
    [
      'eight days',
      { ttlSeconds: 8 * 24 * HOUR },
      'request/invalid',
      'a token lives a whole number of seconds, 1 minute to 7 days',
    ],
    ['a second', { ttlSeconds: 1 }, 'request/invalid', 'a token lives a whole number of seconds, 1 minute to 7 days'],
    ['no reason', { why: '' }, 'request/invalid', 'why must have 1 to 1000 characters'],
  ])('is refused for %s', async (_case, wrong, code, message) => {
    const gate = await openGate();
    const order = Object.assign({ agent: BOT.id, route: 'staging', by: 'ada', why: 'kubectl' }, wrong);
    expect(await refusalOf(() => gate.tokens.issue(order))).toEqual([code, message]);
    expect(await gate.store.size()).toBe(1);
  });

  it('is refused for an agent that is revoked or whose grant is over', async () => {
    const gate = await openGate();
    gate.sources.advance(90 * DAY);
    expect(await refusalOf(() => issueToken(gate))).toEqual([
      'request/invalid',
      'the grant of agent "deploy-bot" is over',
    ]);
    await gate.registry.revoke(BOT.id, 'ada', 'done');
    expect(await refusalOf(() => issueToken(gate))).toEqual(['request/invalid', 'agent "deploy-bot" is revoked']);
  });

  it('makes what jose reads as an Ed25519 JWT of this gate', async () => {
    const gate = await openGate();
    const byJose = await new SignJWT({ route: 'staging' })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'sallyport-agent+jwt', kid: gate.key.kid })
      .setIssuer('sallyport')
      .setAudience('sallyport:gate-1')
      .setSubject(BOT.id)
      .setJti('forged')
      .setIssuedAt(NOW)
      .setNotBefore(NOW)
      .setExpirationTime(NOW + HOUR)
      .sign(gate.key.privateKey);
    expect(await gate.identify(callTo('staging', bearer(byJose)))).toEqual(
      await gate.identify(callTo('staging', bearer(forge(gate)))),
    );
  });
});
