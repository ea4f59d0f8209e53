import { z } from 'zod';
import type { JsonObject } from '../../json.ts';

/** A name of an endpoint in `sallyport.yaml`. */
const endpoint = z.string().min(1);
const COMPARISONS = ['<', '<=', '>', '>=', '=='] as const;

const probeSchema = z.discriminatedUnion('probe', [
  /** The target's rollout has come to its end. */
  z.strictObject({ probe: z.literal('rollout') }),
  /** A condition of the target has a status. */
  z.strictObject({ probe: z.literal('condition'), type: z.string().min(1), status: z.string().min(1) }),
  /** The target is there, or is not there any more. */
  z.strictObject({ probe: z.literal('exists') }),
  z.strictObject({ probe: z.literal('absent') }),
  /** An endpoint answers as it should. */
  z.strictObject({
    probe: z.literal('http'),
    endpoint,
    status: z.int().min(100).max(599),
    contains: z.string().min(1).exactOptional(),
    /** A JSON pointer (RFC 6901) into the answer, and what must be there. */
    pointer: z.string().exactOptional(),
    equals: z.union([z.string(), z.number(), z.boolean()]).exactOptional(),
  }),
  /** Every sample of an instant query compares as it should; no sample is no success. */
  z.strictObject({
    probe: z.literal('prometheus'),
    endpoint,
    query: z.string().min(1),
    is: z.enum(COMPARISONS),
    than: z.number(),
  }),
]);

/** One thing that is looked at. */
export type ProbeSpec = z.output<typeof probeSchema>;
export type Comparison = (typeof COMPARISONS)[number];

const planSchema = z.strictObject({
  probes: z.array(probeSchema).min(1).max(16),
  /** In words, for people. */
  signal: z.string(),
  /** Milliseconds from the outcome: by then it has succeeded, or it has not. */
  within: z.int().min(1),
  /** Milliseconds between two looks at first, and at most. */
  every: z.int().min(1),
  atMost: z.int().min(1),
  /** So many good looks in a row are success. */
  looks: z.int().min(1).max(100),
  /** Whether what has not succeeded is undone, where that is possible. */
  revert: z.boolean(),
});

/** How it is told that an act worked: fixed with the decision, so that another bundle does not change what was promised. */
export type VerificationPlan = z.output<typeof planSchema>;

/** @returns undefined where it is none, as of another version */
export function readPlan(value: unknown): VerificationPlan | undefined {
  return planSchema.safeParse(value).data;
}

/** @returns undefined where one of them is none: a verification that leaves something out is none */
export function readProbes(value: unknown): readonly ProbeSpec[] | undefined {
  return z.array(probeSchema).max(16).safeParse(value).data;
}

export function planToJson({ probes, ...rest }: VerificationPlan): JsonObject {
  return { ...rest, probes: probes.map((probe) => ({ ...probe })) };
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** `10m`, as settings say it, in milliseconds. */
export function readDuration(value: unknown): number | undefined {
  const [, amount, unit = ''] = typeof value === 'string' ? (/^([1-9]\d{0,5})([smh])$/.exec(value) ?? []) : [];
  const factor = UNITS[unit];
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}
