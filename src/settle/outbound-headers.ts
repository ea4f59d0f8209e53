import type { Principal } from '../identify/principal.ts';

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

/**
 * `user: sallyport:agent:<id>`, or `sallyport:reverts` for what people and the gate take back; `group: sallyport:agents`: what RBAC
 * and the API server's audit log see. A revert may do no more than agents may, unless its user is granted more.
 */
export function impersonationOf({ agent, credential }: Pick<Principal, 'agent' | 'credential'>): Impersonation {
  const groups = ['sallyport:agents'];
  if (credential === 'operator' || credential === 'gate') return { user: REVERTS_USER, groups };
  return { user: `sallyport:agent:${agent.id}`, groups };
}

/** Whom the upstream takes reverts for; who ordered one is in the gate's own record. No agent's id makes this name. */
export const REVERTS_USER = 'sallyport:reverts';

/** The names of upgrades that are carried, as they are sent. */
const PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ['websocket', 'websocket'],
  ['spdy/3.1', 'SPDY/3.1'],
]);
/** What a handshake of theirs consists of besides; `Connection` and `Upgrade` are the gate's own. */
const HANDSHAKE = new Set([
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'x-stream-protocol-version',
]);

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
    /** The protocol to upgrade to, in lower case; undefined for an ordinary call. */
    readonly upgrade?: string | undefined;
    readonly authorization: string | undefined;
    readonly impersonate: Impersonation | undefined;
  },
): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = { host: options.host };
  for (const [name, value] of headers) if (PASS.has(name)) out[name] = value;
  if (options.bodyLength > 0 || !BODILESS.has(options.method)) out['content-length'] = String(options.bodyLength);
  if (options.upgrade !== undefined) Object.assign(out, handshake(headers, options.upgrade));
  if (options.authorization !== undefined) out.authorization = options.authorization;
  if (options.impersonate !== undefined) {
    out['impersonate-user'] = options.impersonate.user;
    out['impersonate-group'] = [...options.impersonate.groups];
  }
  return out;
}

function handshake(headers: ReadonlyMap<string, string>, upgrade: string): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = { connection: 'Upgrade', upgrade: PROTOCOLS.get(upgrade) ?? upgrade };
  for (const [name, value] of headers) {
    if (!HANDSHAKE.has(name)) continue;
    // Identify has refused a caller that hides a bearer token here; nothing that looks like one leaves in any case.
    const offered = listed(value).filter((protocol) => !/bearer\.authorization/i.test(protocol));
    if (offered.length === 0) continue;
    // One line each, as kubectl sends them and older servers read them.
    out[name] = name === 'x-stream-protocol-version' ? offered : offered.join(', ');
  }
  return out;
}

/** The members of a list header (RFC 9110, 5.6.1). */
export function listed(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
}

const BODILESS = new Set(['GET', 'HEAD', 'OPTIONS']);
