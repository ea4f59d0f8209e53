import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SallyportError } from './errors.ts';
import { isObject } from './json.ts';

/** The version in the package's own manifest, wherever in the package this module was built to. */
export function productVersion(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const version = versionIn(join(folder, 'package.json'));
    if (version !== undefined) return version;
    if (folder === dirname(folder))
      throw new SallyportError('config/invalid', 'the package of sallyport has no manifest');
  }
}

function versionIn(file: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isObject(manifest) && manifest.name === 'sallyport' ? String(manifest.version) : undefined;
  } catch {
    return undefined;
  }
}
