import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { JsonObject } from '../../src/json.ts';
import { buildSite } from '../../src/review/build-site.ts';

/**
 * Builds a site's bundle of settings alone, which needs no OPA. The configuration that judges with it, trusted with all of them:
 * `{bundle: await dataSite(folder, {...})}`.
 */
export async function dataSite(folder: string, sections: Readonly<Record<string, JsonObject>>): Promise<JsonObject> {
  const site = join(folder, 'site');
  await mkdir(join(site, 'data'), { recursive: true });
  for (const [name, section] of Object.entries(sections))
    await writeFile(
      join(site, 'data', `${name}.yaml`),
      stringify({ [name]: section }, { aliasDuplicateObjects: false }),
    );
  const path = join(folder, 'site.tar.gz');
  const rego = join(import.meta.dirname, '../../rego');
  const opa = () => Promise.reject(new Error('settings need no OPA'));
  await buildSite({ site, rego, out: path, opa, dataOnly: true, version: '0.0.0' });
  return { site: { path, trust: Object.keys(sections) } };
}
