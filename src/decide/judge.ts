import { messageOf, SallyportError } from '../errors.ts';
import { canonicalJson, isObject, type Json, type JsonObject } from '../json.ts';
import type { PolicyInput } from './input.ts';
import { parseVerdict } from './parse-verdict.ts';
import type { Moment, Policy } from './policy.ts';
import type { Verdict } from './verdict.ts';

/** The longest input that is judged, in bytes of its JSON text (UTF-8). */
export const MAX_INPUT_BYTES = 16 * 1024;
/** The same of other questions, which may be about a whole history. */
const MAX_QUESTION_BYTES = 256 * 1024;

/** A verdict and what it rests on. With a `fault`, the verdict is the gate's own denial. */
export interface Judgement {
  readonly verdict: Verdict;
  /** What the evaluation used (see `fuel.ts`); 0 when there was none. */
  readonly fuel: number;
  readonly bundleDigest: string;
  readonly revision: string;
  readonly fault?: SallyportError;
}

/** What policy says to a question beside the decision, and what that rests on. */
export interface Answer {
  /** Unread: whoever asks knows its form. Undefined with a `fault`, and then nothing may be concluded. */
  readonly answer: Json | undefined;
  readonly fuel: number;
  readonly bundleDigest: string;
  readonly revision: string;
  readonly fault?: SallyportError;
}

/** Answers questions beside the decision, each an entrypoint with an input of its own. */
export interface Questions {
  /**
   * What an entrypoint says, by the same fuel as decisions. Of a site's bundle only the settings count that it is trusted with:
   * there is no stricter of two answers. Never throws.
   */
  ask(entrypoint: string, input: JsonObject, moment: Moment): Answer;
}

/** Judges inputs under one bundle. */
export interface Judge extends Questions {
  /**
   * What each policy that judges here says, a site's own too, to a question of which every answer can only tighten. Never throws.
   */
  askAll(...question: Parameters<Questions['ask']>): readonly Answer[];
  readonly bundleDigest: string;
  readonly revision: string;
  /** The verdict of the policy, or a denial that says what went wrong with it. Never throws. */
  judge(input: PolicyInput | string): Judgement;
}

/** What the judge says of itself in each judgement. */
export interface JudgeIdentity {
  readonly bundleDigest: string;
  readonly revision: string;
}

/** Makes a judge that fails closed: whatever goes wrong under `policy` becomes a denial of that one call. */
export function createJudge(policy: Policy, identity: JudgeIdentity): Judge {
  const { bundleDigest, revision } = identity;
  const deny = (rule: string, fault: SallyportError, fuel: number): Judgement => ({
    verdict: denial(rule, fault),
    fuel,
    bundleDigest,
    revision,
    fault,
  });
  const judge: Judge = {
    bundleDigest,
    revision,
    askAll: (...question) => [judge.ask(...question)],
    judge(input) {
      let text: string;
      try {
        // As the log keeps it: what the evaluation uses hangs on the order of members too, and replay must come out the same.
        text = typeof input === 'string' ? input : canonicalJson(input);
      } catch (cause) {
        return deny(
          'gate/policy-fault',
          new SallyportError('policy/fault', `the input has no JSON form: ${messageOf(cause)}`, { cause }),
          0,
        );
      }
      if (isTooLarge(text, MAX_INPUT_BYTES)) {
        const fault = new SallyportError('policy/fault', `the policy input is larger than ${MAX_INPUT_BYTES} bytes`, {
          fix: "shorten the call's arguments and claims, or the agent's scope",
        });
        return deny('gate/input-too-large', fault, 0);
      }
      const { result, fuel, fault } = policy.evaluate(input, text);
      if (fault) return deny('gate/policy-fault', fault, fuel);
      try {
        return { verdict: parseVerdict(result), fuel, bundleDigest, revision };
      } catch (thrown) {
        const nonsense =
          thrown instanceof SallyportError ? thrown : new SallyportError('policy/nonsense', messageOf(thrown));
        return deny('gate/policy-fault', nonsense, fuel);
      }
    },
    ask(entrypoint, input, moment) {
      const unanswered = (why: SallyportError, used: number): Answer => ({
        ...{ answer: undefined, fuel: used, bundleDigest, revision, fault: why },
      });
      const text = canonicalJson(input);
      if (isTooLarge(text, MAX_QUESTION_BYTES)) {
        const message = `the input of ${entrypoint} is larger than ${MAX_QUESTION_BYTES} bytes`;
        return unanswered(new SallyportError('policy/fault', message), 0);
      }
      const { result, fuel, fault } = policy.ask(entrypoint, text, moment);
      if (fault) return unanswered(fault, fuel);
      const [entry]: readonly unknown[] = Array.isArray(result) ? result : [];
      const answer = isObject(entry) ? entry.result : undefined;
      if (answer !== undefined) return { answer, fuel, bundleDigest, revision };
      return unanswered(new SallyportError('policy/nonsense', `${entrypoint} is undefined for this input`), fuel);
    },
  };
  return judge;
}

function isTooLarge(text: string, limit: number): boolean {
  // A UTF-16 unit is at most three bytes of UTF-8, so most inputs need no counting.
  if (text.length * 3 <= limit) return false;
  return text.length > limit || Buffer.byteLength(text) > limit;
}

function denial(rule: string, fault: SallyportError): Verdict {
  return {
    outcome: 'deny',
    tier: 'C',
    environment: 'unknown',
    reasons: [
      { rule, message: `${fault.message} (${fault.code})`, fix: fault.fix ?? 'ask the people who run the gate' },
    ],
    warnings: [],
    holds: [],
    obligations: [],
    advice: undefined,
  };
}
