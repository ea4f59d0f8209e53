import { randomBytes } from 'node:crypto';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Operators } from '../../src/identify/operators.ts';
import { may, type Permission, permissionForLevels, ROLES } from '../../src/identify/permissions.ts';
import type { Store } from '../../src/record/store.ts';
import {
  DAY,
  everythingIn,
  issueToken,
  openGate,
  refusalOf,
  START,
  TestSources,
  temporaryFolder,
  uniqueSources,
} from './fixtures.ts';
import { MemoryStore } from './memory-store.ts';
import { STORES } from './stores.ts';

const NOT_NOW = 'there is an administrator already, or this is not the secret of the state folder';

async function openEmptyOn(openStore: () => Promise<Store>) {
  const store = await openStore();
  const sources = new TestSources();
  const open = () => Operators.open(store, uniqueSources(sources), randomBytes);
  return { store, sources, open, operators: await open(), folder: await temporaryFolder() };
}

async function openWithAdaOn(openStore: () => Promise<Store>) {
  const empty = await openEmptyOn(openStore);
  const path = (await empty.operators.bootstrapSecret(empty.folder)) ?? '';
  const secret = (await readFile(path, 'utf8')).trim();
  return { ...empty, path, secret, ada: await empty.operators.bootstrap(secret, 'Ada') };
}

