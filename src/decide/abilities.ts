import type { Described } from '../describe/action.ts';
import type { Decision } from '../record/case-file.ts';
import type { Ability, VerificationDuty } from '../settle/verify/duty.ts';
import type { ObligationName } from './verdict.ts';

/** What the gate can only do to a call that the server runs dry when it is asked to. */
const BY_DRY_RUN: ReadonlySet<string> = new Set<ObligationName>(['dry-run-first', 'as-dry-run']);

/**
 * Whether the gate can discharge an obligation for this call: not every one can be run dry, looked at afterwards, split or taken
 * back. @param ability what was found out about that; undefined before measuring, and of reads
 */
export function isAble(duty: string, { runsDry }: Described, ability: Ability | undefined): boolean {
  if (BY_DRY_RUN.has(duty)) return runsDry === true;
  if (ability === undefined) return true;
  if (duty === 'verify') return ability.plan !== undefined;
  if (duty === 'canary') return ability.canary !== undefined;
  return duty !== 'fallback' || ability.fallback;
}

/**
 * What a decision obliges the gate to of what it is able to. What a policy asks for besides is not met, and such a call
 * is refused when it is due.
 */
export function verificationDuty(
  { did, by, verdict }: Decision,
  ability: Ability | undefined,
): VerificationDuty | undefined {
  const { plan, watched } = ability ?? {};
  if (did !== 'allow' || by !== 'policy' || plan === undefined || watched === undefined) return undefined;
  const obliged = new Set(verdict?.obligations.map(({ name }) => name));
  if (!obliged.has('verify') || obliged.has('as-dry-run')) return undefined;
  const canary = obliged.has('canary') ? ability?.canary : undefined;
  return { plan, watched, canary, fallback: obliged.has('fallback') || (plan.revert && ability?.fallback === true) };
}
