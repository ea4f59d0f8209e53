import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Issuer, OperatorIssuer } from '../../../src/config.ts';
import type { Identity } from '../../../src/identify/agent.ts';
import { FederatedOperators } from '../../../src/identify/oidc/federated-operators.ts';
import { OperatorIssuers } from '../../../src/identify/oidc/operator-issuers.ts';
import { personId } from '../../../src/identify/oidc/person.ts';
import { OperatorAccess } from '../../../src/identify/operator-access.ts';
import { Operators } from '../../../src/identify/operators.ts';
import { MINUTE, refusalOf, START, TestSources } from '../fixtures.ts';
import { MemoryStore } from '../memory-store.ts';
import { AUDIENCE, type Claims, type IssuerLab, startIssuer } from './issuer-lab.ts';

let idp: IssuerLab;

beforeAll(async () => {
  idp = await startIssuer();
});

afterAll(() => idp.close());

const NOW = START.getTime() / 1000;
const SRE = { groups: ['sre'] };

async function open(
  options: {
    readonly store?: MemoryStore;
    readonly issuers?: readonly OperatorIssuer[];
    readonly agents?: readonly Issuer[];
    readonly isAgent?: (identity: Identity) => boolean;
  } = {},
) {
  const store = options.store ?? new MemoryStore();
  const sources = new TestSources();
  const { now } = sources;
  const local = await Operators.open(store, sources, randomBytes);
  const federated = await FederatedOperators.open(store, sources, options.isAgent ?? (() => false));
  const { agents = [] } = options;
  const issuers = new OperatorIssuers({
    issuers: options.issuers ?? [idp.config()],
    agents,
    skew: 30,
    now,
    cooldown: 0,
  });
  const access = new OperatorAccess({ local, federated, issuers, now });
  const admit = async (claims: Claims = SRE) => access.admit(`Bearer ${await idp.sign(claims, START)}`);
  return { store, sources, local, access, admit };
}

const changes = async (store: MemoryStore) => (await store.leaves(0, 100)).map(({ leaf }) => JSON.parse(leaf));

describe('a token of an issuer of operators', () => {
  it('is somebody with the role and groups of their claims, recorded when they first come', async () => {
    const { store, access, admit } = await open();
    const id = personId({ issuer: idp.issuer, subject: 'ada' });
    const { caller, expires } = await admit();
    expect(caller).toEqual({ id, name: 'Ada', role: 'approver', groups: ['sre'], aliases: ['Ada', 'ada'] });
    expect(new Date(expires).toISOString()).toBe('2026-06-01T13:00:30.000Z');
    await admit();
    const known = {
      ...caller,
      issuer: idp.issuer,
      subject: 'ada',
      seenAt: START.toISOString(),
      asOf: START.toISOString(),
      revokedBy: null,
      revokedAt: null,
    };
    expect(await changes(store)).toEqual([
      {
        v: 1,
        kind: 'changed',
        id: expect.any(String),
        time: START.toISOString(),
        what: 'operator.recognised',
        by: id,
        why: 'came for the first time',
        operator: id,
        before: null,
        after: known,
      },
    ]);
    expect(access.list()).toEqual([known]);
  });

  it('is one newcomer however often they come at once', async () => {
    const { store, admit } = await open();
    await Promise.all([admit(), admit(), admit()]);
    expect(await changes(store)).toHaveLength(1);
  });

  it.each<[string, Claims, string]>([
    ['another audience', { ...SRE, aud: 'agents' }, 'the token is for another audience (aud)'],
    ['the audience of its logins', { ...SRE, aud: 'sallyport-login' }, 'the token is for another audience (aud)'],
    [
      'an issuer that is not configured',
      { ...SRE, iss: 'https://elsewhere.example' },
      'the token is from an issuer that makes no operators of this gate',
    ],
    [
      'the gate as its issuer',
      { ...SRE, iss: 'sallyport' },
      'the token is from an issuer that makes no operators of this gate',
    ],
    ['no end', { ...SRE, exp: undefined }, 'the token\'s claim "exp" is missing or not acceptable'],
    ['an end that is over', { ...SRE, exp: NOW - 30 }, 'the token has expired'],
    ['a beginning to come', { ...SRE, nbf: NOW + 31 }, 'the token is not valid yet (nbf)'],
    ['no subject', { ...SRE, sub: undefined }, 'the token\'s claim "sub" is missing or not acceptable'],
    [
      'no claim that gives a role',
      { groups: ['chess'] },
      'the issuer knows you, but none of your claims gives you a role at this gate',
    ],
  ])('is refused with %s, and nobody is recorded', async (_name, claims, message) => {
    const { store, admit } = await open();
    expect(await refusalOf(() => admit(claims))).toEqual(['operator/unauthorized', message]);
    expect(await store.size()).toBe(0);
  });

  it('is refused when it is for agents of the same issuer too', async () => {
    const agents = [{ issuer: idp.issuer, audience: 'agents', jwks: `${idp.issuer}/keys` }];
    const { admit } = await open({ agents });
    expect(await refusalOf(() => admit({ ...SRE, aud: [AUDIENCE, 'agents'] }))).toEqual([
      'operator/unauthorized',
      'the token is for agents too (aud)',
    ]);
  });

  it('is refused when its subject is an agent, also of who was an operator before', async () => {
    let agent: string | undefined;
    const { access, admit } = await open({ isAgent: ({ subject }) => subject === agent });
    const { caller, current } = await admit();
    agent = 'ada';
    expect([access.find(caller.id), current()]).toEqual([undefined, undefined]);
    expect(await refusalOf(() => admit())).toEqual([
      'operator/unauthorized',
      'this identity is an agent’s, and an agent is never an operator',
    ]);
  });

  it('ends with its time, and what it opened ends with it', async () => {
    const { sources, admit } = await open();
    const { current } = await admit();
    sources.advance(60 * MINUTE + 29_999);
    expect(current()).toMatchObject({ name: 'Ada' });
    sources.advance(1);
    expect(current()).toBeUndefined();
    expect(await refusalOf(() => admit())).toEqual(['operator/unauthorized', 'the token has expired']);
  });

  it('of a key that was withdrawn is refused, and one of the new key is not', async () => {
    const { access } = await open();
    const old = await idp.sign(SRE, START);
    await access.admit(`Bearer ${old}`);
    await idp.rotate();
    const next = await idp.sign(SRE, START);
    expect((await access.admit(`Bearer ${next}`)).caller.name).toBe('Ada');
    expect(await refusalOf(() => access.admit(`Bearer ${old}`))).toEqual([
      'operator/unauthorized',
      'no single key of the issuer matches the token',
    ]);
  });
});

