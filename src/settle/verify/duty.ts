import type { JsonObject } from '../../json.ts';
import { type CanaryStep, type Watched, watchedToJson } from './lane-verifier.ts';
import { planToJson, type VerificationPlan } from './plan.ts';

/** What this gate can do about an act, so that it is known whether it worked: told to policy before it judges. */
export interface Ability {
  /** Undefined where there is no probe for the act, or none that this gate can look by. */
  readonly plan: VerificationPlan | undefined;
  readonly watched: Watched | undefined;
  /** Undefined where the act cannot be split, or where nothing would tell whether its first part worked. */
  readonly canary: CanaryStep | undefined;
  /** The gate can take it back by itself. */
  readonly fallback: boolean;
  /** The last verification of the same target: `none`, `running`, `failed` or `inconclusive`. */
  readonly standing: string;
}

/** What a verdict obliges the gate to, of that: on the record with the decision. */
export interface VerificationDuty {
  readonly plan: VerificationPlan;
  readonly watched: Watched;
  readonly canary: CanaryStep | undefined;
  /** What has not succeeded is taken back. */
  readonly fallback: boolean;
}

export function dutyToJson({ plan, watched, canary, fallback }: VerificationDuty): JsonObject {
  return {
    plan: planToJson(plan),
    watched: watchedToJson(watched),
    canary: canary === undefined ? null : { ...canary },
    fallback,
  };
}
