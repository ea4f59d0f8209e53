// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a configuration names its secrets
import { describe, expect, it } from 'vitest';
import { complaints, here, ROUTES, read, top } from './fixture.ts';

const ROLES = 'roles: [{claim: g, value: v, role: viewer}]';
const ISSUER = (more: string) => `operators: {issuers: [{issuer: i, audience: a, jwks: jwks.json, ${more}}]}`;
const LOGIN = 'authorizationEndpoint: "https://i/a", tokenEndpoint: "https://i/t"';

describe('operators of an issuer', () => {
  it('may be configured whole', () => {
    const text = `${ROUTES}
operators:
  origin: https://gate.example.com:8443
  session: 30m
  issuers:
    - issuer: https://idp
      audience: operators
      jwks: jwks.json
      name: email
      roles:
        - {claim: groups, value: sre, role: approver, groups: [sre, dba]}
        - {claim: groups, value: owners, role: administrator}
      login:
        clientId: gate
        clientSecret: \${env:TOKEN}
        authorizationEndpoint: https://idp/authorize?tenant=1
        tokenEndpoint: http://127.0.0.1:9000/token
        scopes: [openid, email]
    - {issuer: https://other, audience: operators, jwks: "https://other/keys", ${ROLES}}
`;
    expect(read(text).operators).toEqual({
      origin: 'https://gate.example.com:8443',
      session: 1_800_000,
      issuers: [
        {
          issuer: 'https://idp',
          audience: 'operators',
          jwks: here('jwks.json'),
          name: 'email',
          roles: [
            { claim: 'groups', value: 'sre', role: 'approver', groups: ['sre', 'dba'] },
            { claim: 'groups', value: 'owners', role: 'administrator', groups: [] },
          ],
          login: {
            clientId: 'gate',
            clientSecret: 'hunter2',
            authorizationEndpoint: 'https://idp/authorize?tenant=1',
            tokenEndpoint: 'http://127.0.0.1:9000/token',
            scopes: ['openid', 'email'],
          },
        },
        {
          issuer: 'https://other',
          audience: 'operators',
          jwks: 'https://other/keys',
          name: 'name',
          roles: [{ claim: 'g', value: 'v', role: 'viewer', groups: [] }],
          login: undefined,
        },
      ],
    });
  });

  it.each([
    [
      'an origin with a path',
      'operators: {origin: "https://gate/path"}',
      ':3:21: operators.origin: expected an origin like https://gate.example.com, got "https://gate/path"',
    ],
    [
      'a session of a month',
      'operators: {session: 720h}',
      ':3:22: operators.session: expected a duration from 1ms to 86400s, like 500ms or 15s, got "720h"',
    ],
    [
      'nothing that makes anybody anything',
      ISSUER('roles: []'),
      ':3:72: operators.issuers[0].roles: expected at least one claim and what it makes of a person, got a list',
    ],
    [
      'a role that does not exist',
      ISSUER('roles: [{claim: g, value: v, role: god}]'),
      ':3:100: operators.issuers[0].roles[0].role: expected one of viewer, approver, operator, administrator, got "god"',
    ],
    [
      'an approver of nothing',
      ISSUER('roles: [{claim: g, value: v, role: approver}]'),
      ':3:73: operators.issuers[0].roles[0].groups: an approver decides for named groups',
    ],
    [
      'an administrator of groups',
      ISSUER('roles: [{claim: g, value: v, role: administrator, groups: [sre]}]'),
      ':3:123: operators.issuers[0].roles[0].groups: only approvers and operators have groups',
    ],
    [
      'a login in the clear',
      ISSUER(`${ROLES}, login: {clientId: c, authorizationEndpoint: "http://i/a", tokenEndpoint: "https://i/t"}`),
      ':3:154: operators.issuers[0].login.authorizationEndpoint: expected the https address of the issuer\'s authorization endpoint, got "http://i/a"',
    ],
    [
      'the same issuer twice',
      `operators:\n  issuers:\n    - {issuer: i, audience: a, jwks: jwks.json, ${ROLES}}\n    - {issuer: i, audience: b, jwks: jwks.json, ${ROLES}}`,
      ':6:16: operators.issuers[1].issuer: "i" is given in operators.issuers[0] too',
    ],
    [
      'the audience of the same issuer’s agents',
      `identity: {issuers: [{issuer: i, audience: "\${env:TOKEN}", jwks: jwks.json}]}\n${ISSUER(ROLES).replace('audience: a', 'audience: hunter2')}`,
      `:4:45: operators.issuers[0].audience: agents' tokens of this issuer have this audience too; operators need one of their own`,
    ],
    [
      'the audience of the same issuer’s agents as a client',
      `identity: {issuers: [{issuer: i, audience: c, jwks: jwks.json}]}\n${ISSUER(`${ROLES}, login: {clientId: c, ${LOGIN}}`)}`,
      `:4:128: operators.issuers[0].login.clientId: agents' tokens of this issuer have this audience too; operators need one of their own`,
    ],
  ])('are refused with %s', (_name, added, line) => {
    expect(complaints(top(added))).toEqual([`sallyport.yaml${line}`]);
  });

  it('may have the audience of another issuer’s agents', () => {
    const agents = 'identity: {issuers: [{issuer: other, audience: a, jwks: jwks.json}]}';
    expect(read(top(`${agents}\n${ISSUER(ROLES)}`)).operators.issuers).toHaveLength(1);
  });
});
