import { z } from 'zod';
import { SallyportError } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import type { Document, Store } from '../../record/store.ts';
import type { Look } from './look.ts';
import { planToJson, readPlan, type VerificationPlan } from './plan.ts';
import { after, type ProbeProgress, UNSEEN } from './progress.ts';

const watchedSchema = z.strictObject({
  resource: z.string(),
  path: z.string(),
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
});
const lookSchema = z.strictObject({
  state: z.enum(['good', 'waiting', 'bad', 'blind']),
  saw: z.string(),
  at: z.string(),
});
const verificationSchema = z.strictObject({
  /**
   * `awaiting`: the call is on its way; `running`: its outcome is known; the others are ends. `moot`: the call did not run, so there
   * is nothing to verify.
   */
  state: z.enum(['awaiting', 'running', 'passed', 'failed', 'inconclusive', 'moot']),
  plan: z.custom<VerificationPlan>((value) => readPlan(value) !== undefined),
  agent: z.string(),
  intent: z.string().nullable(),
  runbook: z.string().nullable(),
  route: z.string(),
  action: z.string(),
  environment: z.string(),
  /** What freezes are looked up by. */
  subject: z.strictObject({
    agent: z.string(),
    route: z.string(),
    environments: z.array(z.string()),
    services: z.array(z.string()),
    teams: z.array(z.string()),
    runbook: z.string(),
    reading: z.boolean(),
  }),
  watched: watchedSchema,
  /** When it was put on the books, before the first byte left. */
  since: z.string(),
  /** When the outcome was known; of a canary, that of its present step. */
  started: z.string().nullable(),
  ended: z.string().nullable(),
  /** Looks so far, at all probes each. */
  looks: z.int().min(0),
  progress: z.array(z.strictObject({ row: z.int().min(0), last: lookSchema.nullable() })),
  /** What was seen, whenever it was something else than before: the newest, oldest first. */
  seen: z.array(z.strictObject({ probe: z.int(), ...lookSchema.shape })),
  canary: z
    .strictObject({
      from: z.int(),
      first: z.int(),
      to: z.int(),
      step: z.enum(['first', 'expanding', 'rest']),
    })
    .nullable(),
  /** How it ended, in a sentence. */
  why: z.string(),
  /** Whether what has not succeeded is undone by the gate, and what became of that. */
  fallback: z.enum(['none', 'promised', 'due', 'done']),
});

/** How it is found out whether one act worked. Its id is the decision's. */
export type Verification = z.output<typeof verificationSchema> & { readonly id: string };

/** What was seen is kept up to so many changes. */
const MOST_SEEN = 24;

/** @throws SallyportError `record/unavailable` when it cannot be read: it would never be told whether the act worked */
export function readVerification({ id, body }: Document): Verification {
  const parsed = verificationSchema.safeParse(body);
  if (parsed.success) return { id, ...parsed.data };
  throw new SallyportError('record/unavailable', `the verification of ${id} in the store cannot be read`, {
    fix: 'restore the store from a copy, or run the version of sallyport that wrote it',
  });
}

export function verificationToJson({ id: _id, plan, ...rest }: Verification): JsonObject {
  return {
    ...rest,
    plan: planToJson(plan),
    watched: { ...rest.watched },
    subject: { ...rest.subject },
    progress: rest.progress.map(({ row, last }) => ({ row, last: last === null ? null : { ...last } })),
    seen: rest.seen.map((one) => ({ ...one })),
    canary: rest.canary === null ? null : { ...rest.canary },
  };
}

/** The verification after a look at each of its probes. */
export function looked(verification: Verification, looks: readonly Look[], at: string): Verification {
  const progress = looks.map((look, i) => after(progressAt(verification, i), look, at));
  const news = looks.flatMap((look, probe) => {
    const last = verification.progress[probe]?.last;
    return last?.state === look.state && last.saw === look.saw ? [] : [{ probe, ...look, at }];
  });
  return {
    ...verification,
    looks: verification.looks + 1,
    progress: [...progress],
    seen: [...verification.seen, ...news].slice(-MOST_SEEN),
  };
}

/** How its probes stand, each by its place in the plan. */
export function progressOf(verification: Verification): readonly ProbeProgress[] {
  return verification.plan.probes.map((_, i) => progressAt(verification, i));
}

function progressAt({ progress }: Verification, i: number): ProbeProgress {
  return progress[i] ?? UNSEEN;
}

/** What was seen last, in a sentence for people. */
export function lastSeen(verification: Verification): string {
  const said = verification.plan.probes.map((probe, i) => {
    const last = verification.progress[i]?.last;
    return `${probe.probe}: ${last === undefined || last === null ? 'nobody looked' : last.saw}`;
  });
  return said.join('; ');
}

/** The replicas that a scaling has set so far, where the rest of it has not followed; undefined where it was not split. */
export async function replicasSent(store: Pick<Store, 'get'>, decision: string): Promise<number | undefined> {
  const document =
    (await store.get('verifications', decision)) ?? (await store.get('closed', `verifications:${decision}`));
  const canary = document === undefined ? null : readVerification({ ...document, id: decision }).canary;
  return canary === null || canary.step === 'rest' ? undefined : canary.first;
}
