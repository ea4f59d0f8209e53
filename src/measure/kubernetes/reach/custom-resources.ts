import { metadataOf } from '../labels.ts';
import { alone, CLUSTER, INVERSE, NONE, type Row, type Rows, reaching } from './found.ts';
import { objects, specOf, text } from './members.ts';

/** All objects of the kind go with it, wherever they are. */
const deleted: Row = async ({ before }, look) => {
  const { group, names, versions } = specOf(before);
  const served = objects(versions).find((version) => version.served === true);
  const resource = text((names as { plural?: string } | undefined)?.plural);
  if (served === undefined || resource === '') return undefined;
  const namespaces = new Set<string>();
  let count = 0;
  await look.each({ group: text(group), version: text(served.name), resource }, {}, (item) => {
    count += 1;
    const { namespace } = metadataOf(item);
    if (typeof namespace === 'string') namespaces.add(namespace);
  });
  const blast = reaching(0, 0, 0, { ...CLUSTER, objects: 1 + count, namespaces: namespaces.size, open: true });
  return count === 0 ? { blast, wayBack: INVERSE } : { blast, wayBack: NONE, lost: ['all objects of the kind'] };
};

export const DEFINITIONS: Rows = {
  'customresourcedefinitions.apiextensions.k8s.io': { create: alone(CLUSTER), delete: deleted },
};
