import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { BOT, bearer, callTo, DAY, everythingIn, issueToken, openGate, refusalOf, START } from './fixtures.ts';
import { forge, HOUR, NOW } from './forged-tokens.ts';

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
