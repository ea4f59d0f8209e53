import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/json.ts';
import { encodePath } from '../../../src/listen/wire.ts';
import type { GivenCall } from '../../../src/review/scenarios/calls/call-writer.ts';
import { createKubernetesWriter } from '../../../src/review/scenarios/calls/kubernetes.ts';
import { ROUTE } from '../../describe/wire-calls.ts';

const writer = createKubernetesWriter();
const given = (text: string, over: Partial<GivenCall> = {}): GivenCall => ({
  text,
  object: undefined,
  body: undefined,
  headers: {},
  route: ROUTE,
  time: '2026-11-18T10:00:00.000Z',
  exists: true,
  ...over,
});

/** Method and path, the content type of a patch, and the body. */
function written(text: string, over: Partial<GivenCall> = {}): readonly Json[] {
  const { method, path, headers, body } = writer.write(given(text, over));
  const sent: Json = body.length === 0 ? null : JSON.parse(Buffer.from(body).toString('utf8'));
  const type = method === 'PATCH' ? (headers.get('content-type') ?? '').replace(/^application\/|\+.*$/g, '') : '';
  return [`${method} ${encodePath(path)}`, type, sent];
}

const SHOP = '/api/v1/namespaces/shop';
const APPS = '/apis/apps/v1/namespaces/shop/deployments/web';
const CONFIG = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: 'shop' }, data: { a: 'b' } };
const RESTART = {
  spec: {
    template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-18T10:00:00.000Z' } } },
  },
};
const BACKGROUND = { propagationPolicy: 'Background' };

