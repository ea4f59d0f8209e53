import type { JsonObject } from '../json.ts';
import type { Kind } from './kinds.ts';
import { metadataOf } from './object-store.ts';

/** A `meta.k8s.io/v1` Table: what kubectl asks for to print `get`. */
export function toTable(kind: Kind, objects: readonly JsonObject[], resourceVersion: string, now: Date): JsonObject {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion },
    columnDefinitions: kind.columns.map(({ name, type, wide }) => ({
      name,
      type,
      format: name === 'Name' ? 'name' : '',
      description: name,
      priority: wide === undefined ? 0 : 1,
    })),
    rows: objects.map((object) => ({
      cells: kind.columns.map((column) => column.cell(object, now)),
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: metadataOf(object) },
    })),
  };
}

/** Whether an Accept header prefers a Table. */
export function wantsTable(accept: string | undefined): boolean {
  return /^application\/json;as=Table;/.test(accept ?? '');
}
