import type { JsonObject } from '../../src/json.ts';
import { configMap, container, deployment, pod } from './twin-objects.ts';

/** A kubectl command, as `type` of `clients-lab.ts` reads it. */
export interface ClientCommand {
  readonly run: string;
  readonly input?: JsonObject | string;
  readonly env?: Readonly<Record<string, string>>;
  /** What of the output can be compared: lines in any order, the last line; all of it when left out. */
  readonly compare?: 'sorted' | 'last line';
  /** Its exit code, where it is not 0. */
  readonly code?: number;
  /** Not by the older kubectl, which has a test of its own for it. */
  readonly newer?: true;
}

export const GROUP = 'clients.example.com';

export const WIDGETS: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                description: 'what a widget should be',
                properties: { size: { type: 'integer' }, colour: { type: 'string' } },
              },
              status: { type: 'object', properties: { size: { type: 'integer' } } },
            },
          },
        },
      },
    ],
  },
};

const widget = (name: string, spec: JsonObject = { size: 1, colour: 'blue' }) => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'Widget',
  metadata: { name },
  spec,
});

const green = { data: { colour: 'green' } };
/** On one node, so that what another node is said to have is the same at any time. */
const on = (node: number) => ({ nodeSelector: { 'kube-lab/node': String(node) } });

/** What the commands find, in both namespaces. */
export const CLIENT_SEEDS: readonly JsonObject[] = [
  deployment('web', { replicas: 2, pod: on(2) }),
  deployment('stuck', { replicas: 1, pod: on(2) }),
  deployment('pinned', { replicas: 2, pod: on(1) }),
  ...['edited', 'noted', 'compared', 'previewed', 'doomed'].map((name) => configMap(name)),
  widget('seeded'),
  { ...pod('shell'), spec: { containers: [container({ stdin: true })], ...on(2) } },
  {
    ...pod('slow'),
    metadata: { name: 'slow', annotations: { 'kube-lab/fault': 'never-ready' } },
    spec: { containers: [container()], ...on(2) },
  },
];

const edit = (from: string, to: string) => ({ KUBE_EDITOR: `sed -i s/${from}/${to}/` });
const rollout = { compare: 'last line' } as const;

