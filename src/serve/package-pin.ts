import { readFileSync } from 'node:fs';
import { packageBundle } from '../config/file.ts';
import type { BundleFrom } from '../config.ts';
import { messageOf, SallyportError } from '../errors.ts';

/**
 * The digest that a bundle must have: of the one that comes with the package, what lies beside it; of any other, none.
 * @param packaged where the package's bundle is
 * @throws SallyportError `bundle/invalid` when the package has lost it
 */
export function pinOf(from: BundleFrom, packaged: string = packageBundle()): { readonly pinned?: string } {
  if (from.kind !== 'file' || from.path !== packaged) return {};
  const file = packaged.replace(/\.tar\.gz$/, '.digest');
  try {
    const pinned = readFileSync(file, 'utf8').trim();
    if (/^sha256:[0-9a-f]{64}$/.test(pinned)) return { pinned };
    throw new Error('it holds no digest');
  } catch (cause) {
    throw new SallyportError('bundle/invalid', `${file}, which pins the bundle of the package: ${messageOf(cause)}`, {
      fix: 'install the package again, or name a bundle of your own under bundle.path',
      cause,
    });
  }
}
