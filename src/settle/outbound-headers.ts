/**
 * The headers that leave for the upstream: made from a list of what passes, never by deleting from what came, so that
 * a new way to smuggle a header finds nothing to smuggle through.
 */
const PASS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'kubectl-command',
  'kubectl-session',
  'range',
  'user-agent',
  'traceparent',
  'tracestate',
  'x-csrf-token',
]);

/** Whom the upstream is told that this is, beside the gate's own credential. */
export interface Impersonation {
  readonly user: string;
  readonly groups: readonly string[];
}

/** `user: sallyport:agent:<id>`, `group: sallyport:agents`: what RBAC and the API server's audit log see. */
export function impersonationOf(agentId: string): Impersonation {
  return { user: `sallyport:agent:${agentId}`, groups: ['sallyport:agents'] };
}

/**
 * @param headers the caller's, read by `listen/`
 * @param bodyLength bytes that will be sent; the length is computed here, never taken from the caller
 */
export function outboundHeaders(
  headers: ReadonlyMap<string, string>,
  options: {
    readonly host: string;
    readonly method: string;
    readonly bodyLength: number;
    readonly authorization: string | undefined;
    readonly impersonate: Impersonation | undefined;
  },
): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = { host: options.host };
  for (const [name, value] of headers) if (PASS.has(name)) out[name] = value;
  if (options.bodyLength > 0 || !BODILESS.has(options.method)) out['content-length'] = String(options.bodyLength);
  if (options.authorization !== undefined) out.authorization = options.authorization;
  if (options.impersonate !== undefined) {
    out['impersonate-user'] = options.impersonate.user;
    out['impersonate-group'] = [...options.impersonate.groups];
  }
  return out;
}

const BODILESS = new Set(['GET', 'HEAD', 'OPTIONS']);
