/** Whose calls a stop condition counts. */
export const SUBJECT_KINDS = ['agent', 'runbook', 'service'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

/** What became of a change that was made. Ages are in whole seconds. */
export type MadeChange = {
  readonly decision: string;
  /** Since the last that is known of it: its end, its verification, its revert. */
  readonly ago: number;
  readonly ended: 'done' | 'failed';
  readonly verification: 'none' | 'passed' | 'failed';
  readonly reverted: boolean;
};

/** The input of `sallyport/stops/answer`, as `rego/schemas/stops.json` has it: what became of one's calls, the oldest first. */
export type StopQuestion = {
  readonly version: 1;
  /** What it is asked for, and when (RFC 3339). */
  readonly call: { readonly id: string; readonly time: string };
  readonly subject: { readonly kind: SubjectKind; readonly name: string };
  readonly changes: readonly MadeChange[];
  readonly denials: readonly { readonly decision: string; readonly ago: number }[];
  /** Within the last minute. */
  readonly pace: { readonly calls: number | 'unknown'; readonly changes: number | 'unknown' };
};
