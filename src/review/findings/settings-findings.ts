import { checkSettings, schemasOf } from '../../decide/settings/check-settings.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Finding } from '../report/finding.ts';

/** Settings that the bundle's own schemas do not allow. */
export function settingsFindings(data: JsonObject): readonly Finding[] {
  const schemas = schemasOf(data);
  if (schemas === undefined || !isObject(data.settings)) return [];
  const { manifest: _, ...settings } = data.settings;
  return checkSettings(settings, schemas).map(({ path, message }) => ({
    rule: 'settings-invalid',
    level: 'error',
    message: `settings.${path.join('.')}: ${message}`,
    fix: 'have it corrected and built again with `sallyport build`, which refuses this',
  }));
}