describe('what the issuer said last counts', () => {
  it('another role is recorded, and an older token does not bring the old one back', async () => {
    const { store, access, admit } = await open();
    const before = await admit({ groups: ['owners'], iat: NOW - 60 });
    const after = await admit({ groups: ['sre'], iat: NOW });
    expect([before.caller.role, after.caller.role, before.current()?.role]).toEqual([
      'administrator',
      'approver',
      'approver',
    ]);
    expect((await admit({ groups: ['owners'], iat: NOW - 60 })).caller.role).toBe('approver');
    expect((await changes(store)).map(({ what, why }) => [what, why])).toEqual([
      ['operator.recognised', 'came for the first time'],
      ['operator.recognised', 'their issuer says something else of them'],
    ]);
    expect(access.list()).toHaveLength(1);
  });
});

describe('somebody who is revoked', () => {
  it('is out at once with every token, after a restart too, and stays who they were', async () => {
    const { store, access, admit } = await open();
    const { caller, current } = await admit();
    const revoked = await access.revoke(caller.id, 'root', 'lost a laptop');
    expect(revoked).toMatchObject({ revokedBy: 'root', revokedAt: START.toISOString() });
    expect(current()).toBeUndefined();
    const told = ['operator/unauthorized', 'this operator was revoked'];
    expect(await refusalOf(() => admit({ groups: ['owners'] }))).toEqual(told);
    const again = await open({ store });
    expect(await refusalOf(() => again.admit())).toEqual(told);
    expect(again.access.list()).toEqual([revoked]);
    expect(await refusalOf(() => access.revoke(caller.id, 'root'))).toEqual([
      'request/invalid',
      'Ada is revoked already',
    ]);
  });

  it('must have come before', async () => {
    const { access } = await open();
    const id = personId({ issuer: idp.issuer, subject: 'nobody' });
    expect(await refusalOf(() => access.revoke(id, 'root'))).toEqual([
      'request/not-found',
      'there is no such operator',
    ]);
  });
});

describe('a gate does not start', () => {
  it.each<[string, string, string]>([
    ['tokens', AUDIENCE, `"${AUDIENCE}"`],
    ['logins', 'sallyport-login', '"sallyport-login"'],
  ])('when agents’ tokens have the audience of operators’ %s', async (_name, audience, named) => {
    const agents = [{ issuer: idp.issuer, audience, jwks: `${idp.issuer}/keys` }];
    expect(await refusalOf(() => open({ agents }))).toEqual([
      'config/invalid',
      `operators.issuers: ${named} is the audience of agents' tokens of ${idp.issuer} too`,
    ]);
  });

  it('on somebody in the store who cannot be read', async () => {
    const store = new MemoryStore();
    await store.transact([{ collection: 'operators', id: 'oidc:odd', expect: 0, body: { role: 'god' } }], []);
    expect(await refusalOf(() => open({ store }))).toEqual([
      'record/unavailable',
      'operator oidc:odd in the store cannot be read',
    ]);
  });
});
