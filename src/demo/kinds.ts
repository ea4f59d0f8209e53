import { at, listAt, textAt } from '../cli/json-fields.ts';
import { isObject, type JsonObject } from '../json.ts';

/** One column of what `kubectl get` prints. `wide` columns are for `-o wide`. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer';
  readonly wide?: true;
  readonly cell: (object: JsonObject, now: Date) => string | number;
}

/** A resource that the demonstration upstream serves. */
export interface Kind {
  readonly group: '' | 'apps';
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
  readonly columns: readonly Column[];
}

const NAME: Column = { name: 'Name', type: 'string', cell: (object) => textAt(object, 'metadata', 'name') };
const AGE: Column = {
  name: 'Age',
  type: 'string',
  cell: (object, now) => ageOf(textAt(object, 'metadata', 'creationTimestamp'), now),
};
const text = (name: string, cell: (object: JsonObject) => string): Column => ({ name, type: 'string', cell });
const count = (name: string, ...path: readonly string[]): Column => ({
  name,
  type: 'integer',
  cell: (object) => numberAt(object, ...path),
});
const images = (...path: readonly string[]): Column => ({
  name: 'Images',
  type: 'string',
  wide: true,
  cell: (object) =>
    listAt(object, ...path, 'containers')
      .map((each) => textAt(each, 'image'))
      .join(','),
});

/** Everything the demonstration upstream knows; all of it is version `v1` of its group. */
export const KINDS: readonly Kind[] = [
  kind('', 'namespaces', 'Namespace', { namespaced: false, shortNames: ['ns'] }, [text('Status', () => 'Active')]),
  kind('', 'configmaps', 'ConfigMap', { shortNames: ['cm'] }, [
    { name: 'Data', type: 'integer', cell: (object) => memberCount(object, 'data') },
  ]),
  kind('', 'secrets', 'Secret', {}, [
    text('Type', (object) => textAt(object, 'type')),
    { name: 'Data', type: 'integer', cell: (object) => memberCount(object, 'data') },
  ]),
  kind('', 'events', 'Event', { shortNames: ['ev'] }, []),
  kind('', 'pods', 'Pod', { shortNames: ['po'], categories: ['all'], subresources: ['log', 'eviction'] }, [
    text(
      'Ready',
      (object) =>
        `${listAt(object, 'status', 'containerStatuses').length}/${listAt(object, 'spec', 'containers').length}`,
    ),
    text('Status', (object) => textAt(object, 'status', 'phase')),
    text('Restarts', () => '0'),
  ]),
  kind('apps', 'deployments', 'Deployment', { shortNames: ['deploy'], categories: ['all'], subresources: ['scale'] }, [
    text('Ready', (object) => `${numberAt(object, 'status', 'readyReplicas')}/${numberAt(object, 'spec', 'replicas')}`),
    count('Up-to-date', 'status', 'updatedReplicas'),
    count('Available', 'status', 'availableReplicas'),
    images('spec', 'template', 'spec'),
  ]),
  kind('apps', 'replicasets', 'ReplicaSet', { shortNames: ['rs'], categories: ['all'] }, [
    count('Desired', 'spec', 'replicas'),
    count('Current', 'status', 'replicas'),
    count('Ready', 'status', 'readyReplicas'),
    images('spec', 'template', 'spec'),
  ]),
];

/** The kind behind a path's group and plural name. */
export function findKind(group: string, plural: string): Kind | undefined {
  return KINDS.find((each) => each.group === group && each.plural === plural);
}

/** The kind with this name, which must be one of `KINDS`. */
export function kindNamed(name: string): Kind {
  const found = KINDS.find((each) => each.kind === name);
  if (found === undefined) throw new Error(`the demonstration upstream has no kind ${name}`);
  return found;
}

/** `v1` or `apps/v1`. */
export function apiVersionOf(kind: Kind): string {
  return kind.group === '' ? 'v1' : `${kind.group}/v1`;
}

/** `deployments.apps`, as kubectl and error messages name it. */
export function qualifiedName(kind: Kind): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

/** The number at a path; 0 where there is none. */
export function numberAt(object: JsonObject, ...path: readonly string[]): number {
  const found = at(object, ...path);
  return typeof found === 'number' ? found : 0;
}

function kind(
  group: Kind['group'],
  plural: string,
  name: string,
  rest: Partial<Pick<Kind, 'namespaced' | 'shortNames' | 'categories' | 'subresources'>>,
  columns: readonly Column[],
): Kind {
  const base = { group, plural, kind: name, namespaced: true, shortNames: [], categories: [], subresources: [] };
  const narrow = columns.filter((column) => column.wide === undefined);
  const wide = columns.filter((column) => column.wide !== undefined);
  return { ...base, ...rest, columns: [NAME, ...narrow, AGE, ...wide] };
}

function memberCount(object: JsonObject, name: string): number {
  const found = at(object, name);
  return isObject(found) ? Object.keys(found).length : 0;
}

function ageOf(created: string, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(created)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
