import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Redactor } from '../describe/redact.ts';
import { openKubernetesLane } from '../settle/kubernetes-lane.ts';
import type { Lane } from '../settle/lane.ts';
import type { Closers } from './closers.ts';

/** Opens what stands behind each route; the result finds a route's lane by its name. */
export async function openLanes(
  config: Config,
  parts: { readonly redactor: Redactor; readonly now: () => Date; readonly logger: Logger },
  closers: Closers,
): Promise<(route: string) => Lane> {
  const { redactor, now, logger } = parts;
  const onCacheState = (route: string, fresh: boolean, why: string) =>
    fresh
      ? logger.info({ route }, 'namespaces are cached')
      : logger.warn({ route, why }, 'namespaces cannot be watched; they are read at each call');
  const lanes = new Map<string, Lane>();
  for (const route of config.routes) {
    const lane = await openKubernetesLane({ route, config, redactor, now, onCacheState });
    closers.add(() => lane.close());
    lanes.set(route.name, lane);
  }
  return (route) => {
    const lane = lanes.get(route);
    if (lane === undefined) throw new TypeError(`there is no lane for route ${route}`);
    return lane;
  };
}
