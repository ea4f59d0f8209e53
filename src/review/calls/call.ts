import { parseVerdict } from '../../decide/parse-verdict.ts';
import type { Verdict } from '../../decide/verdict.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';

/** A call that can be judged, given or recorded. */
export interface Call {
  /** What people know it by: a decision's id, or the file and the line. */
  readonly name: string;
  /** The policy input. */
  readonly input: JsonObject;
  /** What was said of it when it came; undefined for a call that was never judged. */
  readonly recorded: Recorded | undefined;
}

/** What the record says of how a call was judged. */
export interface Recorded {
  readonly verdict: Verdict;
  /** The verdict as it stands in the record. */
  readonly verdictJson: JsonObject;
  readonly fuel: number;
  /** What judged: `sha256:<hex>`. */
  readonly digest: string;
  readonly revision: string;
  /** The code of what went wrong, where the verdict is the gate's own denial. */
  readonly fault: string | undefined;
}

/** A decision that cannot be judged again, and why. */
export interface Unusable {
  readonly name: string;
  readonly why: string;
  /** Whether nothing is missing: no policy was asked. */
  readonly neverJudged: boolean;
}

/**
 * The decisions of a page of the operations API (`{decisions: [...]}`, as `sallyport decisions list --json` prints it), of one decision
 * (`{id, decided}`), or of a leaf of the log (`{kind: "decided", id, ...}`); undefined when it is none of them.
 */
export function readDecisions(value: Json): readonly (Call | Unusable)[] | undefined {
  if (!isObject(value)) return undefined;
  if (isArray(value.decisions)) return value.decisions.flatMap((one) => readDecisions(one) ?? []);
  if (isObject(value.decided)) return [readDecision(textOf(value.id), value.decided)];
  if (value.kind === 'decided') return [readDecision(textOf(value.id), value)];
  return undefined;
}

function readDecision(id: string, decided: JsonObject): Call | Unusable {
  const judgement = isObject(decided.judgement) ? decided.judgement : decided.request;
  if (!isObject(judgement))
    return { name: id, why: 'the gate itself refused it: no policy was asked', neverJudged: true };
  if (!isObject(decided.input)) return { name: id, why: 'its input is not on the record', neverJudged: false };
  const recorded = readJudgement(judgement);
  if (recorded === undefined)
    return { name: id, why: 'its judgement on the record cannot be read', neverJudged: false };
  return { name: id, input: decided.input, recorded };
}

function readJudgement({ verdict, fuel, bundle, fault }: JsonObject): Recorded | undefined {
  if (!isObject(verdict) || typeof fuel !== 'number' || !isObject(bundle)) return undefined;
  try {
    return {
      verdict: parseVerdict([{ result: verdict }]),
      verdictJson: verdict,
      fuel,
      digest: textOf(bundle.digest),
      revision: textOf(bundle.revision),
      fault: isObject(fault) ? textOf(fault.code) : undefined,
    };
  } catch {
    return undefined;
  }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
