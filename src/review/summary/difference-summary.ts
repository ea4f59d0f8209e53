import type { JudgeIdentity } from '../../decide/judge.ts';
import { canonicalJson, type Json } from '../../json.ts';
import type { Direction } from '../difference/changed-cells.ts';
import type { Difference } from '../difference/difference.ts';

/** What a bundle would change where another one is in force. */
export interface DifferenceSummary {
  readonly against: { readonly revision: string; readonly contentDigest: string };
  /** How many calls were judged by both. */
  readonly compared: number;
  /** Calls that are judged otherwise, in words, more permissive first. */
  readonly rows: readonly { readonly direction: Direction; readonly says: string; readonly cells: number }[];
  readonly rules: readonly {
    readonly id: string;
    readonly change: 'added' | 'removed' | 'changed';
    readonly title: string;
    /** Of a changed rule: what of its METADATA. */
    readonly fields: readonly string[];
  }[];
  /** Settings that are not what they were; as JSON, `nothing` where there is none. */
  readonly settings: readonly { readonly path: string; readonly before: string; readonly after: string }[];
}

export function summarizeDifference(
  old: JudgeIdentity,
  { compared, rows, rules, settings }: Difference,
): DifferenceSummary {
  return {
    against: { revision: old.revision, contentDigest: old.bundleDigest },
    compared,
    rows: rows.map(({ direction, says, cells }) => ({ direction, says, cells })),
    rules: rules.map(({ id, change, title, fields }) => ({
      id,
      change,
      title,
      fields: fields.map(({ path }) => path),
    })),
    settings: settings.map(({ path, before, after }) => ({ path, before: shown(before), after: shown(after) })),
  };
}

const LONGEST = 200;

function shown(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = canonicalJson(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}
