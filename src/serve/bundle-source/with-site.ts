import type { Config, SiteSource } from '../../config.ts';
import type { RecordedBundles } from '../../operate/bundle-control.ts';
import { openSource } from './open.ts';
import type { Source } from './source.ts';

/** Bundles of which the library's is never loaded but with the site's own, as that is by then, where one is configured. */
export function withSite(bundles: RecordedBundles, { bundle }: Config, now: () => Date): RecordedBundles {
  if (bundle.site === undefined) return bundles;
  const source = siteSource(bundle.site, now);
  return {
    ...bundles,
    load: async (archives, reason) => await bundles.load({ ...archives, site: await source.fetch() }, reason),
  };
}

/** Where the configuration says that the site's bundle is. */
export function siteSource({ path }: SiteSource, now: () => Date): Source {
  return openSource({ kind: 'file', path, watch: false }, now);
}
