import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAt, textAt } from '../../src/cli/json-fields.ts';
import type { JsonObject } from '../../src/json.ts';
import { type HoldLab, startHoldLab } from './hold-lab.ts';

const MERGE = { 'content-type': 'application/merge-patch+json' };
const STRATEGIC = { 'content-type': 'application/strategic-merge-patch+json' };
const core = (place: string) => `/api/v1/namespaces/shop-${place}`;
const web = (place: string) => `/apis/apps/v1/namespaces/shop-${place}/deployments/web`;
/** Of a deployment that another agent has just changed people are asked: each has its own. */
const own = (n: number, name: string) => `/apis/apps/v1/namespaces/shop-prod/deployments/${name}-${n}`;
const restart = (n: number) => ({
  spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': `2026-11-21T10:00:0${n}Z` } } } },
});

interface Call {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly body?: JsonObject;
  readonly headers?: Record<string, string>;
}

/** The twelve calls, from looking around to what nobody may do alone. `n` makes each agent's change its own. */
const CALLS: readonly ((n: number) => Call)[] = [
  () => ({ what: 'discovery', method: 'GET', path: '/apis/apps/v1' }),
  () => ({ what: 'list pods, production', method: 'GET', path: `${core('prod')}/pods` }),
  () => ({ what: 'read a secret', method: 'GET', path: `${core('dev')}/secrets/web` }),
  (n) => ({
    what: 'scale',
    method: 'PATCH',
    path: `${web('dev')}/scale`,
    body: { spec: { replicas: n + 5 } },
    headers: MERGE,
  }),
  (n) => ({
    what: 'scale, production',
    method: 'PATCH',
    path: `${own(n, 'scaled')}/scale`,
    body: { spec: { replicas: 6 } },
    headers: MERGE,
  }),
  (n) => ({
    what: 'restart, production',
    method: 'PATCH',
    path: own(n, 'restarted'),
    body: restart(n),
    headers: STRATEGIC,
  }),
  (n) => ({
    what: 'change a config map',
    method: 'PATCH',
    path: `${core('dev')}/configmaps/features`,
    body: { data: { n: `${n}` } },
    headers: MERGE,
  }),
  (n) => ({
    what: 'make a config map',
    method: 'POST',
    path: `${core('dev')}/configmaps`,
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `new-${n}` } },
  }),
  (n) => ({ what: 'delete a config map, production', method: 'DELETE', path: `${core('prod')}/configmaps/old-${n}` }),
  () => ({ what: 'delete a deployment', method: 'DELETE', path: web('dev') }),
  () => ({ what: 'delete a deployment, production', method: 'DELETE', path: web('prod') }),
  () => ({
    what: 'make production development',
    method: 'PATCH',
    path: '/api/v1/namespaces/shop-prod',
    body: { metadata: { labels: { 'sallyport.dev/environment': 'dev' } } },
    headers: MERGE,
  }),
];

let lab: HoldLab;
beforeAll(async () => {
  lab = await startHoldLab({ config: { holds: { wait: '0ms' } } });
});
afterAll(() => lab.close());

