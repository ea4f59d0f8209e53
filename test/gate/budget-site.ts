import type { JsonObject } from '../../src/json.ts';
import type { SiteData } from '../review/site.ts';
import type { RecordingUpstream } from './recording-upstream.ts';

const TIER_B = { objects: 50, namespaces: 5, replicas: 50, pods: 100, share: 1, open: true };

/** Small limits of every kind, each in an environment of its own, so that none hides another. */
export const SMALL_LIMITS: SiteData = {
  limits: {
    tier_b: { prod: TIER_B, staging: TIER_B, test: TIER_B, dev: TIER_B },
    refuse: {},
    rate: { test: { agent: 2, changes: 5 } },
    hourly: {
      agent: { dev: { objects: 10 } },
      service: { staging: { changes: 5 } },
      intent: { dev: { changes: 3 } },
    },
    attempts: { dev: { failures: 2, denied: 4 }, test: { repeats: 3 } },
  },
};

/** Puts an object to the upstream, past the gate. */
export async function put(upstream: RecordingUpstream, path: string, object: JsonObject): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${upstream.url}${path}`, { method: 'POST', headers, body: JSON.stringify(object) });
  if (answer.status !== 201) throw new Error(await answer.text());
}

/** Config maps to change and to delete, by name. */
export async function putConfigMaps(
  upstream: RecordingUpstream,
  namespace: string,
  prefix: string,
  count: number,
): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  for (const name of names) await put(upstream, path, { metadata: { name }, data: { a: '0' } });
  return names;
}

/** What reached the upstream to change something: neither the gate's questions nor dry runs. */
export function forwarded(upstream: RecordingUpstream): readonly string[] {
  return upstream
    .calls()
    .filter(({ method, url }) => method !== 'GET' && !url.includes('dryRun=All'))
    .map(({ method, url }) => `${method} ${url.slice(url.lastIndexOf('/') + 1)}`);
}