describe('a kubectl command is the request that kubectl sends', () => {
  it.each<readonly [string, string, string, Json]>([
    ['get pods', 'GET /api/v1/namespaces/default/pods', '', null],
    ['get pods -n shop', `GET ${SHOP}/pods`, '', null],
    ['get po web-1 --namespace shop -o yaml', `GET ${SHOP}/pods/web-1`, '', null],
    ['get pods -A -l app=web', 'GET /api/v1/pods?labelSelector=app%3Dweb', '', null],
    [
      'get pods -n shop -w --field-selector=status.phase=Failed',
      `GET ${SHOP}/pods?fieldSelector=status.phase%3DFailed&watch=true`,
      '',
      null,
    ],
    ['get deploy/web -n shop', `GET ${APPS}`, '', null],
    ['get widgets.v1.example.com one -n shop', 'GET /apis/example.com/v1/namespaces/shop/widgets/one', '', null],
    ['get nodes', 'GET /api/v1/nodes', '', null],
    ['get --raw /healthz', 'GET /healthz', '', null],
    ['describe deployments.apps web -n shop', `GET ${APPS}`, '', null],
    [
      'logs web-1 -n shop -c web --tail=5 --follow',
      `GET ${SHOP}/pods/web-1/log?container=web&follow=true&tailLines=5`,
      '',
      null,
    ],
    ['top pods -n shop', 'GET /apis/metrics.k8s.io/v1beta1/namespaces/shop/pods', '', null],
    ['delete pod web-1 -n shop', `DELETE ${SHOP}/pods/web-1`, '', BACKGROUND],
    [
      'delete pod/web-1 -n shop --grace-period=0 --force',
      `DELETE ${SHOP}/pods/web-1`,
      '',
      { ...BACKGROUND, gracePeriodSeconds: 0 },
    ],
    ['delete pods -l app=web -n shop', `DELETE ${SHOP}/pods?labelSelector=app%3Dweb`, '', BACKGROUND],
    ['delete cm --all -n shop', `DELETE ${SHOP}/configmaps`, '', BACKGROUND],
    ['delete deployment web -n shop --cascade=orphan', `DELETE ${APPS}`, '', { propagationPolicy: 'Orphan' }],
    ['delete pod web-1 -n shop --dry-run=server', `DELETE ${SHOP}/pods/web-1`, '', { ...BACKGROUND, dryRun: ['All'] }],
    [
      'scale deployment/web --replicas=4 -n shop',
      `PATCH ${APPS}/scale?fieldManager=kubectl`,
      'merge-patch',
      { spec: { replicas: 4 } },
    ],
    [
      'scale --replicas=0 deployment web -n shop --dry-run=server',
      `PATCH ${APPS}/scale?dryRun=All&fieldManager=kubectl`,
      'merge-patch',
      { spec: { replicas: 0 } },
    ],
    [
      'rollout restart deployment/web -n shop',
      `PATCH ${APPS}?fieldManager=kubectl-rollout`,
      'strategic-merge-patch',
      RESTART,
    ],
    [
      'rollout pause deployment web -n shop',
      `PATCH ${APPS}?fieldManager=kubectl-rollout`,
      'strategic-merge-patch',
      { spec: { paused: true } },
    ],
    ['rollout status deployment/web -n shop', `GET ${APPS}`, '', null],
    ['rollout history deployment/web -n shop', 'GET /apis/apps/v1/namespaces/shop/replicasets', '', null],
    [
      'set image deployment/web web=example.com/web:2 -n shop',
      `PATCH ${APPS}?fieldManager=kubectl-set`,
      'strategic-merge-patch',
      { spec: { template: { spec: { containers: [{ name: 'web', image: 'example.com/web:2' }] } } } },
    ],
    [
      `patch deployment web -n shop -p '{"spec": {"paused": true}}'`,
      `PATCH ${APPS}?fieldManager=kubectl-patch`,
      'strategic-merge-patch',
      { spec: { paused: true } },
    ],
    [
      `patch deploy/web -n shop --type=json -p '[{"op":"remove","path":"/a"}]'`,
      `PATCH ${APPS}?fieldManager=kubectl-patch`,
      'json-patch',
      [{ op: 'remove', path: '/a' }],
    ],
    [
      'label namespace shop example.com/a=b c-',
      'PATCH /api/v1/namespaces/shop?fieldManager=kubectl-label',
      'merge-patch',
      { metadata: { labels: { 'example.com/a': 'b', c: null } } },
    ],
    [
      'annotate pod web-1 why="two words" -n shop',
      `PATCH ${SHOP}/pods/web-1?fieldManager=kubectl-annotate`,
      'merge-patch',
      { metadata: { annotations: { why: 'two words' } } },
    ],
    [
      'cordon n1',
      'PATCH /api/v1/nodes/n1?fieldManager=kubectl-cordon',
      'strategic-merge-patch',
      { spec: { unschedulable: true } },
    ],
    [
      'uncordon node/n1',
      'PATCH /api/v1/nodes/n1?fieldManager=kubectl-cordon',
      'strategic-merge-patch',
      { spec: { unschedulable: null } },
    ],
    [
      'create token deployer -n shop',
      `POST ${SHOP}/serviceaccounts/deployer/token`,
      '',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    ],
    [
      'auth can-i delete pods -n shop',
      'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      '',
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { verb: 'delete', group: '', resource: 'pods', name: '', namespace: 'shop' } },
      },
    ],
    ['version', 'GET /version', '', null],
  ])('%s', (command, request, type, body) => {
    expect(written(`kubectl ${command}`)).toEqual([request, type, body]);
  });

  it.each<readonly [string, Partial<GivenCall>, string, string]>([
    ['apply -f -', {}, `PATCH ${SHOP}/configmaps/one?fieldManager=kubectl-client-side-apply`, 'strategic-merge-patch'],
    [
      'apply -f -',
      { exists: false },
      `POST ${SHOP}/configmaps?fieldManager=kubectl-client-side-apply&fieldValidation=Strict`,
      '',
    ],
    [
      'apply --server-side -f -',
      {},
      `PATCH ${SHOP}/configmaps/one?fieldManager=kubectl&fieldValidation=Strict`,
      'apply-patch',
    ],
    [
      'create -f - --dry-run=server',
      {},
      `POST ${SHOP}/configmaps?dryRun=All&fieldManager=kubectl-create&fieldValidation=Strict`,
      '',
    ],
    ['replace -f -', {}, `PUT ${SHOP}/configmaps/one`, ''],
  ])('%s %j sends the object', (command, over, request, type) => {
    expect(written(`kubectl ${command}`, { object: CONFIG, ...over })).toEqual([request, type, CONFIG]);
  });

  it('a rollout is undone by the template that was', () => {
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [] } };
    expect(written('kubectl rollout undo deployment/web -n shop', { object: template })).toEqual([
      `PATCH ${APPS}?fieldManager=kubectl-rollout`,
      'json-patch',
      [{ op: 'replace', path: '/spec/template', value: template }],
    ]);
  });

  it.each([
    [
      'exec -it web-1 -n shop -c web -- sh -c "ls /"',
      '/exec?container=web&stdin=true&stdout=true&stderr=true&command=sh&command=-c&command=ls%20%2F',
    ],
    ['attach web-1 -n shop', '/attach?stdout=true&stderr=true'],
    ['port-forward web-1 8080 -n shop', '/portforward'],
  ])('%s is a stream', (command, rest) => {
    const { method, path, headers, upgrade } = writer.write(given(`kubectl ${command}`));
    expect([method, encodePath(path), headers.get('connection'), upgrade]).toEqual([
      'GET',
      `${SHOP}/pods/web-1${rest}`,
      'Upgrade',
      'websocket',
    ]);
  });
});

