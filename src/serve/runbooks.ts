import type { LoadedBundle } from '../decide/bundles.ts';
import { isObject } from '../json.ts';

/** The names of the runbooks that the settings in force know, a site's too: whatever a call may claim to follow. */
export function runbooksOf({ bundle, site }: LoadedBundle): readonly string[] {
  const { settings } = bundle.data;
  const listed = [isObject(settings) ? settings.runbooks : undefined, site?.settings.runbooks];
  return [...new Set(listed.flatMap((runbooks) => (isObject(runbooks) ? Object.keys(runbooks) : [])))].sort();
}
