import type { JsonObject } from '../../../src/json.ts';

/** A call that waits for two people, as the record has it whole. */
export const HELD_CALL = {
  ...{ id: 'h1', state: 'waiting', agent: 'bot', owner: 'olga', route: 'demo', intent: null, openedBy: null },
  ...{ group: 'apply-1', openedAt: '2030-01-15T12:00:00.000Z', decideBy: '2030-01-15T13:00:00.000Z' },
  holds: [
    { kind: 'people', key: 'people', groups: ['sre', 'platform'], quorum: 2, until: '' },
    { kind: 'window', key: 'window', groups: [], quorum: 0, until: '2030-01-16T09:00:00.000Z' },
  ],
  subject: {
    ...{ action: 'kubernetes:deployments.apps:delete', class: 'delete', tier: 'C', level: 2 },
    ...{ environment: 'prod', environments: ['prod'], namespace: 'shop', name: 'web' },
    blast: { known: true, objects: 1, replicas: 0, pods: 3, namespaces: 1 },
    reasons: [{ rule: 'level/table', message: 'tier C in prod needs two people', fix: '' }],
    claims: { reason: 'the deployment is broken' },
    changes: [{ path: '/spec/replicas', from: 3, to: null }],
  },
} as const satisfies JsonObject;
