import { Denied } from '../decide/decider.ts';
import type { Hold, Obligation, Reason, Verdict } from '../decide/verdict.ts';
import type { Refusal } from '../describe/action.ts';
import type { ErrorCode } from '../errors.ts';
import { messageOf, SallyportError } from '../errors.ts';
import type { Decision } from '../record/case-file.ts';

/** Which kind of refusal an error is; the surfaces turn the kind into their own protocol's answer. */
const KINDS: Readonly<Partial<Record<ErrorCode, Refusal['kind']>>> = {
  'identity/missing': 'unauthenticated',
  'identity/invalid': 'unauthenticated',
  'identity/expired': 'unauthenticated',
  'identity/revoked': 'unauthenticated',
  'identity/unknown': 'unauthenticated',
  'wire/malformed': 'malformed',
  'wire/forbidden-header': 'malformed',
  'wire/too-large': 'too-large',
  'json/malformed': 'malformed',
  'record/unavailable': 'unavailable',
  'record/conflict': 'unavailable',
  'credential/unavailable': 'unavailable',
  'upstream/unreachable': 'upstream',
  'upstream/timeout': 'upstream-timeout',
  'measure/busy': 'retry',
};

/** The refusal for whatever was thrown on the way of a call. */
export function refusalOf(error: unknown, decision: string | undefined): Refusal {
  if (error instanceof Denied)
    return { kind: 'denied', decision, message: sentence(error.reasons, decision), warnings: [] };
  const known = error instanceof SallyportError;
  const kind =
    (known ? KINDS[error.code] : undefined) ?? (known && error.code.startsWith('policy/') ? 'denied' : 'unavailable');
  const what = known ? messageOf(error) : 'the gate failed to judge this call';
  const fix = known && error.fix !== undefined ? `: ${error.fix}` : '';
  return { kind, decision, message: `${what}${fix}`, warnings: [] };
}

/** The refusal of a judged call: a denial or, until people can lift it, a hold. */
export function refusalOfDecision(decision: Decision, id: string): Refusal {
  const { did, verdict } = decision;
  const warnings = verdict === undefined ? [] : warningsOf(verdict);
  if (did !== 'hold' || verdict === undefined)
    return { kind: 'denied', decision: id, message: sentence(decision.reasons, id), warnings };
  const needs = verdict.holds.map(needed).join('; ');
  const message = `this call is held: it needs ${needs}. ${sentence(decision.reasons, id)}`;
  return { kind: 'held', decision: id, message, warnings };
}

/** The reasons as one line: `rule: message. fix`; at most three, so that a person reads them. */
export function sentence(reasons: readonly Reason[], decision: string | undefined): string {
  const told = reasons
    .slice(0, 3)
    .map(({ rule, message, fix }) => `${rule}: ${stop(message)}${fix === '' ? '' : ` ${stop(capital(fix))}`}`);
  if (reasons.length > 3) told.push(`And ${reasons.length - 3} more.`);
  const of = decision === undefined ? '' : ` [${decision}]`;
  return `${told.length === 0 ? 'denied.' : told.join(' ')}${of}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function stop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function needed(hold: Hold): string {
  switch (hold.kind) {
    case 'people': {
      const whom = hold.groups.length === 0 ? '' : ` of ${hold.groups.join(' or ')}`;
      return `the approval of ${hold.quorum} ${hold.quorum === 1 ? 'person' : 'people'}${whom}`;
    }
    case 'window':
      return `the change window that opens ${hold.until}`;
    case 'evidence':
      return `evidence (${hold.key})`;
  }
}

function warningsOf(verdict: Verdict): string[] {
  const warnings = verdict.warnings.map(({ rule, message }) => `${rule}: ${message}`);
  const { advice } = verdict;
  if (advice === undefined) return warnings;
  const holds = advice.holds.length === 0 ? '' : `, with ${advice.holds.map(needed).join(' and ')}`;
  const duties = advice.obligations.length === 0 ? '' : `, with ${advice.obligations.map(duty).join(', ')}`;
  warnings.push(`advice: at level ${advice.level} the answer would be "${advice.outcome}"${holds}${duties}`);
  return warnings;
}

function duty({ name, params }: Obligation): string {
  return params.now === true ? `${name} at once` : name;
}
