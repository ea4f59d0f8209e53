import { isArray, type JsonObject } from '../../../json.ts';
import { metadataOf } from '../labels.ts';
import { type Lookup, type Served, unmeasured } from './lookup.ts';
import { objects, text } from './members.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/**
 * The namespaced resources that hold objects of their own, each in the version that the server prefers.
 * @throws SallyportError `measure/failed` when the server cannot say, for one group even
 */
export async function namespacedResources(look: Lookup): Promise<readonly Served[]> {
  const lists = await Promise.all(['/api', '/apis'].map((path) => look.ask(path, AGGREGATED, `GET ${path}`)));
  return lists.flatMap((list) => {
    if (list?.kind !== 'APIGroupDiscoveryList') throw unmeasured('what resources there are could not be read');
    return objects(list.items).flatMap(resourcesOf);
  });
}

function resourcesOf(group: JsonObject): readonly Served[] {
  const name = text(metadataOf(group).name);
  const seen = new Set<string>();
  const found: Served[] = [];
  for (const version of objects(group.versions)) {
    if (version.freshness === 'Stale') throw unmeasured(`the API group ${name} does not answer`);
    for (const { resource, scope, verbs } of objects(version.resources)) {
      const can = (verb: string) => isArray(verbs) && verbs.includes(verb);
      if (scope !== 'Namespaced' || !can('list') || !can('delete') || seen.has(text(resource))) continue;
      seen.add(text(resource));
      found.push({ group: name, version: text(version.version), resource: text(resource) });
    }
  }
  return found;
}
