/** The shape of a policy's answer, after the public contract of `sallyport/decision`. */
export type Outcome = 'allow' | 'hold' | 'deny';
export type Tier = 'A' | 'B' | 'C';

export interface Reason {
  /** `category/rule`, e.g. `blast/max-objects`; the gate's own are `gate/...`. */
  readonly rule: string;
  readonly message: string;
  /** What would be allowed or whom to ask; may be empty. */
  readonly fix: string;
}

export interface Hold {
  readonly kind: 'people' | 'window' | 'evidence';
  /** Stable within a decision: two rules that ask for the same thing use the same key. */
  readonly key: string;
  readonly groups: readonly string[];
  /** How many people; 0 for holds that people do not lift. */
  readonly quorum: number;
  /** RFC 3339, UTC: when a window opens; else empty. */
  readonly until: string;
}

export const OBLIGATIONS = [
  'notify',
  'capture',
  'verify',
  'canary',
  'fallback',
  'dry-run-first',
  'as-dry-run',
] as const;
export type ObligationName = (typeof OBLIGATIONS)[number];

export interface Obligation {
  readonly name: ObligationName;
  /** Parameters; `notify` has `{now: boolean}`, the others none so far. */
  readonly params: Readonly<Record<string, boolean | number | string>>;
}

/** What would have been, at the lowest level that would not merely advise. */
export interface Advice {
  readonly level: number;
  readonly outcome: Outcome;
  readonly holds: readonly Hold[];
  readonly obligations: readonly Obligation[];
}

export interface Verdict {
  readonly outcome: Outcome;
  readonly tier: Tier;
  /** The environment the policy derived, for freezes by environment and for reports. */
  readonly environment: string;
  readonly reasons: readonly Reason[];
  readonly warnings: readonly Reason[];
  readonly holds: readonly Hold[];
  readonly obligations: readonly Obligation[];
  readonly advice: Advice | undefined;
}
