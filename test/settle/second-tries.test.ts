import { expect, it } from 'vitest';
import type { Refusal } from '../../src/describe/action.ts';
import type { Principal } from '../../src/identify/principal.ts';
import { CaseFile } from '../../src/record/case-file.ts';
import { SecondTries } from '../../src/settle/second-tries.ts';
import { wireCall } from '../describe/wire-calls.ts';

const none: readonly string[] = [];
const PRINCIPAL: Principal = {
  agent: {
    ...{ id: 'fixer', team: 'web', owner: 'ada', level: 1, narrowed: [], identities: [], why: 'a test' },
    scope: {
      ...{ routes: none, environments: none, services: none, teams: none, namespaces: none },
      ...{ accounts: none, tools: none },
    },
    ...{ grantedBy: 'grace', grantedAt: '2026-01-01T00:00:00Z', expires: '2027-01-01T00:00:00Z' },
    ...{ revokedAt: null, tokensNotBefore: null },
  },
  ...{ credential: 'token', credentialId: 't-1', intent: undefined, credentialExpires: '2027-01-01T00:00:00Z' },
};

function tryOf(pod: number, upgrade: 'websocket' | 'spdy/3.1'): CaseFile {
  const call = wireCall('GET', `/api/v1/namespaces/shop/pods/web-${pod}/exec?command=sh`, { upgrade });
  const file = new CaseFile(`d-${pod}`, new Date(0), call.route, call, 0);
  file.principal = PRINCIPAL;
  file.call = call;
  return file;
}

function refusalOf(pod: number): Refusal {
  return { kind: 'denied', decision: `d-${pod}`, message: 'no', warnings: [] };
}

it('keeps no more than 1024 refusals, the newest', () => {
  const tries = new SecondTries(() => new Date(0));
  for (let pod = 0; pod < 3_000; pod += 1) tries.refused(tryOf(pod, 'websocket'), refusalOf(pod));
  expect(tries.size).toBe(1_024);
  expect(tries.answerTo(tryOf(1_975, 'spdy/3.1'))).toBeUndefined();
  expect(tries.answerTo(tryOf(1_976, 'spdy/3.1'))).toEqual(refusalOf(1_976));
  expect(tries.answerTo(tryOf(1_976, 'spdy/3.1'))).toBeUndefined();
});

it('drops those that are too old as new ones come', () => {
  let now = 0;
  const tries = new SecondTries(() => new Date(now));
  for (let pod = 0; pod < 100; pod += 1) tries.refused(tryOf(pod, 'websocket'), refusalOf(pod));
  now = 5_000;
  tries.refused(tryOf(100, 'websocket'), refusalOf(100));
  expect(tries.size).toBe(1);
});

it('keeps nothing of a caller that nobody knows', () => {
  const tries = new SecondTries(() => new Date(0));
  const file = tryOf(1, 'websocket');
  file.principal = undefined;
  tries.refused(file, refusalOf(1));
  expect(tries.size).toBe(0);
});
