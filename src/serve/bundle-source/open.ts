import { join } from 'node:path';
import type { Logger } from 'pino';
import type { BundleFrom, Config } from '../../config.ts';
import type { BundleMember } from '../../decide/bundle-order.ts';
import type { RecordedBundles } from '../../operate/bundle-control.ts';
import { systemClock } from './clock.ts';
import { BundleFollower } from './follower.ts';
import { LastGood } from './last-good.ts';
import { FollowedMember } from './member.ts';
import { UrlSource } from './poll-url.ts';
import type { Source } from './source.ts';
import { FileSource } from './watch-file.ts';

/** Makes what follows the bundles of the configuration; nothing is loaded yet. */
export function openBundleSource(
  { bundle: { from, site }, state }: Config,
  parts: { readonly bundles: RecordedBundles; readonly now: () => Date; readonly logger: Logger },
): BundleFollower {
  const { now, ...rest } = parts;
  const member = (name: BundleMember, source: BundleFrom) => {
    const lastGood = source.kind === 'url' ? new LastGood(join(state, 'last-good', name)) : undefined;
    return new FollowedMember(name, openSource(source, now), lastGood, now);
  };
  const own = site === undefined ? [] : [member('site', site.from)];
  return new BundleFollower({ ...rest, members: [member('library', from), ...own] });
}

/** Where the configuration says that a bundle is; nothing is asked of it yet. */
export function openSource(from: BundleFrom, now: () => Date): Source {
  const clock = systemClock(now);
  return from.kind === 'url' ? new UrlSource(from, clock) : new FileSource(from.path, from.watch, clock);
}