/** What becomes of a call: passes, waits, is denied or advised; who is told; whether it can be taken back. */
async function becomes(token: string, { method, path, body, headers = {} }: Call): Promise<string> {
  const answer = await lab.call(method, `/kube/demo${path}`, {
    token,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const id = String(answer.headers['sallyport-decision']);
  const { decided } = await lab.admin.get(`/v1/decisions/${id}`);
  const verdict = ['judgement', 'verdict'] as const;
  const did = textAt(decided, 'did');
  if (did === 'hold') {
    const [people] = listAt(decided, ...verdict, 'holds');
    return `waits for ${textAt(people, 'quorum')} of ${textAt(people, 'groups')}`;
  }
  if (did === 'deny') {
    const advised = textAt(decided, ...verdict, 'advice', 'level');
    return advised === ''
      ? 'is denied'
      : `is advised: level ${advised} ${textAt(decided, ...verdict, 'advice', 'outcome')}`;
  }
  const duties = listAt(decided, ...verdict, 'obligations').map((each) =>
    textAt(each, 'params', 'now') === 'true' ? `${textAt(each, 'name')} at once` : textAt(each, 'name'),
  );
  const back = method === 'GET' ? undefined : await lab.admin.get(`/v1/decisions/${id}/way-back`);
  const undone = back === undefined ? [] : [`way back ${textAt(back, 'how')}: ${textAt(back, 'state')}`];
  return ['passes', ...duties, ...undone].join(', ');
}

/** Why the agent acts, with all that policy may ask for; each runbook is an intent of its own. */
async function intend(token: string, runbook: string): Promise<string> {
  const answer = await lab.call('POST', '/sallyport/v1/intents', {
    token,
    body: {
      ...{ reason: 'checkout is slow', incident: 'INC-7', incidentClass: 'safe', alert: 'latency', confidence: 0.95 },
      ...{ runbook, successSignal: 'the latency is below 200 ms' },
    },
  });
  return textAt(answer.json, 'intent', 'id') || textAt(answer.json, 'id');
}

/** What is the agent's own. */
async function setStage(level: number): Promise<void> {
  const make = (path: string, object: JsonObject) =>
    fetch(`${lab.upstream.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(object),
    });
  await make(`${core('prod')}/configmaps`, { metadata: { name: `old-${level}` }, data: { checkout: 'classic' } });
  for (const name of [`scaled-${level}`, `restarted-${level}`]) {
    const labels = { app: name };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'shop.example/x:1' }] } };
    const spec = { replicas: 4, selector: { matchLabels: labels }, template };
    await make('/apis/apps/v1/namespaces/shop-prod/deployments', { metadata: { name, labels }, spec });
  }
}

const PASSES = 'passes';
const ADVISED = 'is advised: level 2 hold';
const WAITS = 'waits for 1 of platform';
const WAITS_PROD = 'waits for 1 of production';
const WAITS_FOR_2 = 'waits for 2 of production';
const TOLD = 'passes, notify, capture, way back inverse: possible';
const TOLD_VERIFIED = 'passes, notify, capture, verify, way back inverse: possible';
const TOLD_AT_ONCE = 'passes, notify at once, capture, verify, way back inverse: possible';

const unneeded = (cell: string) => cell.replace('inverse: possible', 'none: nothing-to-do');

/** T1, as an agent with all its evidence meets it: a row for each call, a column for each level. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  discovery: [PASSES, PASSES, PASSES, PASSES, PASSES, PASSES],
  'list pods, production': ['is advised: level 1 allow', PASSES, PASSES, PASSES, PASSES, PASSES],
  'read a secret': [ADVISED, ADVISED, WAITS, WAITS, WAITS, WAITS],
  scale: [ADVISED, ADVISED, WAITS, TOLD, TOLD, TOLD],
  'scale, production': [ADVISED, ADVISED, WAITS_PROD, TOLD_VERIFIED, TOLD_AT_ONCE, TOLD_AT_ONCE],
  // A stateless restart needs no way back.
  'restart, production': [ADVISED, ADVISED, WAITS_PROD, ...[TOLD_VERIFIED, TOLD_AT_ONCE, TOLD_AT_ONCE].map(unneeded)],
  'change a config map': [ADVISED, ADVISED, WAITS, TOLD, TOLD, TOLD],
  'make a config map': [ADVISED, ADVISED, WAITS, TOLD, TOLD, TOLD],
  // No runbook covers it.
  'delete a config map, production': [ADVISED, ADVISED, WAITS_PROD, WAITS_PROD, TOLD_AT_ONCE, TOLD_AT_ONCE],
  'delete a deployment': [ADVISED, ADVISED, WAITS, WAITS, WAITS, WAITS],
  'delete a deployment, production': [ADVISED, ADVISED, WAITS_FOR_2, WAITS_FOR_2, WAITS_FOR_2, WAITS_FOR_2],
  'make production development': [ADVISED, ADVISED, 'is denied', 'is denied', 'is denied', 'is denied'],
};

describe.each([0, 1, 2, 3, 4, 5])('an agent of level %i', (level) => {
  let token: string;
  let intents: { readonly restart: string; readonly other: string };
  beforeAll(async () => {
    await setStage(level);
    token = (await lab.agent({ level, owner: 'olga' })).token;
    intents = { restart: await intend(token, 'restart-stateless'), other: await intend(token, 'scale-within-limits') };
  });

  it.each(CALLS.map((call) => call(level)))('$what', async (call) => {
    const intent = call.what.startsWith('restart') ? intents.restart : intents.other;
    const sent = { ...call, headers: { ...call.headers, 'sallyport-intent': intent } };
    expect(await becomes(token, sent)).toBe(TABLE[call.what]?.[level]);
  });
});
