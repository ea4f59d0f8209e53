import { readBundle } from '../../decide/bundle.ts';
import type { Judge } from '../../decide/judge.ts';
import type { PolicyOptions } from '../../decide/policy.ts';
import { messageOf, SallyportError } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import { apiPath, type OperationsClient } from '../../operate/client.ts';
import { judgeOfBundle } from '../read-bundle-file.ts';

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
      const bundle = readBundle(Buffer.from(String(kept.library), 'base64'));
      // The archive is trusted for nothing: what it is called by is the digest of what is in it.
      if (bundle.contentDigest !== digest) return `what is kept as ${digest} is ${bundle.contentDigest}`;
      return await judgeOfBundle(bundle, this.#options);
    } catch (thrown) {
      return `the bundle ${digest} cannot be loaded: ${messageOf(thrown)}`;
    }
  }
}