/** What kubectl does with JSON and without streams. In this order: later ones find what earlier ones left. */
export const COMMANDS: readonly ClientCommand[] = [
  // Looking
  { run: 'api-resources --api-group=apps' },
  { run: `api-resources --api-group=${GROUP}` },
  { run: 'explain widget.spec' },
  { run: 'explain deployment.spec.strategy --recursive' },
  { run: 'get widgets' },
  { run: 'get wd seeded -o yaml' },
  { run: 'describe widget seeded' },
  { run: 'get all -l app=nobody' },
  { run: 'get nodes -l kube-lab/namespace=NAMESPACE' },
  { run: 'top pods', code: 1 },
  { run: 'top nodes', code: 1 },
  { run: 'cluster-info' },
  { run: 'events --types=Warning' },
  { run: 'wait --for=condition=Available deployment/pinned --timeout=60s' },
  { run: 'rollout status deployment/web --timeout=60s', ...rollout },
  { run: 'wait --for=condition=Available deployment/web --timeout=60s' },
  { run: 'get pods -l app=web' },
  { run: 'describe node NAMESPACE-node-1' },
  { run: 'wait --for=condition=Ready pod/slow --timeout=1s', code: 1 },

  { run: 'version -o yaml' },
  { run: 'api-versions' },
  { run: 'get configmaps --chunk-size=2' },
  { run: 'get pods --sort-by=.metadata.name -o name', compare: 'sorted' },
  { run: 'get --raw /api/v1/namespaces/NAMESPACE/configmaps/noted', newer: true },
  { run: 'get unicorns', code: 1 },

  // Pods
  { run: 'run lone --image=example.invalid/web:1 --restart=Never --labels=app=lone' },
  { run: 'wait --for=condition=Ready pod/lone --timeout=30s' },
  { run: 'logs lone' },
  { run: 'logs lone --tail=1' },
  { run: 'logs -f lone' },
  { run: 'logs -l app=web --prefix', compare: 'sorted' },
  { run: 'logs deployment/stuck' },
  { run: 'debug shell --image=example.invalid/tools:1 --container=tools --attach=false' },
  { run: 'replace --force -f -', input: pod('lone', { app: 'lone' }) },
  { run: 'wait --for=create pod/lone --timeout=30s' },
  { run: 'logs slow -c nobody', code: 1 },
  { run: 'get pods lone --watch --request-timeout=2s' },
  { run: 'run dry --image=example.invalid/web:1 --dry-run=server -o name' },
  { run: 'label pod lone season=winter' },
  { run: 'delete pod lone --timeout=30s' },
  { run: 'wait --for=delete pod/lone --timeout=30s' },
  { run: 'delete pod slow --grace-period=0 --force' },

  // Config maps
  { run: 'apply -f -', input: configMap('client') },
  { run: 'apply -f -', input: configMap('client', green) },
  { run: 'diff -f -', input: configMap('client', green) },
  { run: 'diff -f -', input: configMap('client'), code: 1 },
  { run: 'apply --server-side -f -', input: configMap('server') },
  { run: 'apply --server-side -f -', input: configMap('server', green) },
  { run: 'diff --server-side -f -', input: configMap('server'), code: 1 },
  { run: 'apply --server-side --field-manager=other -f -', input: configMap('server'), code: 1 },
  { run: 'apply --server-side --dry-run=server -f -', input: configMap('server') },
  { run: 'apply --dry-run=server -f -', input: configMap('previewed', green) },
  { run: 'create --dry-run=server -o yaml -f -', input: configMap('unmade') },
  { run: 'delete configmap previewed --dry-run=server' },
  { run: 'edit configmap edited', env: edit('blue', 'green') },
  { run: 'edit configmap edited', env: { KUBE_EDITOR: 'true' } },
  { run: 'annotate configmap noted note=hello' },
  { run: 'annotate configmap noted note-' },
  { run: 'label configmaps --all season=winter', compare: 'sorted' },
  { run: 'replace -f -', input: configMap('noted', green) },
  { run: 'delete configmaps -l season=winter --dry-run=server', compare: 'sorted' },
  { run: 'patch configmap noted --type=json -p [{"op":"test","path":"/data/colour","value":"red"}]', code: 1 },
  { run: 'delete configmap doomed' },
  { run: 'delete configmap doomed', code: 1 },
  { run: 'get configmaps -o custom-columns=NAME:.metadata.name,COLOUR:.data.colour' },

  // Deployments
  { run: 'edit deployment web', env: edit('web:1', 'web:2') },
  { run: 'rollout status deployment/web --timeout=60s', ...rollout },
  { run: 'set image deployment/web web=example.invalid/web:3' },
  { run: 'rollout status deployment/web --timeout=60s', ...rollout },
  { run: 'rollout history deployment/web' },
  { run: 'rollout undo deployment/web' },
  { run: 'rollout status deployment/web --timeout=60s', ...rollout },
  { run: 'rollout restart deployment/web' },
  { run: 'rollout status deployment/web --timeout=60s', ...rollout },
  { run: 'rollout pause deployment/web' },
  { run: 'set env deployment/web COLOUR=red' },
  { run: 'rollout resume deployment/web' },
  { run: 'set serviceaccount deployment/web default' },
  { run: 'set resources deployment/web --limits=cpu=200m' },
  { run: 'rollout status deployment/web --timeout=60s', ...rollout },
  { run: 'set image deployment/stuck web=example.invalid/web:missing' },
  { run: 'rollout status deployment/stuck --timeout=2s', code: 1, compare: 'last line' },
  { run: 'rollout undo deployment/stuck' },
  { run: 'rollout status deployment/stuck --timeout=60s', ...rollout },
  { run: 'scale deployment/web --replicas=3' },
  { run: 'scale deployment/web --replicas=2 --current-replicas=7', code: 1 },
  { run: 'expose deployment/web --port=80 --target-port=8080' },
  { run: 'get service web' },
  { run: 'get endpointslices -l kubernetes.io/service-name=web -o name', compare: 'sorted' },

  // Nodes
  { run: 'cordon NAMESPACE-node-1' },
  { run: 'get node NAMESPACE-node-1' },
  { run: 'drain NAMESPACE-node-1 --force --timeout=60s', compare: 'sorted' },
  { run: 'get pods --field-selector=spec.nodeName=NAMESPACE-node-1' },
  { run: 'uncordon NAMESPACE-node-1' },
  { run: 'taint node NAMESPACE-node-1 dedicated=clients:NoSchedule' },
  { run: 'taint node NAMESPACE-node-1 dedicated=other:NoSchedule', code: 1 },
  { run: 'taint node NAMESPACE-node-1 dedicated-' },
  { run: 'label node NAMESPACE-node-1 disk=fast' },

  // Custom resources
  { run: 'create -f -', input: widget('made') },
  { run: 'apply -f -', input: widget('applied') },
  { run: 'apply -f -', input: widget('applied', { size: 2, colour: 'green' }) },
  { run: 'apply --server-side -f -', input: widget('served') },
  { run: 'apply -f -', input: widget('wrong', { size: 'large' }), code: 1 },
  { run: 'patch widget made --type=merge -p {"spec":{"size":3}}' },
  { run: 'edit widget made', env: edit('blue', 'green') },
  { run: 'scale widget made --replicas=4' },
  { run: 'patch widget made --subresource=status --type=merge -p {"status":{"size":4}}' },
  { run: 'wait --for=jsonpath={.status.size}=4 widget/made --timeout=10s' },
  { run: 'get widgets -o jsonpath={.items[*].spec.size}' },
  { run: 'delete widgets --all', compare: 'sorted' },

  // Jobs
  {
    run: 'create -f -',
    input: {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once' },
      spec: { template: { spec: { containers: [container()], restartPolicy: 'Never' } } },
    },
  },
  { run: 'wait --for=condition=Complete job/once --timeout=60s' },
  { run: 'delete job once --cascade=foreground --timeout=60s' },
  { run: 'delete deployment stuck --timeout=60s' },
  { run: 'delete service web' },
];

