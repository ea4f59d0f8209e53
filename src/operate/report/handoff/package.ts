import type { JsonObject } from '../../../json.ts';

/** One change that was asked for, and all that became of it. */
export interface HandedAction {
  readonly decision: string;
  readonly time: string;
  readonly action: string;
  /** Where: namespace and name. */
  readonly target: string;
  readonly environment: string;
  readonly tier: string;
  readonly did: string;
  /** The first reason's rule and words. */
  readonly reason: string;
  /** How it ended, in a word or two; empty where it was never sent or has not ended. */
  outcome: string;
  /** `waiting`, `approved`, `denied`, ...; empty where it was not held. */
  hold: string;
  /** Until when people may decide, while it waits. */
  decideBy: string;
  /** `passed`, `failed`, `inconclusive`, `started`; empty where nothing was looked at. */
  verification: string;
  /** `ran`, `conflict`, `refused`, `blocked`, `failed`; empty where nobody tried. */
  revert: string;
  readonly approvals: Handed[];
}

/** Something that somebody did, at a time. */
export interface Handed {
  readonly seq: number;
  readonly time: string;
  readonly what: string;
  readonly by: string;
  readonly why: string;
  /** The decision, the hold, the freeze that it is about; empty where it is none in particular. */
  readonly about: string;
}

/** One thing that a source said. */
export interface HandedEvidence {
  readonly time: string;
  readonly source: string;
  readonly stance: string;
  readonly says: string;
  readonly by: string;
}

/** What whoever takes over should do next, most urgent first. */
export interface NextStep {
  readonly step: string;
  readonly because: string;
}

/** Everything that whoever takes over from an agent has to know (P6), from the record alone. */
export interface HandoffPackage {
  /** Undefined where it is about an agent and a span of time. */
  readonly intent: string | undefined;
  readonly agent: string;
  readonly from: string;
  /** When the last thing of it happened. */
  readonly to: string;
  /** `open`, or how it was closed. */
  readonly state: string;
  readonly closed: Handed | undefined;
  /** In the agent's words, or an operator's: claims. */
  readonly statement: JsonObject;
  readonly evidence: readonly HandedEvidence[];
  readonly reads: { readonly allowed: number; readonly denied: number };
  readonly actions: readonly HandedAction[];
  readonly timeline: readonly Handed[];
  readonly levels: readonly Handed[];
  readonly freezes: readonly (Handed & { readonly lifted: boolean })[];
  readonly next: readonly NextStep[];
  /** Leaves that it is told from. */
  readonly record: { readonly leaves: number; readonly from: number | null; readonly to: number | null };
  readonly cut: boolean;
}

/** The package as JSON. */
export function packageJson({ intent, closed, ...told }: HandoffPackage): object {
  return { intent: intent ?? null, closed: closed ?? null, ...told };
}
