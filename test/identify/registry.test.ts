import { describe, expect, it } from 'vitest';
import type { NewAgent } from '../../src/identify/agent.ts';
import { Registry, type RegistryChange } from '../../src/identify/registry.ts';
import type { Collection, Document, Store } from '../../src/record/store.ts';
import { BOT, DAY, refusalOf, START, TestSources, uniqueSources } from './fixtures.ts';
import { MemoryStore } from './memory-store.ts';
import { STORES } from './stores.ts';

async function openRegistryOn(openStore: () => Promise<Store>) {
  const store = await openStore();
  const sources = new TestSources();
  const registry = await Registry.open(store, uniqueSources(sources));
  return { store, sources, registry };
}

describe.each(STORES)('the registry on %s', (_name, openStore) => {
  const openRegistry = () => openRegistryOn(openStore);

  it('adds an agent at level 1 for 90 days, matching nothing that was not granted', async () => {
    const { registry, store } = await openRegistry();
    const added = await registry.add(BOT, 'ada', 'deploys payments');
    expect(added).toEqual({
      id: 'deploy-bot',
      team: 'payments',
      owner: 'ada@example.com',
      level: 1,
      narrowed: [],
      scope: {
        routes: ['staging', 'prod'],
        environments: ['staging'],
        services: [],
        teams: [],
        namespaces: ['*'],
        accounts: [],
        tools: [],
      },
      identities: [],
      grantedBy: 'ada',
      grantedAt: START.toISOString(),
      why: 'deploys payments',
      expires: '2026-08-30T12:00:00.000Z',
      revokedAt: null,
      tokensNotBefore: null,
    });
    const [leaf] = await store.leaves(0, 10);
    expect(JSON.parse(leaf?.leaf ?? '')).toMatchObject({
      kind: 'changed',
      time: START.toISOString(),
      what: 'agent.added',
      agent: 'deploy-bot',
      by: 'ada',
      why: 'deploys payments',
      before: null,
      after: { ...added },
    });
  });

  it('tells listeners of every change once it is in force, and keeps all of it over a restart', async () => {
    const { registry, store, sources } = await openRegistry();
    const told: RegistryChange[] = [];
    const levels: (number | undefined)[] = [];
    const stop = registry.subscribe((change) => {
      told.push(change);
      levels.push(registry.agent(BOT.id)?.level);
    });
    await registry.add(BOT, 'ada', 'new');
    await registry.setLevel(BOT.id, 3, 'ada', 'four good weeks');
    await registry.setLevel(BOT.id, 2, 'ada', 'a bad one');
    await registry.narrow(BOT.id, [{ environment: 'prod', level: 0 }], 'ada', 'not there');
    await registry.setScope(BOT.id, { routes: ['staging'] }, 'ada', 'staging only');
    await registry.addIdentity(BOT.id, { issuer: 'ci', subject: 'repo:pay' }, 'ada', 'runs in CI');
    await registry.renew(BOT.id, '2027-01-01T00:00:00+01:00', 'ada', 'still needed');
    await registry.revokeToken('jti-1', 'ada', 'leaked', '2026-06-02T00:00:00Z');
    await registry.revokeTokens(BOT.id, 'ada', 'all leaked');
    await registry.removeIdentity(BOT.id, { issuer: 'ci', subject: 'repo:pay' }, 'ada', 'not any more');
    await registry.revoke(BOT.id, 'ada', 'done');
    stop();
    await registry.add({ ...BOT, id: 'other' }, 'ada', 'nobody listens');
    const agent = BOT.id;
    expect(told).toEqual([
      { what: 'added', agent },
      { what: 'promoted', agent },
      { what: 'demoted', agent },
      { what: 'narrowed', agent },
      { what: 'scope', agent },
      { what: 'identity', agent },
      { what: 'renewed', agent },
      { what: 'token-revoked', credential: 'jti-1' },
      { what: 'tokens-revoked', agent },
      { what: 'identity', agent },
      { what: 'revoked', agent },
    ]);
    expect(levels.slice(0, 3)).toEqual([1, 3, 2]);
    const again = await Registry.open(store, uniqueSources(sources));
    expect(again.list()).toEqual(registry.list());
    expect(again.agent(BOT.id)).toMatchObject({
      level: 2,
      expires: '2026-12-31T23:00:00.000Z',
      narrowed: [{ environment: 'prod', level: 0 }],
      revokedAt: START.toISOString(),
    });
    expect([again.isTokenRevoked('jti-1'), again.isTokenRevoked('jti-2')]).toEqual([true, false]);
    expect(await store.size()).toBe(12);
  });

  it('lets one of two changes at once win and gives the other a conflict', async () => {
    const { registry, store } = await openRegistry();
    await registry.add(BOT, 'ada', 'new');
    const results = await Promise.allSettled([
      registry.setLevel(BOT.id, 2, 'ada', 'up'),
      registry.setLevel(BOT.id, 0, 'bob', 'down'),
    ]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected']);
    expect(results[1]).toMatchObject({ reason: { code: 'record/conflict' } });
    expect(registry.agent(BOT.id)?.level).toBe(2);
    expect(await store.size()).toBe(2);
  });

  it('revokes whatever else happens at the same time', async () => {
    const { registry, store, sources } = await openRegistry();
    await registry.add(BOT, 'ada', 'new');
    const elsewhere = await Registry.open(store, uniqueSources(sources));
    await elsewhere.setLevel(BOT.id, 2, 'bob', 'up');
    const [promoted, revoked] = await Promise.allSettled([
      elsewhere.setLevel(BOT.id, 3, 'bob', 'up'),
      registry.revoke(BOT.id, 'ada', 'stolen'),
    ]);
    expect([promoted.status, revoked.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(registry.agent(BOT.id)).toMatchObject({ level: 3, revokedAt: START.toISOString() });
  });

  it('gives an identity to one of two agents that claim it at once, and to another when it is free', async () => {
    const { registry, store, sources } = await openRegistry();
    const elsewhere = await Registry.open(store, uniqueSources(sources));
    const identities = [{ issuer: 'ci', subject: 'repo:pay' }];
    const results = await Promise.allSettled([
      registry.add({ ...BOT, id: 'one', identities }, 'ada', 'first'),
      elsewhere.add({ ...BOT, id: 'two', identities }, 'bob', 'second'),
    ]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected']);
    expect(await store.list('agents')).toHaveLength(1);
    expect(registry.byIdentity('ci', 'repo:pay')?.id).toBe('one');
    expect(registry.byIdentity('repo:pay', 'ci')).toBeUndefined();
    await registry.revoke('one', 'ada', 'gone');
    expect(registry.byIdentity('ci', 'repo:pay')?.revokedAt).toBe(START.toISOString());
    await registry.removeIdentity('one', { issuer: 'ci', subject: 'repo:pay' }, 'ada', 'for two');
    await registry.add({ ...BOT, id: 'two', identities }, 'bob', 'second');
    expect(registry.byIdentity('ci', 'repo:pay')?.id).toBe('two');
  });

  it('forgets a revoked token a day after its own end, not before', async () => {
    const { registry, store, sources } = await openRegistry();
    await registry.revokeToken('short', 'ada', 'leaked', '2026-06-02T12:00:00Z');
    await registry.revokeToken('for-ever', 'ada', 'leaked', null);
    sources.advance(2 * DAY);
    expect((await Registry.open(store, uniqueSources(sources))).isTokenRevoked('short')).toBe(true);
    sources.advance(1);
    const later = await Registry.open(store, uniqueSources(sources));
    expect([later.isTokenRevoked('short'), later.isTokenRevoked('for-ever')]).toEqual([false, true]);
    expect((await store.list('revocations')).map((document) => document.id)).toEqual(['for-ever']);
  });
});

describe('the registry', () => {
  const openRegistry = () => openRegistryOn(async () => new MemoryStore());

  it.each<[string, Partial<NewAgent>, string]>([
    ['an upper-case id', { id: 'Bot' }, 'id: "Bot" is not an agent\'s id'],
    ['an empty id', { id: '' }, 'id: "" is not an agent\'s id'],
    ['an id of 64', { id: 'a'.repeat(64) }, `id: "${'a'.repeat(64)}" is not an agent's id`],
    ['an id that ends in -', { id: 'bot-' }, 'id: "bot-" is not an agent\'s id'],
    ['an id with a line break', { id: 'bot\n' }, 'id: "bot\\n" is not an agent\'s id'],
    ['no team', { team: '' }, 'team must be one printable line of 1 to 253 characters'],
    ['an escape in the owner', { owner: 'a\u001b[2J' }, 'owner must be one printable line of 1 to 253 characters'],
    ['a reversed owner', { owner: 'a\u202eb' }, 'owner must be one printable line of 1 to 253 characters'],
    [
      'an expiry in the past',
      { expires: '2026-05-01T00:00:00Z' },
      'expires must be an RFC 3339 time after now: "2026-05-01T00:00:00Z"',
    ],
    [
      'an expiry without offset',
      { expires: '2026-07-01T00:00:00' },
      'expires must be an RFC 3339 time after now: "2026-07-01T00:00:00"',
    ],
    ['an expiry in words', { expires: 'tomorrow' }, 'expires must be an RFC 3339 time after now: "tomorrow"'],
    [
      'an expiry in two years',
      { expires: '2028-06-01T00:00:00Z' },
      'expires: "2028-06-01T00:00:00Z" is more than a year ahead',
    ],
    ['a pattern', { scope: { services: ['pay-*'] } }, 'scope.services: "pay-*" is a pattern, and scopes have none'],
    [
      'an absent fact',
      { scope: { environments: ['unknown'] } },
      'scope.environments: "unknown" is how an absent fact is written and cannot be granted',
    ],
    [
      'no fact',
      { scope: { teams: ['none'] } },
      'scope.teams: "none" is how an absent fact is written and cannot be granted',
    ],
    ['an empty value', { scope: { tools: [''] } }, 'scope.tools: "" is not a name'],
    [
      'an identity twice',
      {
        identities: [
          { issuer: 'a', subject: 'b' },
          { issuer: 'a', subject: 'b' },
        ],
      },
      'identities: a pair is there twice',
    ],
    [
      'an empty subject',
      { identities: [{ issuer: 'a', subject: '' }] },
      'identities.subject must be one printable line of 1 to 1024 characters',
    ],
    [
      'a place narrowed twice',
      {
        narrowed: [
          { service: 'pay', level: 0 },
          { service: 'pay', level: 2 },
        ],
      },
      'narrowed: service "pay" is there twice',
    ],
  ])('refuses an agent with %s', async (_case, wrong, message) => {
    const { registry, store } = await openRegistry();
    expect(await refusalOf(() => registry.add({ ...BOT, ...wrong }, 'ada', 'new'))).toEqual([
      'request/invalid',
      message,
    ]);
    expect([registry.list(), await store.size()]).toEqual([[], 0]);
  });

  it.each<[string, unknown, string]>([
    ['a level that does not exist', { level: 6 }, 'level: "6" is not a level'],
    ['half a level', { level: 1.5 }, 'level: "1.5" is not a level'],
    ['an unknown dimension', { scope: { clusters: ['a'] } }, 'scope: there is no dimension "clusters"'],
    [
      'a narrowing of two places',
      { narrowed: [{ environment: 'a', service: 'b', level: 0 }] },
      'narrowed: an entry is a level for one environment or one service',
    ],
  ])('refuses what the types forbid too: %s', async (_case, wrong, message) => {
    const { registry } = await openRegistry();
    const given: NewAgent = Object.assign({}, BOT, wrong);
    expect(await refusalOf(() => registry.add(given, 'ada', 'new'))).toEqual(['request/invalid', message]);
  });

  it.each<[string, (registry: Registry) => Promise<unknown>, readonly [string, string]]>([
    ['an id that is taken', (r) => r.add(BOT, 'a', 'w'), ['record/conflict', 'there is an agent deploy-bot already']],
    ['an agent that is not there', (r) => r.setLevel('x', 2, 'a', 'w'), ['request/not-found', 'there is no agent "x"']],
    [
      'the level it has',
      (r) => r.setLevel(BOT.id, 1, 'a', 'w'),
      ['request/invalid', 'agent deploy-bot is at level 1 already'],
    ],
    ['no reason', (r) => r.setLevel(BOT.id, 2, 'a', ' '), ['request/invalid', 'why must have 1 to 1000 characters']],
    [
      'nobody',
      (r) => r.setLevel(BOT.id, 2, '', 'w'),
      ['request/invalid', 'by must be one printable line of 1 to 253 characters'],
    ],
    [
      'an identity that it does not have',
      (r) => r.removeIdentity(BOT.id, { issuer: 'a', subject: 'b' }, 'a', 'w'),
      ['request/not-found', 'agent deploy-bot does not have that identity'],
    ],
    [
      'a revoked agent',
      async (r) => {
        await r.revoke(BOT.id, 'a', 'w');
        await r.setLevel(BOT.id, 5, 'a', 'w');
      },
      ['request/invalid', `agent deploy-bot was revoked at ${START.toISOString()}, which is final`],
    ],
    [
      'a token revoked until the past',
      (r) => r.revokeToken('x', 'a', 'w', '2020-01-01T00:00:00Z'),
      ['request/invalid', 'until must be an RFC 3339 time after now: "2020-01-01T00:00:00Z"'],
    ],
  ])('refuses a change of %s', async (_case, change, refusal) => {
    const { registry } = await openRegistry();
    await registry.add(BOT, 'ada', 'new');
    expect(await refusalOf(() => change(registry))).toEqual(refusal);
  });

  it('does not open on an agent that it cannot read', async () => {
    const { store, sources } = await openRegistry();
    await store.transact([{ collection: 'agents', id: 'odd', expect: 0, body: { id: 'odd', level: 9 } }], []);
    expect(await refusalOf(() => Registry.open(store, sources))).toEqual([
      'record/unavailable',
      'agent odd in the store cannot be read',
    ]);
  });

  it('does not bring an older state back when a re-read comes late', async () => {
    const store = new StallingStore();
    const sources = new TestSources();
    const registry = await Registry.open(store, uniqueSources(sources));
    await registry.add(BOT, 'ada', 'new');
    const elsewhere = await Registry.open(store, uniqueSources(sources));
    await elsewhere.setLevel(BOT.id, 2, 'bob', 'up');
    const stalled = store.stallNextGet();
    const late = registry.setLevel(BOT.id, 3, 'ada', 'up');
    await stalled.reached;
    await registry.revoke(BOT.id, 'ada', 'stolen');
    stalled.release();
    await expect(late).rejects.toMatchObject({ code: 'record/conflict' });
    expect(registry.agent(BOT.id)?.revokedAt).toBe(START.toISOString());
  });

  it('changes nothing in memory, and tells nobody, when the store cannot be written', async () => {
    const store = new MemoryStore();
    const registry = await Registry.open(store, new TestSources());
    const before = await registry.add(BOT, 'ada', 'new');
    const told: RegistryChange[] = [];
    registry.subscribe((change) => told.push(change));
    store.break();
    const refusal = ['record/unavailable', 'the store cannot be written'];
    expect(await refusalOf(() => registry.setLevel(BOT.id, 5, 'ada', 'up'))).toEqual(refusal);
    expect(await refusalOf(() => registry.revokeToken('jti', 'ada', 'leaked', null))).toEqual(refusal);
    expect([registry.list(), registry.isTokenRevoked('jti'), told]).toEqual([[before], false, []]);
  });
});

/** Holds one answer to `get` back until it is released. */
class StallingStore extends MemoryStore {
  #stall: (() => Promise<void>) | undefined;

  stallNextGet() {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    this.#stall = () => {
      this.#stall = undefined;
      reached.resolve();
      return released.promise;
    };
    return { reached: reached.promise, release: released.resolve };
  }

  override async get(collection: Collection, id: string): Promise<Document | undefined> {
    const found = await super.get(collection, id);
    await this.#stall?.();
    return found;
  }
}
