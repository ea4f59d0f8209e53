import type { Route } from '../../config.ts';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';

/** Where agents reach the gate, for the snippets that `connect` prints. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** PEM of the CA (or certificate) that clients of the listener have to trust. */
  readonly caPem: string;
}

/** What the gate stands in front of; nothing of the upstreams or their credentials. */
export function routeEndpoints(routes: readonly Route[], listener: () => Listener): readonly Endpoint[] {
  return [
    endpoint(
      'decisions.read',
      { method: 'get', path: '/v1/routes', summary: 'Routes and how agents reach them', body: nothing, query: nothing },
      async () => {
        const { host, port, caPem } = listener();
        const origin = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
        const value = {
          routes: routes.map((route) => ({
            name: route.name,
            surface: route.surface,
            at: route.at,
            url: `${origin}${route.at}`,
            environment: route.labels.environment,
            mode: route.mode,
            impersonate: route.impersonate,
          })),
          caPem,
        };
        return { kind: 'json', value };
      },
    ),
  ];
}