describe('what the gate reads is what was meant', () => {
  it.each([
    ['kubectl delete pods --all -n shop', 'kubernetes:pods:deletecollection', 'delete'],
    ['kubectl exec web-1 -n shop -- env', 'kubernetes:pods/exec:connect', 'connect'],
    ['kubectl create token a', 'kubernetes:serviceaccounts/token:create', 'credential'],
    ['GET /apis/apps/v1/deployments?watch=1', 'kubernetes:deployments.apps:watch', 'read'],
  ])('%s', (text, name, kind) => {
    const { action } = writer.reader.describe(writer.write(given(text)));
    expect([action.name, action.class]).toEqual([name, kind]);
  });

  it('a dry run is one', () => {
    const { action } = writer.reader.describe(writer.write(given('kubectl delete pod web-1 --dry-run=server')));
    expect(action.dryRun).toBe(true);
  });
});

describe('a command that cannot be written is refused', () => {
  it.each([
    ['kubectl dance', 'the command "dance" is not known here'],
    ['kubectl', 'the command "" is not known here'],
    ['kubectl get', 'it needs a type'],
    ['kubectl get gizmos', 'no type "gizmos" is known here'],
    ['kubectl delete pods', 'delete needs a name, or --all'],
    ['kubectl delete pod web-1 --all', 'delete needs a name, or --all'],
    ['kubectl delete pod web-1 web-2', 'a case is about one object'],
    ['kubectl delete pod web-1 --cascade=some', '--cascade is background'],
    ['kubectl scale deployment/web', 'scale needs --replicas'],
    ['kubectl scale deployment/web --replicas=-1', 'scale needs --replicas'],
    ['kubectl patch deployment/web -p {', 'a patch in JSON'],
    ['kubectl patch deployment/web --type=odd -p {}', '--type is strategic'],
    ['kubectl rollout undo deployment/web', 'the pod template that was'],
    ['kubectl rollout up deployment/web', 'of rollout restart, undo'],
    ['kubectl exec web-1', 'exec needs a command'],
    ['kubectl exec deployment/web -- ls', 'it is about pods here'],
    ['kubectl apply -f -', 'needs an object'],
    ['kubectl get pods --frobnicate=1', '"--frobnicate" is not known here'],
    ['kubectl get pods -n', '--namespace needs a value'],
    ['kubectl get pods -n a -n b', '--namespace is given twice'],
    ['kubectl delete pod web-1 --dry-run=client', 'never reaches the gate'],
    ["kubectl get pods -n 'shop", "a ' is not closed"],
    ['helm upgrade web', 'is not a call'],
    ['get /api', 'is not a call'],
  ])('%s', (text, why) => {
    expect(() => writer.write(given(text))).toThrow(
      expect.objectContaining({ code: 'request/invalid', message: expect.stringContaining(why) }),
    );
  });

  it.each([
    ['kubectl get pods --as=admin', 'wire/forbidden-header'],
    ['GET /api/../secrets', 'wire/malformed'],
    ['GET /api//v1', 'wire/malformed'],
  ])("%s is what the gate's wire checks refuse", (text, code) => {
    expect(() => writer.write(given(text))).toThrow(expect.objectContaining({ code }));
  });
});
