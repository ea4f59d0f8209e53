import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Built, buildBundle } from '../../src/review/build.ts';
import { copyLibrary, pinnedOpa } from './library.ts';

/** What a site writes in place of the shipped data: contents by file name without `.yaml`. */
export type SiteData = Readonly<Record<string, object>>;

/**
 * Builds the policy library with a site's data, by the real OPA.
 * @param out where the bundle goes
 */
export async function buildSite(data: SiteData, out: string): Promise<Built> {
  const library = await copyLibrary();
  try {
    for (const [name, value] of Object.entries(data)) {
      const file = join(library.rego, 'data', `${name}.yaml`);
      // A misspelt name would leave the shipped data in force.
      await readFile(file);
      await writeFile(file, stringify({ [name]: value }, { aliasDuplicateObjects: false }));
    }
    return await buildBundle({ rego: library.rego, out, opa: await pinnedOpa(), version: '0.0.0' });
  } finally {
    await library.remove();
  }
}
