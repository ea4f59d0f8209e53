import { z } from 'zod';
import type { JsonObject } from '../../json.ts';
import type { Document } from '../../record/store.ts';
import { type Notice, noticeJson, noticeSchema } from './notice.ts';

/** One notice on its way to one target. */
export interface Entry {
  readonly target: string;
  /** Where it stands in the target's queue: the sequence number of what it tells of, or of what was told when it was put back. */
  readonly place: number;
  readonly notice: Notice;
  readonly state: 'waiting' | 'dead';
  /** Tries that failed. */
  readonly attempts: number;
  /** RFC 3339: since when it is tried. */
  readonly since: string;
  /** RFC 3339: not tried before. */
  readonly next: string;
  /** Why the last try failed; empty before one did. */
  readonly error: string;
}

/** An entry as the store has it. */
export interface StoredEntry {
  readonly id: string;
  readonly version: number;
  readonly entry: Entry;
}

const schema: z.ZodType<Entry> = z.strictObject({
  target: z.string(),
  place: z.int(),
  notice: noticeSchema,
  state: z.enum(['waiting', 'dead']),
  attempts: z.int(),
  since: z.string(),
  next: z.string(),
  error: z.string(),
});

/** Documents of the collection that are entries; the others are its head, digests and groups. */
const PREFIX = 'notice.';

/** The id of what a target is told of the leaf `seq`; `part` tells apart what else it is told there: `event`, `digest`, ... */
export function entryId(target: string, seq: number, part: string): string {
  return `${PREFIX}${target}.${String(seq).padStart(12, '0')}.${part}`;
}

export function entryJson(entry: Entry): JsonObject {
  return { ...entry, notice: noticeJson(entry.notice) };
}

/** Undefined when it is none, or none that this version can read. */
export function readEntry({ id, version, body }: Document): StoredEntry | undefined {
  if (!id.startsWith(PREFIX)) return undefined;
  const parsed = schema.safeParse(body);
  return parsed.success ? { id, version, entry: parsed.data } : undefined;
}

/** In the order in which they are sent. */
export function byPlace(a: StoredEntry, b: StoredEntry): number {
  return a.entry.place - b.entry.place || (a.id < b.id ? -1 : 1);
}
