import { z } from 'zod';
import { canonicalJson, type JsonObject } from '../../json.ts';

/**
 * What taking a change back takes: the object before and as the change makes it. Held beside the decision, sealed; it says by
 * itself which object it is about, because the recorded path is redacted.
 */
export interface CapturedChange {
  /** What the call did to the object; an eviction deletes. */
  readonly did: 'created' | 'changed' | 'deleted';
  /** The decoded path of the object itself, without a subresource: `apis`, `apps`, `v1`, `namespaces`, ... */
  readonly path: readonly string[];
  /** `scale` where only that was changed, through the subresource; else empty. */
  readonly subresource: '' | 'scale';
  readonly before: JsonObject | null;
  /** By the server's own dry run; null when it deletes. */
  readonly after: JsonObject | null;
}

const object = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));
const schema = z.strictObject({
  v: z.literal(1),
  did: z.enum(['created', 'changed', 'deleted']),
  path: z.array(z.string().min(1)).min(3),
  subresource: z.enum(['', 'scale']),
  before: object.nullable(),
  after: object.nullable(),
});

/** As it is sealed. */
export function capturedText(change: CapturedChange): string {
  return canonicalJson({ v: 1, ...change });
}

/** The change that was sealed, or undefined when this is none. */
export function readCaptured(text: string): CapturedChange | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) return undefined;
  const { v: _, ...change } = parsed.data;
  return change;
}
