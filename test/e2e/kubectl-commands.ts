import type { JsonObject } from '../../src/json.ts';
import { configMap, container, deployment, pod } from './twin-objects.ts';

/** A command as it is typed, words apart by single spaces; NAMESPACE stands for the namespace it runs in. */
export interface Command {
  readonly run: string;
  /** What it reads from its standard input. */
  readonly input?: JsonObject;
  /** `resource:verb` of its calls, discovery aside, in alphabetical order. */
  readonly actions: readonly string[];
}

const configMaps = (...verbs: readonly string[]) => verbs.map((verb) => `configmaps:${verb}`);
const deployments = (...verbs: readonly string[]) => verbs.map((verb) => `deployments.apps:${verb}`);

/** What the commands find, in both namespaces. */
export const SEEDS: readonly JsonObject[] = [
  configMap('one', { labels: { case: 'read' } }),
  configMap('two', { labels: { case: 'read' } }),
  ...['a', 'b', 'c'].map((name) => configMap(`selected-${name}`, { labels: { case: 'selected' } })),
  configMap('spared', { labels: { case: 'spared' } }),
  ...['doomed', 'merge', 'strategic', 'json', 'labelled', 'annotated', 'replaced', 'served', 'dry', 'watched'].map(
    (name) => configMap(name),
  ),
  configMap('guarded', { labels: { case: 'guarded' } }),
  ...['idle', 'guarded', 'patched', 'scaled-up', 'relabelled', 'restarted', 'imaged', 'coloured', 'paused'].map(
    (name) => deployment(name),
  ),
  deployment('scaled-down', { replicas: 1 }),
  pod('lone'),
  { ...pod('placed'), spec: { containers: [container()], nodeName: 'nowhere' } },
];

export const READS: readonly Command[] = [
  { run: 'get configmap one', actions: configMaps('get') },
  { run: 'get configmaps', actions: configMaps('list') },
  { run: 'get configmaps -l case=read', actions: configMaps('list') },
  { run: 'get configmaps --field-selector metadata.name=one', actions: configMaps('list') },
  { run: 'get configmaps -A -l case=read', actions: configMaps('list') },
  { run: 'get deployments idle guarded -o wide', actions: deployments('get', 'get') },
  { run: 'get configmap one -o json', actions: configMaps('get') },
  { run: 'get configmap one two -o yaml', actions: configMaps('get', 'get') },
  { run: 'get deployment idle -o name', actions: deployments('get') },
  { run: 'get configmap one --watch --request-timeout=2s', actions: configMaps('get', 'watch') },
  { run: 'get configmap nobody', actions: [...configMaps('get'), 'namespaces:get'] },
  { run: 'get unicorns', actions: [] },
  { run: 'describe configmap one', actions: [...configMaps('get', 'get'), 'events:list'] },
  {
    run: 'describe deployment idle',
    actions: [...deployments('get', 'get'), 'events:list', 'replicasets.apps:list'],
  },
  { run: 'logs lone', actions: ['pods/log:get', 'pods:get'] },
  { run: 'logs placed', actions: ['pods/log:get', 'pods:get'] },
  { run: 'logs nobody', actions: ['namespaces:get', 'pods:get'] },
  { run: 'api-resources', actions: [] },
  { run: 'api-versions', actions: [] },
  { run: 'version', actions: [] },
  { run: 'explain deployment.spec.replicas', actions: [] },
  { run: 'get --raw /api/v1/namespaces/NAMESPACE/configmaps/one', actions: configMaps('get') },
  {
    run: 'get --raw /api/v1/namespaces/NAMESPACE/configmaps?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Done',
    actions: configMaps('watch'),
  },
  { run: 'rollout history deployment/idle', actions: [...deployments('get', 'get'), 'replicasets.apps:list'] },
  { run: 'rollout status deployment/idle', actions: deployments('get', 'watch') },
  { run: 'wait --for=jsonpath={.spec.replicas}=0 deployment/idle', actions: deployments('get', 'watch') },
];

const green = { data: { colour: 'green' } };

