import { describe, expect, it } from 'vitest';
import { BOT, bearer, callTo, issueToken, MINUTE, openGate, refusalOf, type TestGate } from './fixtures.ts';

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
