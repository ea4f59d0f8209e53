import { z } from 'zod';
import { isObject, type Json, type JsonObject } from '../../json.ts';
import { type ProbeSpec, readDuration, readProbes, type VerificationPlan } from './plan.ts';

/** What a plan is looked up by. */
export interface PlannedAct {
  /** As policy names it: `kubernetes:deployments.apps:patch`. */
  readonly action: string;
  /** The runbook that the agent names: a claim, which may add probes and be stricter, never take anything away. */
  readonly runbook: string;
  /** Whether this gate can look by a probe at this act. */
  readonly canLook: (probe: ProbeSpec) => boolean;
}

const duration = z.string().transform((text, context): number => {
  const ms = readDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: 'no duration' });
  return z.NEVER;
});

/** As `rego/schemas/settings/verification.json` has it; whatever else stands there is not for the gate. */
const defaultsSchema = z.object({
  within: duration,
  every: duration,
  at_most: duration,
  looks: z.int().min(1),
  canary: z.object({ share: z.number().gt(0).max(1) }),
});
const sourceSchema = z.object({
  probes: z.unknown().optional(),
  signal: z.string().optional(),
  within: duration.optional(),
  looks: z.int().min(1).optional(),
  revert: z.boolean().optional(),
});

type Planned = Pick<VerificationPlan, 'within' | 'looks' | 'revert' | 'probes'> & { readonly signal: string };

/**
 * How the settings want it told that an act worked: the probes of its kind of action, and those of the runbook that is named and
 * allows it. Undefined where there are none, where one of them cannot be read, or where this gate cannot look by one of them: what is
 * looked at in part only is not verified.
 * @param settings the sections `verification` and `runbooks` of a policy's settings
 */
export function planFrom(settings: JsonObject, { action, runbook, canLook }: PlannedAct): VerificationPlan | undefined {
  const defaults = defaultsSchema.safeParse(settings.verification).data;
  if (defaults === undefined) return undefined;
  const { every, at_most: atMost } = defaults;
  const sources = [member(member(settings.verification, 'actions'), action), runbookOf(settings, runbook, action)];
  const parts: Planned[] = [];
  for (const source of sources) {
    if (source === undefined) continue;
    const part = partOf(source, defaults);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  const [first, ...more] = parts;
  if (first === undefined) return undefined;
  const plan = more.reduce((one, other) => stricterPart(one, other), first);
  if (plan.probes.length === 0 || !plan.probes.every(canLook)) return undefined;
  return { ...plan, probes: [...plan.probes], every, atMost };
}

/** The stricter of two plans for one act, and no plan where one of them is none. */
export function stricterPlan(
  one: VerificationPlan | undefined,
  other: VerificationPlan | undefined,
): VerificationPlan | undefined {
  if (one === undefined || other === undefined) return undefined;
  return { ...one, ...stricterPart(one, other) };
}

/** The share of an act that is tried first, as the settings say it; undefined where they do not. */
export function canaryShareOf(settings: JsonObject): number | undefined {
  return defaultsSchema.safeParse(settings.verification).data?.canary.share;
}

function partOf(source: Json, { within, looks }: z.output<typeof defaultsSchema>): Planned | undefined {
  const read = sourceSchema.safeParse(source).data;
  const probes = readProbes(read?.probes ?? []);
  if (read === undefined || probes === undefined) return undefined;
  return {
    probes: [...probes],
    within: read.within ?? within,
    looks: read.looks ?? looks,
    revert: read.revert ?? false,
    signal: read.signal ?? '',
  };
}

/** Everything that either looks at, sooner, more often; undone if either wants that. */
function stricterPart(one: Planned, other: Planned): Planned {
  const probes = new Map([...one.probes, ...other.probes].map((probe) => [JSON.stringify(probe), probe]));
  return {
    probes: [...probes.values()],
    within: Math.min(one.within, other.within),
    looks: Math.max(one.looks, other.looks),
    revert: one.revert || other.revert,
    signal: [...new Set([one.signal, other.signal].filter((text) => text !== ''))].join('; '),
  };
}

function runbookOf(settings: JsonObject, name: string, action: string): Json | undefined {
  const runbook = member(settings.runbooks, name);
  return member(member(runbook, 'actions'), action) === undefined ? undefined : member(runbook, 'verification');
}

/** Own members only: names come from agents. */
function member(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
