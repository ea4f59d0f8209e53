/**
 * Every error the gate raises on purpose carries a stable `code`, so that callers, logs and tests can tell them apart
 * without reading prose. `fix` says what a person can do about it.
 */
export type ErrorCode =
  | 'config/invalid'
  | 'usage/invalid'
  | 'wire/malformed'
  | 'wire/too-large'
  | 'wire/forbidden-header'
  | 'wire/no-route'
  | 'json/malformed'
  | 'identity/missing'
  | 'identity/invalid'
  | 'identity/expired'
  | 'identity/revoked'
  | 'identity/unknown'
  | 'operator/unauthorized'
  | 'operator/forbidden'
  | 'describe/unreadable'
  | 'measure/failed'
  | 'measure/busy'
  | 'bundle/invalid'
  | 'bundle/signature'
  | 'bundle/older'
  | 'bundle/unavailable'
  | 'policy/fault'
  | 'policy/fuel'
  | 'policy/memory'
  | 'policy/nonsense'
  | 'record/unavailable'
  | 'record/conflict'
  | 'upstream/unreachable'
  | 'upstream/timeout'
  | 'upstream/refused'
  | 'credential/unavailable'
  | 'request/invalid'
  | 'request/not-found'
  | 'request/too-many';

/** The one error class; narrower meaning lives in `code`, never in a subclass that nobody catches. */
export class SallyportError extends Error {
  readonly code: ErrorCode;
  readonly fix: string | undefined;

  constructor(code: ErrorCode, message: string, options: { fix?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SallyportError';
    this.code = code;
    this.fix = options.fix;
  }
}

/** The text of anything that was thrown; the WASM SDK throws strings and plain objects. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  if (typeof thrown === 'string') return thrown;
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return String(thrown.message);
  return String(thrown);
}
