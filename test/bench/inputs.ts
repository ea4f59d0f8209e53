import type { PolicyInput } from '../../src/decide/input.ts';
import { unknownInput } from '../../src/decide/policy-input.ts';

const ANY = ['*'];
const NONE = { environment: 'none', service: 'none', tier: 'none', team: 'none', regulated: 'none' };

/** A read that level 3 may do, as the gate would ask about it. */
export function allowedRead(): PolicyInput {
  const input = unknownInput();
  return {
    ...input,
    call: {
      ...input.call,
      time: '2026-06-01T10:00:00.000Z',
      surface: 'kubernetes',
      route: 'bench',
      method: 'GET',
      path: '/api/v1/namespaces/bench/configmaps/one',
      body: 'none',
      digest: `hmac-sha256:${'0'.repeat(64)}`,
    },
    agent: {
      ...input.agent,
      id: 'bench',
      level: 3,
      expires: '2999-01-01T00:00:00.000Z',
      scope: { routes: ANY, environments: ANY, services: ANY, teams: ANY, namespaces: ANY, accounts: ANY, tools: ANY },
    },
    action: {
      ...input.action,
      name: 'kubernetes:configmaps:get',
      class: 'read',
      verb: 'get',
      resource: 'configmaps',
      dry_run: false,
    },
    target: {
      ...input.target,
      route: 'bench',
      namespace: 'bench',
      name: 'one',
      account: 'none',
      region: 'none',
      tool: 'none',
      labels: {
        route: { ...NONE, environment: 'dev' },
        namespace: { ...NONE, environment: 'dev', service: 'entry-7' },
        object: NONE,
      },
    },
    blast: { known: true, objects: 0, replicas: 0, pods: 0, share: 0, namespaces: 0, scope: 'none', open: false },
    state: { ...input.state, can: ['notify', 'capture', 'as-dry-run'] },
  };
}

const NEVER = { count: 0, calls: [] };
const COUNTS = {
  ...{ calls: 12, changes: 3, denied: 0, repeats: NEVER },
  under_way: { agent: 0, services: { 'entry-7': 0 }, intent: 'none' },
};
const BEFORE = {
  ...{ changes: 3, objects: 3, pods: 3, share: 1.5, frees: '2026-06-01T10:31:00.000Z' },
  calls: ['01968a3c-0000-7000-8000-000000000001', '01968a3c-0000-7000-8000-000000000002'],
};
const SPENT = { agent: { dev: BEFORE }, services: { 'entry-7': { dev: BEFORE } }, intent: 'none' };

/** A scaling that level 3 may do in development. */
export function allowedWrite(): PolicyInput {
  const read = allowedRead();
  return {
    ...read,
    call: { ...read.call, method: 'PATCH', path: '/apis/apps/v1/namespaces/bench/deployments/web/scale', body: 'read' },
    action: {
      ...read.action,
      name: 'kubernetes:deployments.apps/scale:patch',
      class: 'write',
      verb: 'patch',
      resource: 'deployments.apps/scale',
      risk_domain: 'performance',
      way_back: { how: 'inverse', exact: true, captured: true },
      change: { paths: ['/spec/replicas'], escalates: [] },
    },
    target: { ...read.target, name: 'web', exists: true },
    blast: { known: true, objects: 1, replicas: 3, pods: 1, share: 0.5, namespaces: 1, scope: 'object', open: false },
    state: { ...read.state, counts: COUNTS, spent: SPENT, failures: NEVER },
  };
}
