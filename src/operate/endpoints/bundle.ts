import { z } from 'zod';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';

/** What judges now. */
export interface BundleState {
  /** `sha256:<hex>`, as in every decision: of what is in the library's bundle, or of the pair with a site's. */
  readonly digest: string;
  readonly revision: string;
  /** `sha256:<hex>` of the library's archive file. */
  readonly archive: string;
  readonly library: MemberState;
  readonly site: MemberState | null;
  /** What whoever runs the gate should know. */
  readonly warnings: readonly string[];
}

export interface MemberState {
  readonly digest: string;
  readonly archive: string;
  readonly revision: string;
  /** Greater for whatever was built later; null where the bundle gives none. */
  readonly serial: number | null;
}

/** What came of a source so far. Times are RFC 3339, UTC. */
export interface SourceState {
  /** A path, or an address without its query. */
  readonly from: string;
  /** How it is looked at without being asked to: not at all, or by its kind. */
  readonly follows: 'nothing' | 'file' | 'url';
  readonly lastAttempt: string | null;
  /** When it was last found to have what is in force. */
  readonly lastSuccess: string | null;
  /** What is wrong now: nothing, once an attempt succeeded. */
  readonly lastError: {
    readonly at: string;
    readonly code: string;
    readonly message: string;
    /** Of what was refused; null when there was nothing to be had. */
    readonly archive: string | null;
  } | null;
  /** True while what is in force is the bundle kept from an earlier run, because its source could not be asked. */
  readonly lastGood: boolean;
}

/** What `GET /v1/bundle` says; all but the sources is null while no bundle could be loaded at all. */
export interface BundleReport {
  readonly digest: string | null;
  readonly archive: string | null;
  readonly revision: string | null;
  readonly library: MemberState | null;
  readonly site: MemberState | null;
  readonly warnings: readonly string[];
  readonly sources: { readonly library: SourceState; readonly site?: SourceState };
}

/** Where the bundle in force comes from and how another one takes its place. */
export interface BundleControl {
  current(): BundleReport;
  /**
   * Fetches the configured bundle again and swaps it in, recorded; when it is refused the old one stays.
   * @param rollback whether an older one than judged before is meant
   * @throws SallyportError `bundle/invalid`, `bundle/signature`, `bundle/older`, `bundle/unavailable`, `record/unavailable`.
   */
  reload(by: string, why: string, rollback: boolean): Promise<BundleState>;
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
        summary:
          'Load the configured bundle again; when it is refused, as an older one is unless `rollback`, the old one stays',
        body: z.strictObject({
          why: z.string().trim().min(1).max(1000),
          rollback: z.boolean().default(false),
        }),
        query: nothing,
      },
      async ({ body }, caller) => ({ kind: 'json', value: await bundle.reload(caller.id, body.why, body.rollback) }),
    ),
  ];
}
