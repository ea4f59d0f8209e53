import type { Route } from '../../src/config.ts';
import { NO_LABELS } from '../../src/labels.ts';
import type { WireCall } from '../../src/listen/wire.ts';

export const ROUTE: Route = {
  name: 'staging',
  surface: 'kubernetes',
  at: '/kube/staging',
  labels: { ...NO_LABELS, environment: 'staging' },
  mode: { kind: 'enforce' },
  impersonate: true,
  upstream: { kind: 'url', url: 'http://127.0.0.1:1', ca: undefined, token: undefined },
};

interface Rest {
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, bytes, or a value that is sent as JSON. */
  readonly body?: string | Uint8Array | object;
  readonly type?: string;
  readonly upgrade?: string;
  readonly route?: Route;
}

/** A call as `listen/` hands it on, from a method and an encoded path with query. */
export function wireCall(method: string, target: string, rest: Rest = {}): WireCall {
  const [path = '', query = ''] = target.split('?', 2);
  const { body } = rest;
  const value = typeof body === 'object' && !(body instanceof Uint8Array);
  const headers = new Map(Object.entries(rest.headers ?? {}));
  const type = rest.type ?? (value ? 'application/json' : undefined);
  if (type !== undefined) headers.set('content-type', type);
  return {
    method,
    route: rest.route ?? ROUTE,
    path: {
      segments: path
        .split('/')
        .filter((segment) => segment !== '')
        .map(decodeURIComponent),
      query: [...new URLSearchParams(query)],
    },
    headers,
    body: body instanceof Uint8Array ? body : Buffer.from(value ? JSON.stringify(body) : (body ?? '')),
    upgrade: rest.upgrade,
    peer: { address: '127.0.0.1', certificate: undefined },
  };
}
