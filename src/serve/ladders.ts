import type { LoadedBundle } from '../decide/bundles.ts';
import { isObject, type Json } from '../json.ts';

/**
 * The ladders of the settings in force. A site's come in place of the library's only where it is trusted with them: they say which
 * levels are granted in their name.
 */
export function laddersOf({ bundle, site }: LoadedBundle, trust: readonly string[]): Json {
  const own = trust.includes('ladders') ? site?.settings.ladders : undefined;
  const { settings } = bundle.data;
  return own ?? (isObject(settings) ? settings.ladders : undefined) ?? {};
}
