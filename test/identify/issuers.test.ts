import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createIssuers } from '../../src/identify/issuers.ts';
import type { Json } from '../../src/json.ts';
import { BOT, bearer, callTo, MINUTE, openGate, refusalOf, START, type TestGate, temporaryFolder } from './fixtures.ts';

const ISSUER = 'https://ci.example';
const AUDIENCE = 'sallyport-prod';
const SUBJECT = 'repo:payments/deploy';
const NOW = START.getTime() / 1000;
const IDENTITIES = [{ issuer: ISSUER, subject: SUBJECT }];

/** Claims that replace or, as undefined, remove the usual ones. */
type Claims = Readonly<Record<string, Json | undefined>>;

interface Signer {
  readonly alg: string;
  readonly kid: string;
  readonly jwk: JWK;
  sign(claims?: Claims, header?: { readonly typ?: string; readonly kid?: string }): Promise<string>;
}

async function createSigner(kid: string, alg = 'ES256'): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return {
    alg,
    kid,
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    sign: (claims = {}, header = {}) =>
      new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: SUBJECT, iat: NOW, exp: NOW + 3600, ...claims })
        .setProtectedHeader({ alg, kid, ...header })
        .sign(privateKey),
  };
}

/** A real issuer's key endpoint. */
async function serveKeys(initial: readonly JWK[]) {
  let keys: readonly JWK[] = initial;
  let answer: (() => readonly [status: number, body: string]) | undefined;
  let asked = 0;
  const server: Server = createServer((_request, response) => {
    asked += 1;
    const [status, body] = answer?.() ?? [200, JSON.stringify({ keys })];
    response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(close);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}/keys`,
    close,
    asked: () => asked,
    publish: (next: readonly JWK[]) => {
      keys = next;
    },
    answer: (next: typeof answer) => {
      answer = next;
    },
  };
}

const issuerAt = (jwks: string) => ({ issuer: ISSUER, audience: AUDIENCE, jwks });
const identifyWith = (gate: TestGate, token: string) => gate.identify(callTo('staging', bearer(token)));
const UNREACHABLE = [
  'identity/invalid',
  `the keys of issuer "${ISSUER}" cannot be had, so its tokens cannot be checked`,
] as const;

describe('a JWT of a configured issuer', () => {
  it.each(['ES256', 'RS256', 'PS384', 'EdDSA'])(
    'signed with %s names the agent that holds its subject',
    async (alg) => {
      const signer = await createSigner('key-1', alg);
      const keys = await serveKeys([signer.jwk]);
      const gate = await openGate({ issuers: [issuerAt(keys.url)], identities: IDENTITIES });
      const token = await signer.sign();
      const principal = await identifyWith(gate, token);
      expect(principal).toEqual({
        agent: gate.registry.agent(BOT.id),
        credential: 'jwt',
        credentialId: expect.stringMatching(/^jwt:[0-9a-f]{64}$/),
        intent: undefined,
        // Thirty seconds of skew are tolerated.
        credentialExpires: '2026-06-01T13:00:30.000Z',
      });
      expect(identifyWith(gate, token)).toEqual(principal);
      await gate.registry.revokeToken(principal.credentialId, 'ada', 'leaked', null);
      expect(await refusalOf(() => identifyWith(gate, token))).toEqual(['identity/revoked', 'the token was revoked']);
    },
  );

  it.each<[string, Claims, string, string]>([
    ['another audience', { aud: 'sallyport' }, 'identity/invalid', 'the token is for another audience (aud)'],
    [
      'an audience that begins alike',
      { aud: `${AUDIENCE}-eu` },
      'identity/invalid',
      'the token is for another audience (aud)',
    ],
    [
      'an issuer with a slash',
      { iss: `${ISSUER}/` },
      'identity/invalid',
      'the token is from an issuer that this gate does not know',
    ],
    [
      'the gate as its issuer',
      { iss: 'sallyport' },
      'identity/invalid',
      'the token is signed with an algorithm that is not accepted here',
    ],
    ['no end', { exp: undefined }, 'identity/invalid', 'the token\'s claim "exp" is missing or not acceptable'],
    ['an end beyond the skew', { exp: NOW - 30 }, 'identity/expired', 'the token has expired'],
    ['a beginning beyond the skew', { nbf: NOW + 31 }, 'identity/invalid', 'the token is not valid yet (nbf)'],
    ['no subject', { sub: undefined }, 'identity/invalid', 'the token\'s claim "sub" is missing or not acceptable'],
    ['an empty subject', { sub: '' }, 'identity/invalid', 'the token’s sub or exp is not acceptable'],
    ['an end beyond all time', { exp: 1e300 }, 'identity/invalid', 'the token’s sub or exp is not acceptable'],
    [
      'a subject nobody holds',
      { sub: 'repo:other' },
      'identity/unknown',
      '"repo:other of https://ci.example" is no agent of this gate',
    ],
    [
      'an agent’s id as its subject',
      { sub: BOT.id },
      'identity/unknown',
      '"deploy-bot of https://ci.example" is no agent of this gate',
    ],
  ])('is refused with %s', async (_case, claims, code, message) => {
    const signer = await createSigner('key-1');
    const keys = await serveKeys([signer.jwk]);
    const gate = await openGate({ issuers: [issuerAt(keys.url)], identities: IDENTITIES });
    const token = await signer.sign(claims);
    expect(await refusalOf(() => identifyWith(gate, token))).toEqual([code, message]);
  });

  it('is tolerated within the skew, and not a second more', async () => {
    const signer = await createSigner('key-1');
    const keys = await serveKeys([signer.jwk]);
    const gate = await openGate({ issuers: [issuerAt(keys.url)], identities: IDENTITIES });
    const token = await signer.sign({ exp: NOW - 29, nbf: NOW + 30 });
    expect(await identifyWith(gate, token)).toMatchObject({ credential: 'jwt' });
    gate.sources.advance(1000);
    expect(await refusalOf(() => identifyWith(gate, token))).toEqual(['identity/expired', 'the token has expired']);
  });

  it('is refused when it is signed with the public key as a shared secret', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'key-1' };
    const keys = await serveKeys([jwk]);
    const gate = await openGate({ issuers: [issuerAt(keys.url)], identities: IDENTITIES });
    const token = await new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: SUBJECT, exp: NOW + 60 })
      .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
      .sign(new TextEncoder().encode(await exportSPKI(publicKey)));
    expect(await refusalOf(() => identifyWith(gate, token))).toEqual([
      'identity/invalid',
      'the token is signed with an algorithm that is not accepted here',
    ]);
    expect(keys.asked()).toBe(0);
  });

  it('is refused when another configured issuer signed it', async () => {
    const [ours, theirs] = [await createSigner('key-1'), await createSigner('key-1')];
    const [ourKeys, theirKeys] = [await serveKeys([ours.jwk]), await serveKeys([theirs.jwk])];
    const issuers = [
      issuerAt(ourKeys.url),
      { issuer: 'https://other.example', audience: AUDIENCE, jwks: theirKeys.url },
    ];
    const gate = await openGate({ issuers, identities: IDENTITIES });
    expect(await refusalOf(async () => identifyWith(gate, await theirs.sign()))).toEqual([
      'identity/invalid',
      'the signature of the token does not hold',
    ]);
    const own = await theirs.sign({ iss: 'https://other.example' });
    expect(await refusalOf(() => identifyWith(gate, own))).toEqual([
      'identity/unknown',
      '"repo:payments/deploy of https://other.example" is no agent of this gate',
    ]);
  });
});

describe('the keys of an issuer', () => {
  it('may rotate: a new key id is fetched, a withdrawn one stops within a minute', async () => {
    const [old, next] = [await createSigner('key-1'), await createSigner('key-2')];
    const keys = await serveKeys([old.jwk]);
    const gate = await openGate({ issuers: [issuerAt(keys.url)], identities: IDENTITIES, cooldown: 0 });
    const [oldToken, nextToken] = [await old.sign(), await next.sign()];
    await identifyWith(gate, oldToken);
    keys.publish([next.jwk]);
    expect(await identifyWith(gate, nextToken)).toMatchObject({ credential: 'jwt' });
    expect(await identifyWith(gate, oldToken)).toMatchObject({ credential: 'jwt' });
    gate.sources.advance(MINUTE);
    expect(await refusalOf(() => identifyWith(gate, oldToken))).toEqual([
      'identity/invalid',
      'no single key of the issuer matches the token',
    ]);
  });

  it('are not asked for again for every unknown key id', async () => {
    const [signer, stranger] = [await createSigner('key-1'), await createSigner('key-9')];
    const keys = await serveKeys([signer.jwk]);
    const gate = await openGate({ issuers: [issuerAt(keys.url)], identities: IDENTITIES });
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const token = await stranger.sign({ jti: String(attempt) });
      expect((await refusalOf(() => identifyWith(gate, token)))[0]).toBe('identity/invalid');
    }
    expect(await identifyWith(gate, await signer.sign())).toMatchObject({ credential: 'jwt' });
    expect(keys.asked()).toBe(1);
  });

  it.each<[string, readonly [number, string]]>([
    ['are an error', [500, 'no']],
    ['are elsewhere', [302, '']],
    ['are no JSON', [200, '<html>']],
    ['are another JSON', [200, '{"keys": 1}']],
    ['are endless', [200, `{"keys": [], "x": "${'x'.repeat(1_100_000)}"}`]],
  ])('that %s are not asked for at once again, and nothing is accepted meanwhile', async (_case, answer) => {
    const signer = await createSigner('key-1');
    const keys = await serveKeys([signer.jwk]);
    const gate = await openGate({ issuers: [issuerAt(keys.url)], identities: IDENTITIES });
    const token = await signer.sign();
    keys.answer(() => answer);
    expect(await refusalOf(() => identifyWith(gate, token))).toEqual(UNREACHABLE);
    keys.answer(undefined);
    expect(await refusalOf(() => identifyWith(gate, token))).toEqual(UNREACHABLE);
    expect(keys.asked()).toBe(1);
    gate.sources.advance(5000);
    expect(await identifyWith(gate, token)).toMatchObject({ credential: 'jwt' });
  });

  it('that cannot be reached let no new key id in, and those that are known go on', async () => {
    const [signer, stranger] = [await createSigner('key-1'), await createSigner('key-2')];
    const keys = await serveKeys([signer.jwk]);
    const gate = await openGate({ issuers: [issuerAt(keys.url)], identities: IDENTITIES, cooldown: 0 });
    await identifyWith(gate, await signer.sign({ jti: '1' }));
    await keys.close();
    expect(await refusalOf(async () => identifyWith(gate, await stranger.sign()))).toEqual(UNREACHABLE);
    expect(await identifyWith(gate, await signer.sign({ jti: '2' }))).toMatchObject({ credential: 'jwt' });
  });

  it('in a file are read again when it changes, and missed when it goes bad', async () => {
    const [old, next] = [await createSigner('key-1'), await createSigner('key-2')];
    const path = join(await temporaryFolder(), 'jwks.json');
    await writeFile(path, JSON.stringify({ keys: [old.jwk] }));
    const gate = await openGate({ issuers: [issuerAt(path)], identities: IDENTITIES });
    expect(await identifyWith(gate, await old.sign())).toMatchObject({ credential: 'jwt' });
    await writeFile(path, JSON.stringify({ keys: [next.jwk], note: 'rotated' }));
    expect(await identifyWith(gate, await next.sign())).toMatchObject({ credential: 'jwt' });
    expect(await refusalOf(async () => identifyWith(gate, await old.sign({ jti: 'new' })))).toEqual([
      'identity/invalid',
      'no single key of the issuer matches the token',
    ]);
    await writeFile(path, '{');
    expect(await refusalOf(async () => identifyWith(gate, await next.sign({ jti: 'new' })))).toEqual(UNREACHABLE);
  });
});

describe('configured issuers', () => {
  const good = issuerAt('https://ci.example/keys');
  const name = JSON.stringify(ISSUER);
  it.each<[string, Parameters<typeof createIssuers>[0]['issuers'], string]>([
    ['twice', [good, good], `identity.issuers: ${name} is there twice`],
    ['called sallyport', [{ ...good, issuer: 'sallyport' }], 'identity.issuers: "sallyport" is the gate\'s own name'],
    ['without audience', [{ ...good, audience: '' }], `identity.issuers: ${name} needs an issuer and an audience`],
    [
      'with keys over plain HTTP',
      [issuerAt('http://ci.example/keys')],
      `the jwks of issuer ${name} must be an https URL or a file`,
    ],
    [
      'with keys over plain HTTP, nearly local',
      [issuerAt('http://localhost.example/keys')],
      `the jwks of issuer ${name} must be an https URL or a file`,
    ],
    [
      'with keys over FTP',
      [issuerAt('ftp://127.0.0.1/keys')],
      `the jwks of issuer ${name} must be an https URL or a file`,
    ],
    ['with keys nowhere', [issuerAt('https://')], `the jwks of issuer ${name} must be an https URL or a file`],
  ])('are refused %s', async (_case, issuers, message) => {
    expect(await refusalOf(() => createIssuers({ issuers, skew: 30, now: () => START }))).toEqual([
      'config/invalid',
      message,
    ]);
  });

  it('are refused with an hour of skew', async () => {
    const options = { issuers: [], skew: 3600, now: () => START };
    expect(await refusalOf(() => createIssuers(options))).toEqual([
      'config/invalid',
      'identity.skew must be 0 to 300 seconds',
    ]);
  });
});
