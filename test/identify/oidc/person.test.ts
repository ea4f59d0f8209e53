import { describe, expect, it } from 'vitest';
import type { OperatorIssuer } from '../../../src/config.ts';
import { personId, personOf } from '../../../src/identify/oidc/person.ts';

const ISSUER: OperatorIssuer = {
  issuer: 'https://idp.example',
  audience: 'operators',
  jwks: '/dev/null',
  name: 'email',
  roles: [
    { claim: 'groups', value: 'sre', role: 'approver', groups: ['sre'] },
    { claim: 'groups', value: 'dba', role: 'approver', groups: ['dba', 'sre'] },
    { claim: 'groups', value: 'ops', role: 'operator', groups: [] },
    { claim: 'groups', value: 'owners', role: 'administrator', groups: [] },
    { claim: 'job', value: 'auditor', role: 'viewer', groups: [] },
  ],
  login: undefined,
};

const of = (claims: Readonly<Record<string, unknown>>) => personOf(ISSUER, 'ada', claims);

describe('what an issuer’s claims make of somebody', () => {
  it.each<[string, Readonly<Record<string, unknown>>, string | undefined, readonly string[]]>([
    ['no claims', {}, undefined, []],
    ['a group that is not mapped', { groups: ['chess'] }, undefined, []],
    ['a claim that is the value', { job: 'auditor' }, 'viewer', []],
    ['a claim that only begins with it', { job: 'auditors' }, undefined, []],
    ['another case', { groups: ['SRE'] }, undefined, []],
    ['a list in a text', { groups: 'sre ops' }, undefined, []],
    ['a list with the value', { groups: ['x', 'sre'] }, 'approver', ['sre']],
    ['a list within a list', { groups: [['sre']] }, undefined, []],
    ['a mapping with the value', { groups: { sre: true } }, undefined, []],
    ['two groups of approvers', { groups: ['sre', 'dba'] }, 'approver', ['dba', 'sre']],
    ['an approver who is an operator too', { groups: ['ops', 'sre'] }, 'operator', ['sre']],
    ['an administrator of groups', { groups: ['owners', 'sre'] }, 'administrator', []],
    ['what JavaScript brings along', { constructor: 'auditor' }, undefined, []],
  ])('%s', (_name, claims, role, groups) => {
    const person = of(claims);
    expect(person && { role: person.role, groups: person.groups }).toEqual(
      role === undefined ? undefined : { role, groups },
    );
  });

  it.each<[string, unknown, string]>([
    ['what the claim says', 'ada@example.com', 'ada@example.com'],
    ['the subject when there is none', undefined, 'ada'],
    ['the subject when it is no text', ['ada@example.com'], 'ada'],
    ['the subject when it has markup', '<b>root</b>', 'ada'],
    ['the subject when it turns text around', 'a\u202edmin', 'ada'],
    ['the subject when it is endless', 'a'.repeat(200), 'ada'],
  ])('the name is %s', (_name, email, expected) => {
    expect(of({ job: 'auditor', email })?.name).toBe(expected);
  });

  it('the name is the id when the subject is no name either', () => {
    const id = personId({ issuer: ISSUER.issuer, subject: 'a|b' });
    expect(personOf(ISSUER, 'a|b', { job: 'auditor' })).toMatchObject({ id, name: id });
  });

  it('everything that somebody may be written down by is known of them, so that nobody approves their own', () => {
    const claims = {
      job: 'auditor',
      email: 'ada@example.com',
      name: 'Ada',
      preferred_username: 7,
      upn: 'a'.repeat(300),
    };
    expect(of(claims)?.aliases).toEqual(['Ada', 'ada', 'ada@example.com']);
  });

  it('the id is of the pair: the same subject of another issuer is somebody else', () => {
    const ids = [
      personId({ issuer: 'https://a', subject: 'x' }),
      personId({ issuer: 'https://b', subject: 'x' }),
      personId({ issuer: 'https://a"', subject: 'x' }),
      personId({ issuer: 'https://a', subject: '"x' }),
    ];
    expect(new Set(ids).size).toBe(4);
    expect(ids[0]).toMatch(/^oidc:[0-9a-f]{32}$/);
  });
});