/** In this order: later ones find what earlier ones left. */
export const WRITES: readonly Command[] = [
  { run: 'delete configmap doomed', actions: configMaps('delete', 'get') },
  {
    run: 'delete configmaps -l case=selected',
    actions: configMaps('delete', 'delete', 'delete', 'get', 'get', 'get', 'list'),
  },
  { run: 'create -f -', input: configMap('created'), actions: configMaps('create') },
  { run: 'apply -f -', input: configMap('applied'), actions: [...configMaps('create', 'get'), 'namespaces:get'] },
  { run: 'apply -f -', input: configMap('applied', green), actions: configMaps('get', 'patch') },
  { run: 'apply -f -', input: configMap('applied', green), actions: configMaps('get') },
  { run: 'apply -f -', input: deployment('patched', { replicas: 2 }), actions: deployments('get', 'patch') },
  {
    run: 'apply --server-side --force-conflicts -f -',
    input: configMap('served', green),
    actions: configMaps('patch'),
  },
  { run: 'replace -f -', input: configMap('replaced', green), actions: configMaps('get', 'update') },
  { run: 'patch configmap merge --type merge -p {"data":{"colour":"red"}}', actions: configMaps('get', 'patch') },
  { run: 'patch configmap strategic --type strategic -p {"data":{"a":"b"}}', actions: configMaps('get', 'patch') },
  {
    run: 'patch configmap json --type json -p [{"op":"replace","path":"/data/colour","value":"red"}]',
    actions: configMaps('get', 'patch'),
  },
  { run: 'patch configmap dry --dry-run=server -p {"data":{"a":"b"}}', actions: configMaps('get', 'patch') },
  { run: 'scale deployment scaled-up --replicas 3', actions: ['deployments.apps/scale:patch', ...deployments('get')] },
  {
    run: 'scale deployment scaled-down --replicas 0',
    actions: ['deployments.apps/scale:patch', ...deployments('get')],
  },
  { run: 'label configmap labelled season=winter', actions: configMaps('get', 'patch') },
  { run: 'label configmap labelled season=summer --overwrite', actions: configMaps('get', 'patch') },
  { run: 'label configmap labelled season-', actions: configMaps('get', 'patch') },
  { run: 'label deployment relabelled season=winter', actions: deployments('get', 'patch') },
  { run: 'annotate configmap annotated note=hello', actions: configMaps('get', 'patch') },
  { run: 'rollout restart deployment restarted', actions: deployments('get', 'patch') },
  { run: 'set image deployment imaged web=example.invalid/web:2', actions: deployments('get', 'patch') },
  { run: 'rollout undo deployment/imaged', actions: [...deployments('get', 'get', 'patch'), 'replicasets.apps:list'] },
  { run: 'set env deployment coloured COLOUR=red', actions: deployments('get', 'patch') },
  { run: 'rollout pause deployment/paused', actions: deployments('get', 'patch') },
  // What kubectl sends as protobuf.
  { run: 'create configmap encoded --from-literal=a=b', actions: configMaps('create') },
  { run: 'create configmap encoded --from-literal=a=b', actions: configMaps('create') },
  { run: 'create configmap dry-one --from-literal=a=b --dry-run=server', actions: configMaps('create') },
  { run: 'auth can-i delete pods', actions: ['selfsubjectaccessreviews.authorization.k8s.io:create'] },
];

/** A command that the gate does not let through, whose it is, and what its error line must say. */
interface Refused {
  readonly run: string;
  readonly input?: JsonObject;
  readonly as: 'observer' | 'assistant' | 'adviser' | 'stranger' | 'worker';
  readonly rule: string;
  readonly reason: string;
  readonly did: 'deny' | 'hold';
  /** How the line begins when it is held. */
  readonly says: string;
  readonly action: string;
}

const held = {
  rule: 'level/table',
  did: 'hold',
  says: 'it needs 1 person of platform to approve it; ',
} as const;
const denied = { rule: 'level/table', did: 'deny', says: '', reason: 'level 1 (observer) may not do the ' } as const;
const unseen = { rule: 'gate/scope', did: 'deny', says: '', reason: 'its grant covers namespace elsewhere' } as const;
const advised = { rule: 'level/table', did: 'deny', says: '', reason: 'level 0 (advisory) may not do the ' } as const;
const reserved = { rule: 'gate/authority', did: 'deny', says: '', reason: 'agents may not' } as const;
const credential = { rule: 'authority/credentials', did: 'deny', says: '', reason: 'makes a credential' } as const;
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hidden' }, stringData: { word: 'sesame' } };

