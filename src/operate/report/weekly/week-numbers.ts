/** Decisions by what was done with them. */
export interface Done {
  allow: number;
  hold: number;
  deny: number;
}

/** How long people took for the held calls of one tier, in seconds. */
export interface Latency {
  readonly tier: string;
  readonly decided: number;
  readonly approved: number;
  readonly denied: number;
  readonly expired: number;
  readonly median: number | null;
  readonly p90: number | null;
}

/** What an agent was trying to do. */
export interface Incident {
  readonly intent: string;
  readonly agent: string;
  readonly incident: string;
  readonly openedAt: string;
  /** Seconds until a person first acted on it; null: nobody did. */
  readonly acknowledged: number | null;
  /** Seconds until it was closed as done; null: it was not. */
  readonly mitigated: number | null;
  readonly outcome: string;
}

export interface LevelChange {
  readonly time: string;
  readonly agent: string;
  readonly what: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly by: string;
  readonly why: string;
}

/** One agent's part. */
export type AgentNumbers = Done & {
  readonly agent: string;
  changes: number;
  alone: number;
  done: number;
  failed: number;
  unverified: number;
  reverted: number;
  taken_over: number;
};

export interface Takeover {
  readonly time: string;
  readonly agent: string;
  readonly what: string;
  readonly by: string;
  readonly why: string;
}

/** Everything that one week's record says of its decisions and outcomes. */
export interface WeekNumbers {
  readonly decisions: Done;
  /** Of changes only: reads would drown them. `alone`: let through without anybody's approval. */
  readonly changes: Done & { alone: number; done: number; failed: number; spoiled: number };
  readonly verified: number;
  readonly unverified: number;
  readonly reverted: number;
  readonly reverted_by_gate: number;
  readonly taken_over: number;
  readonly stops: readonly { readonly name: string; readonly count: number }[];
  readonly by_day: readonly (Done & { readonly day: string })[];
  readonly by_tier: readonly (Done & { readonly name: string })[];
  readonly by_environment: readonly (Done & { readonly name: string })[];
  readonly by_level: readonly (Done & { readonly name: string })[];
  /** Those that held or denied, most often first. */
  readonly by_rule: readonly (Done & { readonly name: string })[];
  readonly approvals: readonly Latency[];
  readonly incidents: readonly Incident[];
  readonly levels: readonly LevelChange[];
  readonly takeovers: readonly Takeover[];
  readonly agents: readonly AgentNumbers[];
  /** What could not be told because there was too much of it: names of lists that were cut. */
  readonly cut: readonly string[];
}

/** A review: a span, and the one of the same length before it. */
export interface WeeklyReview {
  readonly from: string;
  readonly to: string;
  /** Undefined: all agents. */
  readonly agent: string | undefined;
  /** Leaves that were read, by their places. */
  readonly log: { readonly from: number; readonly to: number } | null;
  readonly week: WeekNumbers;
  readonly before: WeekNumbers;
}

/** Share of a whole; null of nothing. */
function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

export const RATES = [
  'block_rate',
  'autonomous_share',
  'success_rate',
  'verification_rate',
  'revert_rate',
  'takeover_rate',
] as const;
export type Rates = Readonly<Record<(typeof RATES)[number], number | null>>;

/** The rates that the review compares. */
export function ratesOf(week: WeekNumbers): Rates {
  const { decisions, changes, verified, unverified, reverted, taken_over } = week;
  const all = decisions.allow + decisions.hold + decisions.deny;
  const asked = changes.allow + changes.hold + changes.deny;
  return {
    block_rate: share(decisions.deny, all),
    autonomous_share: share(changes.alone, changes.allow),
    success_rate: share(Math.max(0, changes.done - changes.spoiled), changes.done + changes.failed),
    verification_rate: share(verified, verified + unverified),
    revert_rate: share(reverted, changes.done),
    takeover_rate: share(taken_over, asked),
  };
}
