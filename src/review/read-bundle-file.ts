import { readFile, stat } from 'node:fs/promises';
import { type Bundle, readBundle } from '../decide/bundle.ts';
import { createJudge, type Judge } from '../decide/judge.ts';
import { loadPolicy, type PolicyOptions } from '../decide/policy.ts';
import { readSiteBundle, type SiteBundle } from '../decide/site-bundle.ts';
import { messageOf, SallyportError } from '../errors.ts';

const LARGEST = 64 * 2 ** 20;

/** The bundle in a file. @throws SallyportError `bundle/invalid` that names the file. */
export function readBundleFile(file: string): Promise<Bundle> {
  return readFileAs(file, readBundle);
}

/** The site's bundle in a file. @throws SallyportError `bundle/invalid` that names the file. */
export function readSiteFile(file: string): Promise<SiteBundle> {
  return readFileAs(file, readSiteBundle);
}

async function readFileAs<T>(file: string, read: (archive: Uint8Array) => T): Promise<T> {
  try {
    const { size } = await stat(file);
    if (size > LARGEST) throw new Error(`it is larger than ${LARGEST} bytes`);
    return read(await readFile(file));
  } catch (cause) {
    const fix =
      cause instanceof SallyportError ? cause.fix : 'name a bundle that `sallyport build` or `opa build` made';
    throw new SallyportError('bundle/invalid', `${file}: ${messageOf(cause)}`, {
      ...(fix === undefined ? {} : { fix }),
      cause,
    });
  }
}

/** A judge by a bundle. @throws SallyportError `bundle/invalid` */
export async function judgeOfBundle(bundle: Bundle, options: PolicyOptions = {}): Promise<Judge> {
  const identity = { bundleDigest: bundle.contentDigest, revision: bundle.revision };
  return createJudge(await loadPolicy(bundle, options), identity);
}
