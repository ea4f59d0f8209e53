import { SallyportError } from '../../../errors.ts';
import type { Json } from '../../../json.ts';
import type { WireCall } from '../../../listen/wire.ts';
import { readHeaders } from '../../../listen/wire-headers.ts';
import { parseTarget } from '../../../listen/wire-path.ts';
import type { GivenCall } from './call-writer.ts';

/** What goes over the wire, before the gate has looked at it. */
export interface RawRequest {
  readonly method: string;
  /** Encoded path and query. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json | undefined;
}

/** Puts a request through the gate's own wire checks. @throws SallyportError `wire/*` */
export function toWire(request: RawRequest, { headers, route }: GivenCall): WireCall {
  const bytes = bodyBytes(request.body);
  const sent: Record<string, string> = { ...request.headers, ...headers };
  const names = new Set(Object.keys(sent).map((name) => name.toLowerCase()));
  if (bytes.length > 0 && !names.has('content-type')) sent['content-type'] = 'application/json';
  const read = readHeaders(Object.entries(sent).flat());
  return {
    method: request.method,
    route,
    path: parseTarget(request.target),
    headers: read,
    body: bytes,
    upgrade: read.get('upgrade')?.toLowerCase(),
    peer: { address: '127.0.0.1', certificate: undefined },
  };
}

/** Reads `METHOD /path?query`. @throws SallyportError `request/invalid` */
export function parseRawHttp(text: string, body: Json | undefined): RawRequest {
  const [, method, target] = /^([A-Z]+) (\/\S*)$/.exec(text.trim()) ?? [];
  if (method === undefined || target === undefined)
    throw new SallyportError('request/invalid', `${JSON.stringify(text.slice(0, 80))} is not a call`, {
      fix: 'write `kubectl ...`, or a method and a path: GET /api/v1/namespaces/shop/pods',
    });
  return { method, target, body };
}

function bodyBytes(body: Json | undefined): Uint8Array {
  if (body === undefined) return new Uint8Array();
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
}
