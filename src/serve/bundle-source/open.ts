import { join } from 'node:path';
import type { Logger } from 'pino';
import type { BundleFrom, Config } from '../../config.ts';
import type { RecordedBundles } from '../../operate/bundle-control.ts';
import { systemClock } from './clock.ts';
import { BundleFollower } from './follower.ts';
import { LastGood } from './last-good.ts';
import { UrlSource } from './poll-url.ts';
import type { Source } from './source.ts';
import { FileSource } from './watch-file.ts';

/** Makes what follows the bundle of the configuration; nothing is loaded yet. */
export function openBundleSource(
  config: Config,
  parts: { readonly bundles: RecordedBundles; readonly now: () => Date; readonly logger: Logger },
): BundleFollower {
  const { from } = config.bundle;
  return new BundleFollower({
    ...parts,
    source: openSource(from, parts.now),
    lastGood: from.kind === 'url' ? new LastGood(join(config.state, 'last-good', 'library')) : undefined,
  });
}

/** Where the configuration says that a bundle is; nothing is asked of it yet. */
export function openSource(from: BundleFrom, now: () => Date): Source {
  const clock = systemClock(now);
  return from.kind === 'url' ? new UrlSource(from, clock) : new FileSource(from.path, from.watch, clock);
}
