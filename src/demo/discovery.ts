import type { JsonObject } from '../json.ts';
import { apiVersionOf, KINDS, type Kind } from './kinds.ts';

const VERSION = 'v1.36.0-sallyport-demonstration';
const GROUP_VERSIONS = ['v1', 'apps/v1'];
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** What the paths outside of resources answer: version, health, discovery, OpenAPI; undefined for any other path. */
export function answerDiscovery(path: string): JsonObject | undefined {
  return DOCUMENTS.get(path);
}

const DOCUMENTS: ReadonlyMap<string, JsonObject> = new Map<string, JsonObject>([
  ['/version', { major: '1', minor: '36', gitVersion: VERSION, gitTreeState: 'clean', platform: 'demonstration' }],
  ['/api', { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }],
  ['/apis', { kind: 'APIGroupList', apiVersion: 'v1', groups: [appsGroup()] }],
  ['/apis/apps', { kind: 'APIGroup', apiVersion: 'v1', ...appsGroup() }],
  ...GROUP_VERSIONS.map((version): [string, JsonObject] => [rootOf(version), resourceList(version)]),
  [
    '/openapi/v3',
    { paths: Object.fromEntries(GROUP_VERSIONS.map((version) => [rootOf(version).slice(1), openApiLink(version)])) },
  ],
  ...GROUP_VERSIONS.map((version): [string, JsonObject] => [`/openapi/v3${rootOf(version)}`, openApi(version)]),
]);

/** `/api/v1` or `/apis/apps/v1`. */
function rootOf(groupVersion: string): string {
  return groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`;
}

function appsGroup(): JsonObject {
  const version = { groupVersion: 'apps/v1', version: 'v1' };
  return { name: 'apps', versions: [version], preferredVersion: version };
}

function resourceList(groupVersion: string): JsonObject {
  const resources = KINDS.filter((kind) => apiVersionOf(kind) === groupVersion).flatMap((kind) => [
    {
      name: kind.plural,
      singularName: kind.kind.toLowerCase(),
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: VERBS,
      shortNames: kind.shortNames,
      categories: kind.categories,
    },
    ...kind.subresources.map((name) => subresource(kind, name)),
  ]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

function subresource(kind: Kind, name: string): JsonObject {
  const base = { name: `${kind.plural}/${name}`, singularName: '', namespaced: kind.namespaced };
  if (name === 'scale')
    return { ...base, group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] };
  if (name === 'eviction') return { ...base, group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] };
  return { ...base, kind: kind.kind, verbs: ['get'] };
}

function openApiLink(groupVersion: string): JsonObject {
  return { serverRelativeURL: `/openapi/v3${rootOf(groupVersion)}` };
}

/**
 * The least OpenAPI v3 that kubectl needs: that a PATCH takes `fieldValidation`, so that it leaves validation to the
 * server instead of asking for schemas.
 */
function openApi(groupVersion: string): JsonObject {
  const paths = KINDS.filter((kind) => apiVersionOf(kind) === groupVersion).map((kind) => {
    const [group = '', version = ''] = groupVersion === 'v1' ? ['', 'v1'] : groupVersion.split('/');
    const operation = {
      operationId: `patch${kind.kind}`,
      parameters: ['dryRun', 'fieldValidation'].map((name) => ({ name, in: 'query', schema: { type: 'string' } })),
      responses: { 200: { description: 'OK' } },
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group, version, kind: kind.kind },
    };
    const place = kind.namespaced ? 'namespaces/{namespace}/' : '';
    return [`${rootOf(groupVersion)}/${place}${kind.plural}/{name}`, { patch: operation }] as const;
  });
  return {
    openapi: '3.0.0',
    info: { title: 'Sallyport demonstration upstream', version: VERSION },
    paths: Object.fromEntries(paths),
    components: { schemas: {} },
  };
}