/** What kubectl sends as protobuf. */
export const PROTOBUF: readonly ClientCommand[] = [
  { run: 'create configmap literal --from-literal=a=b' },
  { run: 'create deployment made --image=example.invalid/web:1 --replicas=1' },
  { run: 'wait --for=condition=Available deployment/made --timeout=60s' },
  { run: 'create job made --image=example.invalid/web:1 -- true' },
  { run: 'create cronjob made --image=example.invalid/web:1 --schedule=@daily' },
  { run: 'create job from --from=cronjob/made' },
  { run: 'create service clusterip made --tcp=80:8080' },
  { run: 'create ingress made --rule=example.invalid/*=made:80' },
  { run: 'create poddisruptionbudget made --selector=app=nobody --min-available=1' },
  { run: 'create quota made --hard=configmaps=50' },
  { run: 'create priorityclass NAMESPACE-made --value=7' },
  { run: 'autoscale deployment/web --min=1 --max=3 --cpu-percent=50' },
  { run: 'get hpa web -o jsonpath={.spec.maxReplicas}' },
  { run: 'create secret generic made --from-literal=word=sesame' },
  { run: 'get secret made -o name' },
  { run: 'create serviceaccount made' },
  { run: 'create token made --duration=10m' },
  { run: 'create configmap literal --from-literal=a=b', code: 1 },
  { run: 'create configmap unmade --from-literal=a=b --dry-run=server' },
  { run: 'auth can-i create pods' },
  { run: 'auth can-i create unicorns', compare: 'sorted' },
  { run: 'auth can-i --list', compare: 'sorted' },
  { run: 'auth whoami' },
  { run: 'auth whoami -o json' },
];

const here = 'HERE'.repeat(50_000);

