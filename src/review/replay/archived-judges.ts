import { readBundle } from '../../decide/bundle.ts';
import { type BundlePair, createBundleJudge, identityOf } from '../../decide/bundle-judge.ts';
import type { Judge } from '../../decide/judge.ts';
import type { PolicyOptions } from '../../decide/policy.ts';
import { readSiteBundle } from '../../decide/site-bundle.ts';
import { messageOf, SallyportError } from '../../errors.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import { apiPath, type OperationsClient } from '../../operate/client.ts';

/** Judges by what a gate has kept of its bundles, by the digests that its decisions name; each is fetched once. */
export class ArchivedJudges {
  readonly #client: OperationsClient;
  readonly #options: PolicyOptions;
  readonly #judges = new Map<string, Promise<Judge | string>>();

  /** @param options the limits that the gate evaluates with: with others, runaway policies end elsewhere */
  constructor(client: OperationsClient, options: PolicyOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** The judge of that digest, or why there is none. */
  of(digest: string): Promise<Judge | string> {
    const known = this.#judges.get(digest);
    if (known !== undefined) return known;
    const judge = this.#load(digest);
    this.#judges.set(digest, judge);
    return judge;
  }

  async #load(digest: string): Promise<Judge | string> {
    let kept: JsonObject;
    try {
      kept = await this.#client.get(apiPath('/v1/bundle/archive', digest));
    } catch (thrown) {
      if (thrown instanceof SallyportError && thrown.code === 'request/not-found')
        return `the bundle ${digest} is not kept`;
      throw thrown;
    }
    try {
      const pair = pairOf(kept);
      // What is kept is trusted for nothing: it is called by the digest of what is in it.
      const { bundleDigest } = identityOf(pair);
      if (bundleDigest !== digest) return `what is kept as ${digest} is ${bundleDigest}`;
      return (await createBundleJudge(pair, this.#options)).judge;
    } catch (thrown) {
      return `the bundle ${digest} cannot be loaded: ${messageOf(thrown)}`;
    }
  }
}

/** A library, and a site's bundle beside it. @throws SallyportError `bundle/invalid` */
function pairOf({ library, site }: JsonObject): BundlePair {
  const bundle = readBundle(archiveIn(library));
  if (!isObject(site)) return { library: bundle };
  const trust = isArray(site.trust) ? site.trust.filter((name) => typeof name === 'string') : [];
  return { library: bundle, site: { bundle: readSiteBundle(archiveIn(site.archive)), trust } };
}

function archiveIn(text: Json | undefined): Uint8Array {
  return Buffer.from(typeof text === 'string' ? text : '', 'base64');
}
