import { z } from 'zod';
import { SallyportError } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import type { Document, Put } from '../../record/store.ts';

/** Something to be done at a time, whatever becomes of the gate meanwhile. */
export interface Task {
  /** Nobody else's, made of what it belongs to: `hold.expire:<hold>`. A task that is planned is not planned again. */
  readonly id: string;
  /** Who does it: the name that a handler was registered under. */
  readonly kind: string;
  /** RFC 3339: not before this. */
  readonly due: string;
  /** What the handler needs to know: ids rather than copies, for what they name may have changed by then. */
  readonly body: JsonObject;
}

/** A task as it is stored. */
export interface StoredTask extends Task {
  readonly version: number;
  /** Who is at it, and until when nobody else may be. */
  readonly lease: { readonly owner: string; readonly until: string } | null;
  /** How often it failed in a row, and when it is tried next. */
  readonly failed: { readonly times: number; readonly next: string } | null;
}

/** What of a stored task can change. */
export type TaskChange = Partial<Pick<StoredTask, 'due' | 'body' | 'lease' | 'failed'>>;

const instant = z.iso.datetime({ precision: 3 });

const bodySchema = z.strictObject({
  kind: z.string().min(1),
  due: instant,
  body: z.record(z.string(), z.json()),
  lease: z.strictObject({ owner: z.string().min(1), until: instant }).nullable(),
  failed: z.strictObject({ times: z.int().positive(), next: instant }).nullable(),
});

/**
 * The task in a stored document.
 * @throws SallyportError `record/unavailable` when it cannot be read: what it was to end would go on for ever.
 */
export function readTask({ id, version, body }: Document): StoredTask {
  const parsed = bodySchema.safeParse(body);
  if (parsed.success) return { id, version, ...parsed.data };
  throw new SallyportError('record/unavailable', `task ${id} in the store cannot be read`, {
    fix: 'restore the store from a copy, or run the version of sallyport that wrote it',
  });
}

/** What plans a task. @throws SallyportError `request/invalid` on a time that is none. */
export function planOf(task: Task): Put {
  return put({ ...task, version: 0, lease: null, failed: null });
}

/** What changes a task. */
export function changeOf(task: StoredTask, change: TaskChange): Put {
  return put({ ...task, ...change });
}

/** What takes a task away. */
export function removalOf({ id, version }: StoredTask): Put {
  return { collection: 'schedule', id, expect: version, body: null };
}

/** When a task may be begun: it is due, nobody is at it, and it did not fail just now. Milliseconds since the epoch. */
export function opensAt({ due, lease, failed }: StoredTask): number {
  return Math.max(Date.parse(due), Date.parse(lease?.until ?? due), Date.parse(failed?.next ?? due));
}

function put({ id, kind, due, body, version, lease, failed }: StoredTask): Put {
  const ms = Date.parse(due);
  if (Number.isNaN(ms)) throw new SallyportError('request/invalid', `task ${id} cannot be due at ${due}: no such time`);
  return {
    collection: 'schedule',
    id,
    expect: version,
    body: {
      ...{ kind, due: new Date(ms).toISOString(), body },
      lease: lease === null ? null : { ...lease },
      failed: failed === null ? null : { ...failed },
    },
  };
}
