import type { WireAnswer } from '../../listen/wire.ts';
import type { Described, HoldNotice, Refusal } from '../action.ts';
import { plainText } from '../claims.ts';
import type { KubernetesRequest } from './request.ts';
import { qualified } from './resources.ts';

/** Status code and `reason` of a refusal: kubectl prints the reason in brackets and the message word for word. */
const ANSWERS: Readonly<Record<Refusal['kind'], readonly [code: number, reason: string]>> = {
  unauthenticated: [401, 'Unauthorized'],
  malformed: [400, 'BadRequest'],
  'too-large': [413, 'RequestEntityTooLarge'],
  denied: [403, 'Forbidden'],
  held: [403, 'Forbidden'],
  unavailable: [503, 'ServiceUnavailable'],
  // Not one of the API's own reasons, which clients must accept: any of those would blame the API server.
  upstream: [502, 'BadGateway'],
  'upstream-timeout': [504, 'Timeout'],
  retry: [429, 'TooManyRequests'],
};

const LONGEST_MESSAGE = 4096;
const LONGEST_WARNING = 512;
const MOST_WARNINGS = 8;

/**
 * A refusal as the API server would give it: a `meta/v1` Status. Names and reasons go through JSON and lose controls, so
 * that none can add to a header, a body or a terminal.
 */
export function refuse(refusal: Refusal, described: Described<KubernetesRequest> | undefined): WireAnswer {
  const { hold } = refusal;
  if (hold !== undefined && described?.patience === 'waits') return heldProblem(refusal, hold);
  const [code, reason] = hold?.retries === true ? ANSWERS.retry : ANSWERS[refusal.kind];
  const subject = code === 403 ? subjectOf(described) : undefined;
  const message = plainText(refusal.message, LONGEST_MESSAGE);
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: subject === undefined ? message : `${subject.text} ${message}`,
    reason,
    ...(subject === undefined ? {} : { details: subject.details }),
    code,
  };
  return { status: code, headers: headersOf(refusal), body: `${JSON.stringify(status)}\n` };
}

/** Of a held call, for clients that neither wait nor ask again by themselves: a problem (RFC 9457) with all they need to. */
function heldProblem(refusal: Refusal, hold: HoldNotice): WireAnswer {
  const problem = {
    type: 'tag:sallyport.dev,2026:held',
    title: 'Held for approval',
    status: 403,
    detail: plainText(refusal.message, LONGEST_MESSAGE),
    hold: hold.id,
    decide_by: hold.decideBy,
    group: hold.group,
    needs: hold.needs.map((need) => plainText(need, LONGEST_WARNING)),
  };
  const headers = { ...headersOf(refusal), 'Content-Type': 'application/problem+json' };
  return { status: 403, headers, body: `${JSON.stringify(problem)}\n` };
}

function headersOf(refusal: Refusal): Readonly<Record<string, string>> {
  const warnings = refusal.warnings.slice(0, MOST_WARNINGS).map(warning);
  const decision =
    refusal.decision !== undefined && /^[\w.:-]{1,128}$/.test(refusal.decision) ? refusal.decision : undefined;
  return {
    'Content-Type': 'application/json',
    ...(decision === undefined ? {} : { 'Sallyport-Decision': decision }),
    'Sallyport-Outcome': refusal.kind === 'held' ? 'hold' : 'deny',
    ...(warnings.length === 0 ? {} : { Warning: warnings.join(', ') }),
    ...(refusal.kind === 'retry' || refusal.hold?.retries === true ? { 'Retry-After': '1' } : {}),
  };
}

/** One warning-value after RFC 7234, 5.5: its text a quoted string of printable ASCII. */
function warning(text: string): string {
  const printable = plainText(text, LONGEST_WARNING).replace(/[^\x20-\x7e]/gu, '?');
  return `299 - "${printable.replace(/["\\]/g, '\\$&')}"`;
}

interface Subject {
  readonly text: string;
  readonly details: { readonly name?: string; readonly group?: string; readonly kind?: string };
}

/** What was forbidden, worded as k8s.io/apimachinery's `NewForbidden` does. */
function subjectOf(described: Described<KubernetesRequest> | undefined): Subject {
  if (described === undefined || !described.request.info.isResourceRequest) return { text: 'forbidden:', details: {} };
  const { info } = described.request;
  // The described names, not the raw ones: they are redacted.
  const resource = plainText(described.action.resource.split('/')[0] ?? qualified(info), LONGEST_WARNING);
  const group = resource === qualified(info) && info.apiGroup !== '' ? { group: info.apiGroup } : {};
  const kind = resource === qualified(info) ? info.resource : resource;
  const { name } = described.target;
  if (name === 'none' || name === '*') return { text: `${resource} is forbidden:`, details: { ...group, kind } };
  const shown = plainText(name, LONGEST_WARNING);
  return { text: `${resource} ${JSON.stringify(shown)} is forbidden:`, details: { name: shown, ...group, kind } };
}
