import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import type { FreezeScope } from './freeze-scope.ts';

/** One press of the stop button. Times are RFC 3339, UTC, milliseconds. */
export interface Freeze {
  readonly id: string;
  readonly scope: FreezeScope;
  /** True: reads are stopped too. */
  readonly reads: boolean;
  /** The operator who set it; `gate` when a stop condition did. */
  readonly by: string;
  readonly why: string;
  readonly since: string;
  /** Over at this time by itself; null: only when lifted. */
  readonly until: string | null;
  readonly lifted: { readonly by: string; readonly why: string; readonly at: string } | null;
}

const name = z.string().min(1).max(253);

export const freezeScopeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('everything') }),
  z.strictObject({ kind: z.literal('route'), route: name }),
  z.strictObject({ kind: z.literal('environment'), environment: name }),
  z.strictObject({ kind: z.literal('agent'), agent: name }),
  z.strictObject({ kind: z.literal('service'), service: name }),
  z.strictObject({ kind: z.literal('team'), team: name }),
  z.strictObject({ kind: z.literal('runbook'), runbook: name }),
]);

const instant = z.iso.datetime({ precision: 3 });

const freezeSchema = z.strictObject({
  id: z.string().min(1),
  scope: freezeScopeSchema,
  reads: z.boolean(),
  by: z.string(),
  why: z.string(),
  since: instant,
  until: instant.nullable(),
  lifted: z.strictObject({ by: z.string(), why: z.string(), at: instant }).nullable(),
});

/** The freeze in a stored document, or undefined when it is none. */
export function freezeFromJson(body: JsonObject): Freeze | undefined {
  const parsed = freezeSchema.safeParse(body);
  return parsed.success ? parsed.data : undefined;
}

/** The stored and served form. */
export function freezeToJson(freeze: Freeze): JsonObject {
  return {
    id: freeze.id,
    scope: { ...freeze.scope },
    reads: freeze.reads,
    by: freeze.by,
    why: freeze.why,
    since: freeze.since,
    until: freeze.until,
    lifted: freeze.lifted === null ? null : { ...freeze.lifted },
  };
}
