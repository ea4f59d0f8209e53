import { describe, expect, it } from 'vitest';
import type { Role } from '../../../src/identify/permissions.ts';
import { impersonationOf } from '../../../src/settle/outbound-headers.ts';
import { Actors, operatorAnswers, principalOf } from '../../../src/settle/revert/actor.ts';

const OPERATOR = { kind: 'operator', id: 'op-1' } as const;
const GATE = { kind: 'gate' } as const;
const actors = (role?: Role) => new Actors((id) => (id === 'op-1' && role !== undefined ? { role } : undefined));

describe('who reverts', () => {
  it.each([
    [OPERATOR, 'operator'],
    [GATE, 'gate'],
  ] as const)('%j is no agent and has no name that an agent can have', (by, credential) => {
    const principal = principalOf(by, 'it broke', 'i-1');
    expect(principal).toMatchObject({ credential, intent: 'i-1', agent: { level: 1, why: 'it broke' } });
    expect(principal.agent.id).not.toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    expect(impersonationOf(principal)).toEqual({ user: 'sallyport:reverts', groups: ['sallyport:agents'] });
  });

  it.each<[string, Role | undefined, boolean]>([
    ['an operator', 'operator', true],
    ['an administrator', 'administrator', true],
    ['an approver', 'approver', false],
    ['a viewer', 'viewer', false],
    ['somebody revoked', undefined, false],
  ])('%s may, or may no more', (_what, role, may) => {
    expect(actors(role).agent(principalOf(OPERATOR, 'x', undefined).agent.id) !== undefined).toBe(may);
  });

  it('is never an agent', () => {
    for (const id of ['op-1', 'gate', 'fixer', 'operator:', 'sallyport:reverts'])
      expect(actors('operator').agent(id)).toBeUndefined();
    expect(actors().agent('sallyport:gate')).toBeDefined();
  });

  it.each([
    ['everything', 'op-9', [true, true]],
    ['everything', 'gate', [true, true]],
    ['agent', 'op-9', [false, false]],
    ['runbook', 'op-9', [false, false]],
    ['environment', 'op-9', [true, false]],
    ['route', 'op-9', [true, false]],
    ['service', 'op-9', [true, false]],
    ['team', 'op-9', [true, false]],
    ['service', 'gate', [false, false]],
    ['something new', 'op-9', [true, false]],
  ] as const)('a freeze of %s by %s stops the gate, the operator: %j', (kind, by, [gate, operator]) => {
    const stops = (id: string) => actors('operator').isBoundBy({ scope: { kind }, by }, id);
    expect([stops('sallyport:gate'), stops('operator:op-1')]).toEqual([gate, operator]);
    expect(stops('operator:op-2')).toBe(kind !== 'agent' && kind !== 'runbook');
  });

  it.each([
    ['operator', ['people'], true],
    ['operator', ['people', 'window'], false],
    ['operator', ['evidence'], false],
    ['gate', ['people'], false],
    ['token', ['people'], false],
  ] as const)('a %s answers for holds of %j: %s', (credential, kinds, answers) => {
    const holds = kinds.map((kind) => ({ kind, key: kind, groups: [], quorum: 1, until: '' }));
    const principal = { ...principalOf(OPERATOR, 'x', undefined), credential };
    expect(operatorAnswers({ principal }, { holds })).toBe(answers);
    expect(operatorAnswers({ principal: undefined }, { holds })).toBe(false);
  });
});
