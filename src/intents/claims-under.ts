import { type Claims, UNKNOWN, type Unknown } from '../describe/action.ts';
import type { Intent } from './intent.ts';

/**
 * What a call claims under an intent: what the intent says. The headers of the call may give a reason of its own and say what the
 * intent leaves open of the incident; they may lower the confidence and never raise it.
 * @param own what the headers say, as the surface read them
 */
export function claimsUnder({ id, statement }: Intent, own: Claims, headers: ReadonlyMap<string, string>): Claims {
  const { reason, incident, incidentClass, alert, runbook, plan, links, successSignal } = statement;
  return {
    intent: id,
    reason: own.reason === UNKNOWN ? reason : own.reason,
    incident: incident ?? own.incident,
    incidentClass: incidentClass ?? UNKNOWN,
    alert: alert ?? UNKNOWN,
    confidence: lower(statement.confidence ?? UNKNOWN, own.confidence, headers.has('sallyport-confidence')),
    runbook: runbook ?? UNKNOWN,
    plan: plan ?? UNKNOWN,
    links: links.length === 0 ? UNKNOWN : links,
    successSignal: successSignal ?? UNKNOWN,
  };
}

/** A header that cannot be read lowers it to nothing that is known. */
function lower(intended: number | Unknown, given: number | Unknown, isGiven: boolean): number | Unknown {
  if (!isGiven || intended === UNKNOWN) return intended;
  return given === UNKNOWN ? UNKNOWN : Math.min(intended, given);
}
