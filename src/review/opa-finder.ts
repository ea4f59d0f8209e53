import { findOpa, OPA_VERSION } from './opa.ts';

/** The path of an OPA: of exactly that version, or of any that will do; undefined where there is none. */
export type OpaOf = (version?: string) => Promise<string | undefined>;

/**
 * Looks for OPAs for a review. What the bundle says it was built with is never fetched: only the version of this product is
 * built where it is missing.
 */
export function opaFinder(env: Readonly<Record<string, string | undefined>>, announce: (line: string) => void): OpaOf {
  return async (version) => {
    try {
      const exact = version === undefined ? {} : { exact: true, version };
      return await findOpa({ env: { ...env }, announce, ...exact });
    } catch (thrown) {
      announce(`no OPA ${version ?? OPA_VERSION}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      return undefined;
    }
  };
}