describe.each(STORES)('operators on %s', (_name, openStore) => {
  const openEmpty = () => openEmptyOn(openStore);
  const openWithAda = () => openWithAdaOn(openStore);

  it('begin with an administrator who proves to hold the secret of the state folder, once', async () => {
    const { operators, folder, path, secret, ada, open } = await openWithAda();
    expect(ada.operator).toEqual({
      id: expect.stringMatching(/^[a-z2-7]{16}$/),
      name: 'Ada',
      role: 'administrator',
      groups: [],
      addedBy: 'bootstrap',
      addedAt: START.toISOString(),
      expires: '2026-08-30T12:00:00.000Z',
      revokedBy: null,
      revokedAt: null,
    });
    expect(ada.token).toMatch(new RegExp(`^sp_op_${ada.operator.id}_[A-Za-z0-9_-]{43}$`));
    expect(operators.authenticate(`Bearer ${ada.token}`)).toEqual(ada.operator);
    await expect(stat(path)).rejects.toThrow('ENOENT');
    expect(await refusalOf(() => operators.bootstrap(secret, 'Eve'))).toEqual(['operator/unauthorized', NOT_NOW]);
    const again = await open();
    expect(await again.bootstrapSecret(folder)).toBeUndefined();
    expect(again.authenticate(`Bearer ${ada.token}`)).toEqual(ada.operator);
    expect(again.list()).toEqual([ada.operator]);
  });

  it('keep the secret private, and the same over a restart', async () => {
    const { operators, folder, open } = await openEmpty();
    const path = (await operators.bootstrapSecret(folder)) ?? '';
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const secret = await readFile(path, 'utf8');
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}\n$/);
    const again = await open();
    await again.bootstrapSecret(folder);
    expect(await readFile(path, 'utf8')).toBe(secret);
    await chmod(path, 0o644);
    expect(await refusalOf(() => again.bootstrapSecret(folder))).toEqual([
      'config/invalid',
      `${path} may be read or written by others than its owner`,
    ]);
  });

  it.each(['', ' ', 'wrong', 'A'.repeat(43)])('refuse the secret %j', async (secret) => {
    const { operators, folder, store } = await openEmpty();
    expect(await refusalOf(() => operators.bootstrap(secret, 'Eve'))).toEqual(['operator/unauthorized', NOT_NOW]);
    await operators.bootstrapSecret(folder);
    expect(await refusalOf(() => operators.bootstrap(secret, 'Eve'))).toEqual(['operator/unauthorized', NOT_NOW]);
    expect(await store.size()).toBe(0);
  });

  it('let one of two first administrators win', async () => {
    const { operators, folder, open, store } = await openEmpty();
    const secret = await readFile((await operators.bootstrapSecret(folder)) ?? '', 'utf8');
    const elsewhere = await open();
    await elsewhere.bootstrapSecret(folder);
    const results = await Promise.allSettled([
      operators.bootstrap(secret, 'Ada'),
      operators.bootstrap(secret, 'Bob'),
      elsewhere.bootstrap(secret, 'Eve'),
    ]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(await store.list('operators')).toHaveLength(1);
    expect(await store.size()).toBe(1);
  });

  it('may be bootstrapped again when the last administrator’s token is over, under the same name', async () => {
    const { operators, sources, open, folder, ada } = await openWithAda();
    await operators.add('Vic', 'viewer', [], 300 * 86_400, ada.operator.id);
    sources.advance(90 * DAY);
    const again = await open();
    const secret = await readFile((await again.bootstrapSecret(folder)) ?? '', 'utf8');
    const next = await again.bootstrap(secret, 'Ada');
    expect(again.authenticate(`Bearer ${next.token}`)).toEqual(next.operator);
    expect(await refusalOf(() => again.authenticate(`Bearer ${ada.token}`))).toEqual([
      'operator/unauthorized',
      'this token expired at 2026-08-30T12:00:00.000Z',
    ]);
  });

  it('are added and revoked, each with an event, and all of it outlives a restart', async () => {
    const { operators, ada, open, store } = await openWithAda();
    const by = ada.operator.id;
    const bob = await operators.add('Bob', 'approver', ['payments', 'payments'], 3600, by);
    expect(bob.operator).toMatchObject({ groups: ['payments'], expires: '2026-06-01T13:00:00.000Z', addedBy: by });
    const revoked = await operators.revoke(bob.operator.id, by, 'left the team');
    expect(revoked).toEqual({ ...bob.operator, revokedBy: by, revokedAt: START.toISOString() });
    const leaves = (await store.leaves(1, 10)).map((leaf) => JSON.parse(leaf.leaf));
    expect(leaves).toMatchObject([
      { what: 'operator.added', by, operator: bob.operator.id, before: null, after: bob.operator },
      { what: 'operator.revoked', by, why: 'left the team', before: bob.operator, after: revoked },
    ]);
    const again = await open();
    expect(again.list()).toEqual([ada.operator, revoked]);
    expect(await refusalOf(() => again.authenticate(`Bearer ${bob.token}`))).toEqual([
      'operator/unauthorized',
      'this token was revoked',
    ]);
    const next = await again.add('Bob', 'viewer', [], undefined, by);
    expect(again.authenticate(`Bearer ${next.token}`).role).toBe('viewer');
  });

  it('have one name each, whoever is faster', async () => {
    const { operators, ada, open } = await openWithAda();
    const elsewhere = await open();
    const results = await Promise.allSettled([
      operators.add('Bob', 'viewer', [], undefined, ada.operator.id),
      elsewhere.add('bob', 'operator', [], undefined, ada.operator.id),
    ]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected']);
    expect(results[1]).toMatchObject({ reason: { code: 'record/conflict' } });
  });

  it('are revoked by one of two at once', async () => {
    const { operators, ada } = await openWithAda();
    const bob = await operators.add('Bob', 'operator', [], undefined, ada.operator.id);
    const results = await Promise.allSettled([
      operators.revoke(bob.operator.id, ada.operator.id),
      operators.revoke(bob.operator.id, ada.operator.id),
    ]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('keep one of two administrators who revoke each other at once', async () => {
    const { operators, ada, store } = await openWithAda();
    const bob = await operators.add('Bob', 'administrator', [], undefined, ada.operator.id);
    const results = await Promise.allSettled([
      operators.revoke(ada.operator.id, bob.operator.id),
      operators.revoke(bob.operator.id, ada.operator.id),
    ]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(operators.list().filter((operator) => operator.revokedAt === null)).toHaveLength(1);
    expect(await store.size()).toBe(3);
  });

  it('keep their last administrator', async () => {
    const { operators, ada } = await openWithAda();
    const { id } = ada.operator;
    expect(await refusalOf(() => operators.revoke(id, id))).toEqual([
      'request/invalid',
      'Ada is the last administrator',
    ]);
    const bob = await operators.add('Bob', 'administrator', [], undefined, id);
    await operators.revoke(id, bob.operator.id);
    expect(operators.authenticate(`Bearer ${bob.token}`)).toEqual(bob.operator);
  });

  it('leave no token and no secret in the store or the log', async () => {
    const { operators, ada, secret, store } = await openWithAda();
    const bob = await operators.add('Bob', 'viewer', [], undefined, ada.operator.id);
    await operators.revoke(bob.operator.id, ada.operator.id);
    const stored = await everythingIn(store);
    for (const each of [secret, ...[ada, bob].map(({ token }) => token.slice(-43))]) {
      expect(each).toHaveLength(43);
      expect(stored).not.toContain(each);
    }
    const events = (await store.leaves(0, 100)).map((leaf) => leaf.leaf).join();
    expect(events).not.toContain('tokenHash');
    expect(JSON.stringify(operators.list())).not.toContain('tokenHash');
  });
});

describe('operators', () => {
  const openEmpty = () => openEmptyOn(async () => new MemoryStore());
  const openWithAda = () => openWithAdaOn(async () => new MemoryStore());

  it.each<[string, (token: string) => string | undefined, string]>([
    ['nothing', () => undefined, 'this needs an operator’s token: Authorization: Bearer sp_op_...'],
    ['an empty header', () => '', 'this needs an operator’s token: Authorization: Bearer sp_op_...'],
    ['a bare token', (token) => token, 'this needs an operator’s token: Authorization: Bearer sp_op_...'],
    ['Basic', () => 'Basic YTpi', 'this needs an operator’s token: Authorization: Bearer sp_op_...'],
    [
      'two tokens',
      (token) => `Bearer ${token}, Bearer ${token}`,
      'this needs an operator’s token: Authorization: Bearer sp_op_...',
    ],
    [
      'a token and more',
      (token) => `Bearer ${token}A`,
      'this needs an operator’s token: Authorization: Bearer sp_op_...',
    ],
    [
      'a line break after it',
      (token) => `Bearer ${token}\n`,
      'this needs an operator’s token: Authorization: Bearer sp_op_...',
    ],
    [
      'another secret',
      (token) => `Bearer ${token.slice(0, -43)}${'A'.repeat(43)}`,
      'this is not the token of any operator',
    ],
    [
      'another id',
      (token) => `Bearer sp_op_${'a'.repeat(16)}${token.slice(-44)}`,
      'this is not the token of any operator',
    ],
  ])('are not whoever sends %s', async (_case, header, message) => {
    const { operators, ada } = await openWithAda();
    expect(await refusalOf(() => operators.authenticate(header(ada.token)))).toEqual([
      'operator/unauthorized',
      message,
    ]);
  });

  it('are not agents', async () => {
    const { operators } = await openWithAda();
    const token = await issueToken(await openGate());
    expect((await refusalOf(() => operators.authenticate(`Bearer ${token}`)))[0]).toBe('operator/unauthorized');
  });

  it.each<[string, (operators: Operators) => Promise<unknown>, readonly [string, string]]>([
    ['no name', (o) => o.add('', 'viewer', [], undefined, 'x'), ['request/invalid', 'name: "" is not a name']],
    [
      'a name with an escape',
      (o) => o.add('a\u001b', 'viewer', [], undefined, 'x'),
      ['request/invalid', 'name: "a\\u001b" is not a name'],
    ],
    [
      'groups of a viewer',
      (o) => o.add('B', 'viewer', ['g'], undefined, 'x'),
      ['request/invalid', 'only approvers and operators have groups'],
    ],
    [
      'groups of an administrator',
      (o) => o.add('B', 'administrator', ['g'], undefined, 'x'),
      ['request/invalid', 'only approvers and operators have groups'],
    ],
    [
      'an approver of nothing',
      (o) => o.add('B', 'approver', [], undefined, 'x'),
      ['request/invalid', 'an approver decides for named groups'],
    ],
    [
      'a group of blanks',
      (o) => o.add('B', 'approver', [' '], undefined, 'x'),
      ['request/invalid', 'groups: " " is not a group\'s name'],
    ],
    [
      'two years',
      (o) => o.add('B', 'viewer', [], 2 * 365 * 86_400, 'x'),
      ['request/invalid', 'an operator’s token lives 1 minute to 365 days'],
    ],
    [
      'no time',
      (o) => o.add('B', 'viewer', [], 0, 'x'),
      ['request/invalid', 'an operator’s token lives 1 minute to 365 days'],
    ],
    ['somebody who is not there', (o) => o.revoke('nobody', 'x'), ['request/not-found', 'there is no such operator']],
  ])('refuse %s', async (_case, act, refusal) => {
    const { operators } = await openWithAda();
    expect(await refusalOf(() => act(operators))).toEqual(refusal);
    expect(operators.list()).toHaveLength(1);
  });

  it('do not open on one that cannot be read', async () => {
    const { store, open } = await openEmpty();
    await store.transact([{ collection: 'operators', id: 'odd', expect: 0, body: { role: 'god' } }], []);
    expect(await refusalOf(open)).toEqual(['record/unavailable', 'operator odd in the store cannot be read']);
  });

  it('take no bootstrap secret that somebody cut short', async () => {
    const { operators, folder } = await openEmpty();
    const path = join(folder, 'bootstrap-secret');
    await writeFile(path, 'short', { mode: 0o600 });
    expect(await refusalOf(() => operators.bootstrapSecret(folder))).toEqual([
      'config/invalid',
      `${path} does not hold a bootstrap secret`,
    ]);
  });
});

const ALL = ['viewer', 'approver', 'operator', 'administrator'];
it.each<[Permission, readonly string[]]>([
  ['decisions.read', ALL],
  ['agents.read', ALL],
  ['events.read', ALL],
  ['agents.write', ['operator', 'administrator']],
  ['agents.write-above-3', ['administrator']],
  ['agents.token', ['operator', 'administrator']],
  ['freezes.write', ['approver', 'operator', 'administrator']],
  ['freezes.lift', ['operator', 'administrator']],
  ['freezes.lift-everything', ['administrator']],
  ['operators.write', ['administrator']],
  ['bundle.write', ['administrator']],
  ['approvals.read', ALL],
  ['approvals.decide', ['approver', 'administrator']],
  ['holds.cancel', ['operator', 'administrator']],
  ['reverts.write', ['operator', 'administrator']],
  ['intents.write', ['operator', 'administrator']],
  ['notices.write', ['operator', 'administrator']],
  ['trust.read', ALL],
  ['reports.read', ALL],
])('%s is for %s', (permission, roles) => {
  expect(ROLES.filter((role) => may({ role }, permission))).toEqual(roles);
});

it('an operator decides for groups of their own, and a viewer with groups decides nothing', () => {
  expect([
    may({ role: 'operator', groups: ['sre'] }, 'approvals.decide'),
    may({ role: 'operator', groups: [] }, 'approvals.decide'),
    may({ role: 'viewer', groups: ['sre'] }, 'approvals.decide'),
  ]).toEqual([true, false, false]);
});

it('an agent above level 3, before or after a change, is the administrator’s', () => {
  expect([permissionForLevels(0, 3), permissionForLevels(3, 4), permissionForLevels(5, 1)]).toEqual([
    'agents.write',
    'agents.write-above-3',
    'agents.write-above-3',
  ]);
});
