import { z } from 'zod';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';

/** The bundle that judges now. */
export interface BundleState {
  /** `sha256:<hex>` of what is in it, as in every decision. */
  readonly digest: string;
  /** `sha256:<hex>` of the archive file. */
  readonly archive: string;
  readonly revision: string;
}

/** Where the bundle in force comes from and how another one takes its place. */
export interface BundleControl {
  current(): BundleState;
  /**
   * Loads the configured bundle again and swaps it in, recorded; when it is refused the old one stays.
   * @throws SallyportError `bundle/invalid`, `bundle/signature`, `record/unavailable`.
   */
  reload(by: string, why: string): Promise<BundleState>;
}

/** The policy in force. The path is the configuration's: nobody loads a bundle of their own over the network. */
export function bundleEndpoints(bundle: BundleControl): readonly Endpoint[] {
  return [
    endpoint(
      'decisions.read',
      { method: 'get', path: '/v1/bundle', summary: 'The bundle that judges now', body: nothing, query: nothing },
      async () => ({ kind: 'json', value: bundle.current() }),
    ),
    endpoint(
      'bundle.write',
      {
        method: 'post',
        path: '/v1/bundle/reload',
        summary: 'Load the configured bundle again; when it is refused the old one stays',
        body: z.strictObject({ why: z.string().trim().min(1).max(1000) }),
        query: nothing,
      },
      async ({ body }, caller) => ({ kind: 'json', value: await bundle.reload(caller.id, body.why) }),
    ),
  ];
}
