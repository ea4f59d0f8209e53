import type { Reason } from '../../decide/verdict.ts';
import type { Json } from '../../json.ts';
import type { Finding } from '../report/finding.ts';
import type { Mismatch } from './check-scenario.ts';
import type { Coverage } from './coverage.ts';

/** How one test ended. */
export interface TestResult {
  /** The suite's title; of Rego's own tests their package. */
  readonly suite: string;
  readonly kind: 'scenario' | 'rego';
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly passed: boolean;
  /** Milliseconds. */
  readonly took: number;
  /** Why it failed, in lines; empty when it passed. */
  readonly why: readonly string[];
  readonly mismatches: readonly Mismatch[];
  readonly got: Got | undefined;
  /** With `--explain`: what made the verdict, and what would change it. */
  readonly explanation?: readonly string[];
}

/** What came of a scenario, for people. */
export interface Got {
  readonly action: string;
  readonly outcome: string;
  readonly by: string;
  readonly tier: string;
  readonly environment: string;
  readonly reasons: readonly Reason[];
  /** Every rule that had something to say. */
  readonly fired: readonly string[];
  readonly cell: Readonly<Record<string, Json>>;
}

/** A whole run of `sallyport test`. */
export interface TestReport {
  readonly bundle: { readonly digest: string; readonly revision: string };
  readonly tests: readonly TestResult[];
  readonly coverage: Coverage | undefined;
  readonly findings: readonly Finding[];
  /** Milliseconds. */
  readonly took: number;
}
