import type { EscalationGraph } from '../../../src/decide/escalation.ts';
import type { HeldCall } from '../../../src/settle/hold/held-call.ts';
import type { Approver } from '../../../src/settle/hold/quorum.ts';
import { START } from '../schedule/schedule-lab.ts';

const NOBODY = { ask: [], tell: [], notify: [] };

/** Two rounds of half an hour: whoever may approve at once, others after ten minutes. */
export const GRAPH: EscalationGraph = {
  name: 'usual',
  steps: [
    { after: 0, ...NOBODY },
    { after: 600, ask: ['leads'], tell: ['support'], notify: ['pager'] },
  ],
  ...{ loops: 2, loop_every: 1800, decide_within: 7200, run_within: 900 },
  fallback: { ...NOBODY, tell: ['directors'] },
};

export const ANA: Approver = { id: 'ana', name: 'Ana', role: 'approver', groups: ['platform'] };

/** A call that two groups must approve, held at the lab's start for two hours. */
export function heldCall(change: Partial<HeldCall> = {}): HeldCall {
  const { id = 'h1' } = change;
  return {
    id,
    state: 'waiting',
    agent: 'fixer',
    owner: 'olga',
    route: 'demo',
    intent: 'i1',
    openedBy: null,
    group: null,
    openedAt: START,
    decideBy: '2030-01-15T14:00:00.000Z',
    runWithin: 900_000,
    runBy: null,
    holds: [
      { kind: 'people', key: 'people', groups: ['platform'], quorum: 1, until: '' },
      { kind: 'people', key: 'security', groups: ['security'], quorum: 1, until: '' },
    ],
    escalation: GRAPH,
    approvals: [],
    subject: {
      ...{ action: 'kubernetes:deployments.apps:patch', class: 'write', tier: 'C', level: 2, environment: 'prod' },
      ...{ environments: ['prod'], services: [], teams: [], runbook: 'unknown', method: 'PATCH', path: '/web' },
      ...{ namespace: 'shop', name: 'web', blast: {}, wayBack: {}, lost: [], changes: [], changeFrom: 'dry-run' },
      ...{ reasons: [], warnings: [], claims: {}, bundle: 'sha256:00' },
    },
    digests: { request: `request of ${id}`, change: `change of ${id}` },
    uid: 'unknown',
    nonce: 'n',
    ended: null,
    ranAs: null,
    ...change,
  };
}
