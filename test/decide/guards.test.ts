import { describe, expect, it } from 'vitest';
import { guardAuthority, guardLevelZero, guardScope, guardUnreadable } from '../../src/decide/guards.ts';
import type { Outcome } from '../../src/decide/verdict.ts';
import type { Action, ActionClass, Described, TargetRef } from '../../src/describe/action.ts';
import type { Agent } from '../../src/identify/principal.ts';

const agent: Agent = {
  id: 'fixer',
  team: 'web',
  owner: 'ada',
  level: 2,
  narrowed: [
    { environment: 'prod', level: 0 },
    { service: 'pay', level: 0 },
  ],
  scope: {
    routes: ['staging'],
    environments: ['*'],
    services: ['*'],
    teams: ['*'],
    namespaces: ['shop', 'cart'],
    accounts: ['111'],
    tools: ['restart'],
  },
  identities: [],
  grantedBy: 'grace',
  grantedAt: '2026-01-01T00:00:00Z',
  why: 'on call',
  expires: '2027-01-01T00:00:00Z',
  revokedAt: null,
  tokensNotBefore: null,
};
const wide: Agent = { ...agent, scope: { ...agent.scope, namespaces: ['*'], accounts: ['*'], tools: ['*'] } };
const empty: Agent = {
  ...agent,
  scope: { routes: [], environments: [], services: [], teams: [], namespaces: [], accounts: [], tools: [] },
};
const action = (kind: ActionClass, resource = 'pods'): Action => ({
  name: `kubernetes:${resource}:get`,
  class: kind,
  verb: 'get',
  resource,
  riskDomain: 'unknown',
  dryRun: false,
  args: {},
});
const target = (over: Partial<TargetRef> = {}): TargetRef => ({
  namespace: 'shop',
  name: 'web-1',
  account: 'none',
  region: 'none',
  tool: 'none',
  ...over,
});
const staging = { name: 'staging' };

describe('scope, as far as the call shows it', () => {
  it.each([
    ['a namespace of the grant', agent, staging, target(), action('read')],
    ['discovery, in no namespace', agent, staging, target({ namespace: 'none' }), action('discovery', '/api')],
    ['health of the server', agent, staging, target({ namespace: 'none' }), action('telemetry', '/healthz')],
    ['all namespaces with *', wide, staging, target({ namespace: '*' }), action('read')],
    ['a cluster-scoped object with *', wide, staging, target({ namespace: 'none' }), action('read', 'nodes')],
    ['an account of the grant', agent, staging, target({ namespace: 'none', account: '111' }), action('read')],
    ['a tool of the grant', agent, staging, target({ namespace: 'none', tool: 'restart' }), action('write')],
  ])('%s passes', (_, who, route, at, what) => {
    expect(guardScope(who, route, at, what)).toBeUndefined();
  });

  it.each([
    [
      'another route',
      agent,
      { name: 'prod' },
      target(),
      action('discovery'),
      'route prod, its grant covers route staging',
    ],
    ['no route at all', empty, staging, target(), action('discovery'), 'route staging, its grant covers no route'],
    [
      'another namespace',
      agent,
      staging,
      target({ namespace: 'kube-system' }),
      action('read'),
      'namespace kube-system, its grant covers namespace shop, cart',
    ],
    ['all namespaces', agent, staging, target({ namespace: '*' }), action('read'), 'every namespace, its'],
    [
      'a cluster-scoped object',
      agent,
      staging,
      target({ namespace: 'none' }),
      action('read', 'nodes'),
      'what is in no namespace, its',
    ],
    [
      'metrics of all nodes',
      agent,
      staging,
      target({ namespace: 'none' }),
      action('telemetry', 'nodes.metrics.k8s.io'),
      'what is in no namespace, its',
    ],
    [
      'another account',
      agent,
      staging,
      target({ namespace: 'none', account: '222' }),
      action('read'),
      'account 222, its grant covers account 111',
    ],
    [
      'another tool',
      agent,
      staging,
      target({ namespace: 'none', tool: 'drop' }),
      action('write'),
      'tool drop, its grant covers tool restart',
    ],
  ])('%s does not', (_, who, route, at, what, why) => {
    expect(guardScope(who, route, at, what)).toEqual({
      rule: 'gate/scope',
      message: expect.stringContaining(why),
      fix: 'stay within the grant, or ask grace to widen it',
    });
  });
});

describe('level 0 advises, whatever the bundle says', () => {
  const zero: Agent = { ...agent, level: 0 };
  const cases: readonly [Agent, ActionClass, Outcome, { environment?: string; service?: string }, boolean][] = [
    [zero, 'discovery', 'allow', {}, true],
    [zero, 'telemetry', 'allow', {}, true],
    [zero, 'read', 'deny', {}, true],
    [zero, 'read', 'allow', {}, false],
    [zero, 'sensitive_read', 'allow', {}, false],
    [zero, 'write', 'allow', {}, false],
    [zero, 'write', 'hold', {}, false],
    [zero, 'unknown', 'allow', {}, false],
    [agent, 'write', 'allow', { environment: 'dev' }, true],
    [agent, 'write', 'allow', { environment: 'prod' }, false],
    [agent, 'write', 'allow', { environment: 'unknown' }, false],
    [agent, 'write', 'hold', { service: 'pay' }, false],
    [agent, 'telemetry', 'allow', { environment: 'prod' }, true],
  ];
  it.each(cases)('level $level, %s, %s, %j', (who, kind, outcome, where, passes) => {
    expect(guardLevelZero(who, action(kind), outcome, where)?.rule).toBe(passes ? undefined : 'gate/level-zero');
  });
});

describe('what cannot be read does not pass', () => {
  const described = (over: Partial<Described>): Described => ({
    action: action('write'),
    target: target(),
    body: 'read',
    digest: 'hmac-sha256:00',
    unreadable: undefined,
    path: '/api/v1/namespaces/shop/pods/web-1',
    claims: {
      ...{ intent: 'unknown', reason: 'unknown', incident: 'unknown', incidentClass: 'unknown', alert: 'unknown' },
      ...{ confidence: 'unknown', runbook: 'unknown', plan: 'unknown', links: 'unknown', successSignal: 'unknown' },
    },
    group: 'unknown',
    request: {},
    ...over,
  });
  it.each([
    [{}, undefined],
    [{ body: 'none' as const, action: action('read') }, undefined],
    [{ body: 'streamed' as const, action: action('connect') }, undefined],
    [{ unreadable: 'protobuf is not read yet' }, 'this call cannot be read: protobuf is not read yet'],
    [{ body: 'unreadable' as const }, 'this call cannot be read: its body is not understood'],
    [{ action: action('unknown') }, 'this call cannot be read: nothing is known of kubernetes:pods:get'],
    [{ body: 'streamed' as const }, 'this call cannot be read: a write must be read whole, and this one is streamed'],
  ])('%j', (over, message) => {
    const reason = guardUnreadable(described(over));
    expect(reason && [reason.rule, reason.message]).toEqual(message && ['gate/unreadable', message]);
  });
});

describe('an agent does not touch authority', () => {
  it.each([
    ['authority', undefined, 'gate/authority'],
    ['authority', false, 'gate/authority'],
    ['write', true, 'gate/authority'],
    ['write', false, undefined],
    ['write', 'unknown', undefined],
    ['write', undefined, undefined],
  ] as const)('%s, touching %s', (kind, touchesAuthority, rule) => {
    const facts = touchesAuthority === undefined ? undefined : { touchesAuthority };
    expect(guardAuthority(action(kind), facts)?.rule).toBe(rule);
  });
});
