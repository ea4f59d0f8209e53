import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/config/schema.ts';
import { createKubernetesSurface } from '../../src/describe/kubernetes/describe.ts';
import { createRedactor } from '../../src/describe/redact.ts';
import type { Principal } from '../../src/identify/principal.ts';
import type { JsonObject } from '../../src/json.ts';
import { NO_LABELS } from '../../src/labels.ts';
import type { Facts } from '../../src/measure/facts.ts';
import { openKubernetesMeasurer } from '../../src/measure/kubernetes/measurer.ts';
import { wireCall } from '../describe/wire-calls.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, administrator, apply, makeNamespace } from './cluster-gate.ts';
import type { Sent } from './judged-call.ts';
import { patch } from './reach-lab.ts';
import { container, inNamespace } from './twin-objects.ts';

/**
 * Agents are refused these whatever they reach, before anything is measured; for whoever lifts that, by routes on which
 * credentials may be asked for, the reach is told all the same. So the measurer is asked itself, as the administrator.
 */
const lab = ownLab();
const PLACE = 'reach-guarded';
const ELSEWHERE = 'reach-guarded-too';
const CORE = `/api/v1/namespaces/${PLACE}`;
const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

const agent = administrator(lab);
const redactor = createRedactor(Buffer.alloc(32, 7));
const surface = createKubernetesSurface({ redactor });
let close = (): void => undefined;
let ask: (sent: Sent) => Promise<Facts>;

beforeAll(async () => {
  await makeNamespace(lab, PLACE, 'dev');
  await makeNamespace(lab, ELSEWHERE, 'dev');
  await apply(
    lab,
    ...PODS.map((one) => inNamespace(PLACE, one)),
    inNamespace(ELSEWHERE, pod('far', { seen: 'yes' }, {})),
    inNamespace(PLACE, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'hidden' },
      stringData: { word: 'xyzzy' },
    }),
  );
  const measurer = await openKubernetesMeasurer({
    endpoint: { origin: lab.server, basePath: '', agent, authorization: () => undefined },
    keys: DEFAULTS.labels,
    routeLabels: NO_LABELS,
    impersonate: false,
    redactor,
    now: () => new Date(),
    onCacheState: () => undefined,
  });
  close = () => measurer.close();
  ask = ({ method, path, body, type }) => {
    const call = wireCall(method, path, {
      ...(body === undefined || typeof body !== 'object' ? {} : { body: body as JsonObject }),
      ...(type === undefined ? {} : { type }),
    });
    // Without impersonation nobody looks at who it is.
    return measurer.measure(call, surface.describe(call), {} as Principal, 10_000);
  };
});
afterAll(async () => {
  close();
  agent.destroy();
  await admin(lab, ['delete', 'namespace', PLACE, ELSEWHERE, '--wait=false']);
});

function pod(name: string, labels: JsonObject, spec: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { containers: [container()], ...spec } };
}

const USES = { uses: 'hidden', seen: 'yes' };
const PODS: readonly JsonObject[] = [
  pod('by-variable', USES, {
    containers: [container({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'hidden', key: 'word' } } }] })],
  }),
  pod('by-variables', USES, { containers: [container({ envFrom: [{ secretRef: { name: 'hidden' } }] })] }),
  pod('by-volume', USES, { volumes: [{ name: 'v', secret: { secretName: 'hidden' } }] }),
  pod('by-projection', USES, { volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 'hidden' } }] } }] }),
  pod('to-pull', USES, { imagePullSecrets: [{ name: 'hidden' }] }),
  pod('by-driver', USES, {
    volumes: [{ name: 'v', csi: { driver: 'x.example', nodePublishSecretRef: { name: 'hidden' } } }],
  }),
  pod('of-a-map', {}, { volumes: [{ name: 'v', configMap: { name: 'hidden' } }] }),
  pod('of-another', {}, { imagePullSecrets: [{ name: 'other' }] }),
];

/** How many pods kubectl finds. */
async function listed(selector: string, ...where: readonly string[]): Promise<number> {
  const text = await admin(lab, ['get', 'pods', '-o', 'name', '-l', selector, ...where]);
  return text.split('\n').filter((line) => line !== '').length;
}

describe('a secret', () => {
  it.each<[string, Sent]>([
    ['changed', patch(`${CORE}/secrets/hidden`, { stringData: { word: 'plugh' } })],
    ['deleted', { method: 'DELETE', path: `${CORE}/secrets/hidden` }],
  ])('that is %s reaches those who use it', async (_how, sent) => {
    const facts = await ask(sent);
    expect(facts.gaps).toEqual([]);
    expect(facts.blast).toMatchObject({ known: true, objects: 1, pods: await listed('uses=hidden', '-n', PLACE) });
    expect(facts.wayBack).toEqual({ how: 'inverse', exact: true, captured: true });
  });
});

describe('a webhook', () => {
  const configuration = (webhook: JsonObject): JsonObject => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'reach-guarded' },
    webhooks: [
      {
        name: 'reach.example.invalid',
        clientConfig: { url: 'https://127.0.0.1:1/' },
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        failurePolicy: 'Ignore',
        ...webhook,
      },
    ],
  });
  const rules = (resource: string) => [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: [resource] },
  ];
  const here = { matchLabels: { 'kubernetes.io/metadata.name': PLACE } };
  const both = {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [PLACE, ELSEWHERE] }],
  };
  const seen = { matchLabels: { seen: 'yes' } };

  it.each<[string, JsonObject, number, readonly string[]]>([
    ['all pods of a namespace', { rules: rules('pods'), namespaceSelector: here }, 1, ['', '-n', PLACE]],
    [
      'some pods of some namespaces',
      { rules: rules('*'), namespaceSelector: both, objectSelector: seen },
      2,
      ['seen=yes', '-A'],
    ],
    ['no pods', { rules: rules('configmaps'), namespaceSelector: both }, 2, ['no=pods', '-A']],
  ])('sees %s', async (_what, webhook, namespaces, [selector = '', ...where]) => {
    const facts = await ask({ method: 'POST', path: WEBHOOKS, body: configuration(webhook) });
    expect(facts.gaps).toEqual([]);
    const pods = await listed(selector, ...where);
    expect(facts.blast).toMatchObject({ known: true, objects: 1, namespaces, pods, scope: 'cluster', open: true });
    expect(facts.escalates).toEqual(['webhook']);
  });
});
