import type { Route } from '../config.ts';

/**
 * One call as it came off the wire: read once, bounded, its path parsed once. What is judged and what is forwarded are
 * both made from this value, never from the raw request again.
 */
export interface WireCall extends WireHead {
  /** The whole body; empty when there is none. */
  readonly body: Uint8Array;
}

/** What is known before the body was read: enough to say who calls, so that strangers' bodies are never held. */
export interface WireHead {
  /** Upper-case HTTP method. */
  readonly method: string;
  /** The route whose prefix matched; `path` is relative to it. */
  readonly route: Route;
  readonly path: WirePath;
  /** Lower-case names. A name that came twice is refused in `listen/`, except list headers, which are joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  /** The `Upgrade` header of a connection upgrade (exec, attach, port-forward), else undefined. */
  readonly upgrade: string | undefined;
  readonly peer: Peer;
}

/** A decoded path and query. Every segment is non-empty, free of `/`, `\`, controls, `.` and `..`. */
export interface WirePath {
  readonly segments: readonly string[];
  /** In the order of the wire. Repeated names were refused unless the surface allows them (`command`). */
  readonly query: readonly (readonly [name: string, value: string])[];
}

/** Who is at the other end of the socket. */
export interface Peer {
  readonly address: string;
  /** The DER bytes of a client certificate that the TLS layer verified against a configured CA. */
  readonly certificate: Uint8Array | undefined;
}

/** An answer that the gate gives itself (refusals, errors), in the caller's own protocol. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The first value of a query parameter, or undefined. */
export function queryValue(path: WirePath, name: string): string | undefined {
  return path.query.find(([key]) => key === name)?.[1];
}

/** The path and query as they are forwarded: encoded again from what was judged. */
export function encodePath(path: WirePath): string {
  const encoded = `/${path.segments.map(encodeSegment).join('/')}`;
  if (path.query.length === 0) return encoded;
  return `${encoded}?${path.query.map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`).join('&')}`;
}

/** What needs no encoding: nearly every segment of a Kubernetes path. */
const PLAIN = /^[A-Za-z0-9._~:@-]*$/;

function encodeSegment(segment: string): string {
  if (PLAIN.test(segment)) return segment;
  // RFC 3986 pchar: these stay readable, as Kubernetes clients send them (`system:node`, `a@b`).
  return encodeURIComponent(segment).replace(/%(3A|40|2C|24|2B|3D|26)/g, (hex) => decodeURIComponent(hex));
}
