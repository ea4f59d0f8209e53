import { SallyportError } from '../errors.ts';

/** Headers that carry identity or rewrite a call for some server behind a proxy; an agent has no business sending them. */
const FORBIDDEN = new Set([
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-original-url',
  'x-original-uri',
  'x-rewrite-url',
  'x-envoy-original-path',
  'x-forwarded-prefix',
]);
/** Spelling variants count: some servers read `Impersonate_User` as `Impersonate-User` (CVE-2025-64484). */
const FORBIDDEN_PREFIXES = ['impersonate-', 'x-remote-'];
/** Claims of the caller about itself; every other `Sallyport-*` is the gate's own to set. */
const CLAIMS = new Set(['sallyport-intent', 'sallyport-reason', 'sallyport-incident', 'sallyport-confidence']);
/** May come more than once; joined by ", " as RFC 9110 says. */
const LISTS = new Set([
  'accept',
  'accept-encoding',
  'cache-control',
  'connection',
  'te',
  'via',
  'warning',
  'x-forwarded-for',
  'sec-websocket-protocol',
  'x-stream-protocol-version',
]);

/**
 * The headers of a request, once each, lower-case. Refuses what could be read in two ways (repeated single headers,
 * `Connection` naming a header that matters: CVE-2022-23652) and what only a trusted proxy may send.
 * @param raw Node's `rawHeaders`: name, value, name, value, ...
 * @throws SallyportError `wire/malformed` or `wire/forbidden-header`
 */
export function readHeaders(raw: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    const value = raw[i + 1] ?? '';
    refuseForbidden(name);
    const before = headers.get(name);
    if (before === undefined) headers.set(name, value);
    else if (LISTS.has(name)) headers.set(name, `${before}, ${value}`);
    else throw new SallyportError('wire/malformed', `the header ${name} is given twice`);
  }
  refuseConnectionTricks(headers.get('connection'));
  refuseCodings(headers.get('transfer-encoding'), headers.has('content-length'));
  return headers;
}

/** What Node takes off is `chunked` alone: any other coding would be forwarded as if it were the body. */
function refuseCodings(coding: string | undefined, hasLength: boolean): void {
  if (coding === undefined) return;
  if (hasLength) throw new SallyportError('wire/malformed', 'both Transfer-Encoding and Content-Length are given');
  if (coding.trim().toLowerCase() !== 'chunked') {
    throw new SallyportError(
      'wire/malformed',
      `the Transfer-Encoding ${JSON.stringify(coding.slice(0, 64))} is not read`,
    );
  }
}

function refuseForbidden(name: string): void {
  const dashed = name.includes('_') ? name.replaceAll('_', '-') : name;
  const forbidden =
    FORBIDDEN.has(dashed) ||
    FORBIDDEN_PREFIXES.some((prefix) => dashed.startsWith(prefix)) ||
    (dashed.startsWith('sallyport-') && !CLAIMS.has(name));
  if (forbidden) {
    throw new SallyportError('wire/forbidden-header', `the header ${name} is not accepted from agents`, {
      fix: 'send the call without it (for kubectl: without --as, --as-group, --as-uid)',
    });
  }
}

const HARMLESS_OPTIONS = new Set(['keep-alive', 'close', 'upgrade', 'te', 'http2-settings']);

function refuseConnectionTricks(connection: string | undefined): void {
  if (connection === undefined) return;
  for (const option of connection.split(',')) {
    const name = option.trim().toLowerCase();
    if (name !== '' && !HARMLESS_OPTIONS.has(name)) {
      throw new SallyportError('wire/malformed', `the Connection header names ${JSON.stringify(name.slice(0, 64))}`);
    }
  }
}
