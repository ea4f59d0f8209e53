import { type ErrorCode, SallyportError } from '../errors.ts';

/** An answer after RFC 9457 (`application/problem+json`). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The stable code, also at the end of `type`. */
  readonly code: string;
  /** What a person can do about it. */
  readonly fix?: string;
}

/** The one table from what went wrong to what the caller is told. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  'config/invalid': 422,
  'usage/invalid': 400,
  'wire/malformed': 400,
  'wire/too-large': 413,
  'wire/forbidden-header': 400,
  'wire/no-route': 404,
  'json/malformed': 400,
  'identity/missing': 401,
  'identity/invalid': 401,
  'identity/expired': 401,
  'identity/revoked': 409,
  'identity/unknown': 404,
  'operator/unauthorized': 401,
  'operator/forbidden': 403,
  'describe/unreadable': 422,
  'measure/failed': 502,
  'measure/busy': 503,
  'bundle/invalid': 422,
  'bundle/signature': 422,
  'bundle/older': 409,
  'bundle/unavailable': 422,
  'policy/fault': 500,
  'policy/fuel': 500,
  'policy/memory': 500,
  'policy/nonsense': 500,
  'record/unavailable': 503,
  'record/conflict': 409,
  'upstream/unreachable': 502,
  'upstream/timeout': 504,
  'upstream/refused': 502,
  'credential/unavailable': 502,
  'request/invalid': 400,
  'request/not-found': 404,
  'request/too-many': 429,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  421: 'Misdirected request',
  422: 'Cannot be processed',
  429: 'Too many requests',
  500: 'Internal error',
  502: 'Bad gateway',
  503: 'Unavailable',
  504: 'Timed out',
};

/** What was thrown, as a problem. Nothing of an unexpected error is shown: it may hold anything. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof SallyportError) return problem(STATUS[thrown.code], thrown.code, thrown.message, thrown.fix);
  return problem(500, 'internal', 'the gate failed to answer; its log says why', 'look at the log of the gate');
}

/** A problem with a status of its own, for what HTTP itself rules (405, 415, 421, 429). */
export function problem(status: number, code: string, detail: string, fix?: string): Problem {
  return {
    type: `tag:sallyport.dev,2026:${code}`,
    title: TITLES[status] ?? 'Error',
    status,
    detail,
    code,
    ...(fix === undefined ? {} : { fix }),
  };
}