export const REFUSED: readonly Refused[] = [
  { as: 'observer', run: 'delete configmap guarded', action: 'configmaps:delete', ...denied },
  { as: 'observer', run: 'delete configmaps -l case=guarded', action: 'configmaps:delete', ...denied },
  { as: 'observer', run: 'create -f -', input: configMap('new'), action: 'configmaps:create', ...denied },
  { as: 'observer', run: 'apply -f -', input: configMap('new'), action: 'configmaps:create', ...denied },
  { as: 'observer', run: 'apply -f -', input: configMap('guarded', green), action: 'configmaps:patch', ...denied },
  { as: 'observer', run: 'replace -f -', input: configMap('guarded', green), action: 'configmaps:update', ...denied },
  ...['merge', 'strategic'].map((type) => ({
    as: 'observer' as const,
    run: `patch configmap guarded --type ${type} -p {"data":{"colour":"red"}}`,
    action: 'configmaps:patch',
    ...denied,
  })),
  {
    as: 'observer',
    run: 'patch configmap guarded --type json -p [{"op":"remove","path":"/data/colour"}]',
    action: 'configmaps:patch',
    ...denied,
  },
  {
    as: 'observer',
    run: 'scale deployment guarded --replicas 3',
    action: 'deployments.apps/scale:patch',
    ...denied,
    reason: '(assisted) could do it with the approval of 1 person of platform',
  },
  { as: 'observer', run: 'label configmap guarded season=winter', action: 'configmaps:patch', ...denied },
  { as: 'observer', run: 'annotate deployment guarded note=hello', action: 'deployments.apps:patch', ...denied },
  { as: 'observer', run: 'rollout restart deployment guarded', action: 'deployments.apps:patch', ...denied },
  {
    as: 'observer',
    run: 'get configmaps -A',
    action: 'configmaps:list',
    ...unseen,
    reason: 'reaches for every namespace',
  },
  {
    as: 'assistant',
    run: 'delete configmap guarded',
    action: 'configmaps:delete',
    ...held,
    reason: 'a delete of tier B in dev',
  },
  {
    as: 'assistant',
    run: 'rollout restart deployment guarded',
    action: 'deployments.apps:patch',
    ...held,
    reason: 'tier B',
  },
  {
    as: 'worker',
    run: 'delete deployment guarded',
    action: 'deployments.apps:delete',
    ...held,
    reason: 'tier C in dev',
  },
  {
    as: 'worker',
    run: 'rollout resume deployment paused',
    action: 'deployments.apps:patch',
    ...held,
    reason: 'how far it reaches cannot be told',
  },
  {
    as: 'worker',
    run: 'delete pod lone',
    action: 'pods:delete',
    ...held,
    reason: 'the way back does not restore exactly what was there',
  },
  {
    as: 'worker',
    run: 'apply -f -',
    input: deployment('new'),
    action: 'deployments.apps:create',
    ...held,
    reason: 'tier C',
  },
  {
    as: 'worker',
    run: 'delete --raw /api/v1/namespaces/NAMESPACE/configmaps?labelSelector=case%3Dguarded',
    action: 'configmaps:deletecollection',
    ...held,
    reason: 'the way back does not restore exactly what was there',
  },
  {
    as: 'worker',
    run: 'exec lone -- true',
    action: 'pods/exec:connect',
    ...held,
    reason: 'a connect of tier C in dev',
  },
  { as: 'observer', run: 'exec lone -- true', action: 'pods/exec:connect', ...denied },
  { as: 'observer', run: 'attach lone', action: 'pods/attach:connect', ...denied },
  { as: 'stranger', run: 'exec lone -- true', action: 'pods:get', ...unseen },
  { as: 'worker', run: 'label configmap guarded sallyport.dev/tier=low', action: 'configmaps:patch', ...reserved },
  { as: 'worker', run: 'create -f -', input: secret, action: 'secrets:create', ...credential },
  {
    as: 'worker',
    run: 'create secret generic hidden --from-literal=word=sesame',
    action: 'secrets:create',
    ...credential,
  },
  { as: 'worker', run: 'create token default', action: 'serviceaccounts/token:create', ...credential },
  {
    as: 'worker',
    run: 'create deployment new --image=example.invalid/web:1 --port=80',
    action: 'deployments.apps:create',
    ...held,
    reason: 'tier C',
  },
  {
    as: 'worker',
    run: 'create serviceaccount new',
    action: 'serviceaccounts:create',
    ...held,
    says: 'it needs 2 people of platform to approve it; ',
    reason: 'tier C in dev',
  },
  { as: 'stranger', run: 'create namespace new', action: 'namespaces:create', ...unseen },
  {
    as: 'worker',
    run: 'create rolebinding new --clusterrole=admin --user=sallyport',
    action: 'rolebindings.rbac.authorization.k8s.io:create',
    rule: 'authority/reserved',
    did: 'deny',
    says: '',
    reason: 'agents may not, at any level',
  },
  { as: 'observer', run: 'create configmap new --from-literal=a=b', action: 'configmaps:create', ...denied },
  { as: 'stranger', run: 'get configmap guarded', action: 'configmaps:get', ...unseen },
  { as: 'stranger', run: 'delete configmap guarded', action: 'configmaps:delete', ...unseen },
  { as: 'stranger', run: 'logs lone', action: 'pods:get', ...unseen },
  { as: 'adviser', run: 'get configmap guarded', action: 'configmaps:get', ...advised },
  { as: 'adviser', run: 'logs lone', action: 'pods:get', ...advised },
  { as: 'adviser', run: 'delete configmap guarded', action: 'configmaps:delete', ...advised },
];