/** What kubectl does over streams; its working folder has a file `here` with that content. */
export const STREAMS: readonly ClientCommand[] = [
  { run: 'wait --for=condition=Ready pod/shell --timeout=30s' },
  { run: 'exec shell -- echo hello' },
  { run: 'exec shell -- sh -c echo~out;~echo~err~>&2;~exit~3', code: 3 },
  { run: 'exec -i shell -- wc -c', input: here },
  { run: 'exec shell -- no-such-program', code: 1, compare: 'last line' },
  { run: 'exec nobody -- true', code: 1 },
  { run: 'exec shell -c nobody -- true', code: 1 },
  { run: 'attach -i shell', input: 'ahoy' },
  { run: 'cp here NAMESPACE/shell:there' },
  { run: 'cp NAMESPACE/shell:there back-NAMESPACE' },
  { run: 'exec shell -- cksum there' },
];
export const HERE = here;

/** A command that an observer may not give, and what of the reason must be shown where it is not its level. */
export interface RefusedCommand extends ClientCommand {
  readonly reason?: string;
}

/** None of these changes anything: every one finds what the seeds left. */
export const REFUSED_CLIENTS: readonly RefusedCommand[] = [
  { run: 'run lone --image=example.invalid/web:1' },
  { run: 'apply -f -', input: configMap('new') },
  { run: 'apply -f -', input: configMap('edited', green) },
  { run: 'apply --server-side --force-conflicts -f -', input: configMap('edited', green) },
  { run: 'create -f -', input: widget('new') },
  { run: 'edit configmap edited', env: edit('blue', 'green') },
  { run: 'edit deployment web', env: edit('web:1', 'web:2') },
  { run: 'edit widget seeded', env: edit('blue', 'green') },
  { run: 'set image deployment/web web=example.invalid/web:2' },
  { run: 'set env deployment/web COLOUR=red' },
  { run: 'rollout restart deployment/web' },
  { run: 'rollout pause deployment/web' },
  { run: 'scale deployment/web --replicas=3' },
  { run: 'expose deployment/web --port=80' },
  // kubectl shows the error and ends with 0, whoever refuses.
  { run: 'cordon NAMESPACE-node-1', code: 0 },
  { run: 'drain NAMESPACE-node-1 --force --timeout=10s' },
  { run: 'taint node NAMESPACE-node-1 dedicated=clients:NoSchedule' },
  { run: 'label node NAMESPACE-node-1 disk=fast' },
  { run: 'annotate configmap noted note=hello' },
  { run: 'label configmap noted sallyport.dev/tier=low', reason: 'agents may not' },
  { run: 'patch widget seeded --type=merge -p {"spec":{"size":3}}' },
  { run: 'scale widget seeded --replicas=4' },
  { run: 'delete configmap doomed' },
  { run: 'replace --force -f -', input: configMap('doomed', green) },
  { run: 'debug slow --image=example.invalid/tools:1 --container=tools --attach=false' },
  { run: 'delete widgets --all' },
  { run: 'delete deployment web' },
  { run: 'delete pod slow --grace-period=0 --force' },
  { run: 'delete node NAMESPACE-node-1' },
  { run: 'get secrets' },
];

/** The same for what is sent as protobuf. */
export const REFUSED_PROTOBUF: readonly RefusedCommand[] = [
  { run: 'create configmap new --from-literal=a=b' },
  { run: 'create deployment new --image=example.invalid/web:1' },
  { run: 'create job new --image=example.invalid/web:1' },
  { run: 'create service clusterip new --tcp=80:8080' },
  { run: 'create serviceaccount new' },
  { run: 'create quota new --hard=pods=1' },
  { run: 'create namespace NAMESPACE-new' },
  { run: 'create token default', reason: 'and agents may not hold any on route demo' },
  { run: 'create secret generic new --from-literal=a=b', reason: 'and agents may not hold any on route demo' },
  { run: 'create rolebinding new --clusterrole=view --user=somebody', reason: 'agents may not' },
  { run: 'create role new --verb=get --resource=pods', reason: 'agents may not' },
  { run: 'create clusterrolebinding new --clusterrole=cluster-admin --user=somebody', reason: 'agents may not' },
];

/** The same for streams. */
export const REFUSED_STREAMS: readonly RefusedCommand[] = [
  { run: 'exec slow -- true' },
  { run: 'exec -i slow -- cat', input: 'secret' },
  { run: 'attach slow' },
  { run: 'port-forward pod/slow :80' },
  { run: 'cp NAMESPACE/slow:there back' },
];
