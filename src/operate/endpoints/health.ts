import { type Endpoint, endpoint, nothing, openEndpoint } from '../endpoint.ts';
import type { Metrics } from '../metrics.ts';

/** Whether the gate can judge and record right now, and if not, why; one short line, no secrets. */
export type Readiness = () => Promise<{ readonly ready: boolean; readonly why: string }>;

/** For orchestrators and dashboards. `/readyz` says no more than yes or no to those without a token. */
export function healthEndpoints(readiness: Readiness, metrics: Metrics): readonly Endpoint[] {
  return [
    openEndpoint(
      {
        method: 'get',
        path: '/livez',
        summary: 'The process answers',
        produces: 'text/plain',
        body: nothing,
        query: nothing,
      },
      async () => ({ kind: 'text', type: 'text/plain; charset=utf-8', text: 'ok\n' }),
    ),
    openEndpoint(
      {
        method: 'get',
        path: '/readyz',
        summary: '200 when the gate can judge and record, else 503',
        produces: 'text/plain',
        body: nothing,
        query: nothing,
      },
      async () => {
        const { ready } = await readiness();
        return {
          kind: 'text',
          type: 'text/plain; charset=utf-8',
          text: ready ? 'ok\n' : 'not ready\n',
          status: ready ? 200 : 503,
        };
      },
    ),
    endpoint(
      'decisions.read',
      {
        method: 'get',
        path: '/metrics',
        summary: 'Prometheus text format',
        produces: 'text/plain',
        body: nothing,
        query: nothing,
      },
      async () => ({ kind: 'text', type: 'text/plain; version=0.0.4; charset=utf-8', text: await metrics.render() }),
    ),
  ];
}
