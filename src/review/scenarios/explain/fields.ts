import type { PolicyInput } from '../../../decide/input.ts';
import { canonicalJson, isArray, isObject, type Json, type JsonObject } from '../../../json.ts';
import type { RuleProbe, Said } from '../rule-probe.ts';

/** A field of the policy input, with the value that it has. */
export interface Field {
  readonly name: string;
  readonly value: Json;
}

/** Parts of the input that say which call this is and nothing about it. */
const NAMES: ReadonlySet<string> = new Set([
  'version',
  'call.id',
  'call.pass',
  'call.digest',
  'call.group',
  'agent.id',
]);
const LONGEST = 80;

/**
 * The fields on which a rule's word depends: those of which another value alone changes its effects, holds or obligations. Found by
 * asking the rule again, not by reading it.
 * @param names that the settings know: of environments, runbooks, tiers
 */
export function fieldsThatMatter(
  probe: RuleProbe,
  input: PolicyInput,
  said: Said,
  names: readonly string[],
): readonly Field[] {
  const whole: JsonObject = JSON.parse(canonicalJson(input));
  const before = weight(said);
  return leaves(whole, [])
    .filter(({ path }) => !NAMES.has(path.join('.')))
    .filter(({ path, value }) =>
      othersThan(value, names).some((other) => {
        const changed = put(whole, path, other);
        return isInput(changed) && weight(probe.askOne(changed, said.rule)) !== before;
      }),
    )
    .map(({ path, value }) => ({ name: path.join('.'), value }));
}

/** `blast.pods = 11` */
export function fieldText({ name, value }: Field): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `${name} = ${text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text}`;
}

function weight(said: Said | undefined): string {
  if (said === undefined) return '';
  const { effects, holds, obligations } = said;
  return JSON.stringify([effects, holds, obligations]);
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: Json;
}

function leaves(value: Json, path: readonly string[]): readonly Leaf[] {
  if (isObject(value) && Object.keys(value).length > 0)
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
  return [{ path, value }];
}

/** Values of the same kind that are worth trying: nothing, everything, what nobody knows. */
function othersThan(value: Json, names: readonly string[]): readonly Json[] {
  if (typeof value === 'boolean') return [!value, 'unknown'];
  if (typeof value === 'number') return [0, 1, 3, 5, 1_000_000, 'unknown'].filter((one) => one !== value);
  if (isArray(value)) return value.length === 0 ? ['unknown'] : [[], 'unknown'];
  if (isObject(value)) return ['unknown'];
  if (value === 'unknown') return [0, 1, true, false, [], 'none', 'something-else', ...names];
  return ['unknown', 'none', 'something-else', ...names].filter((one) => one !== value);
}

function put(whole: JsonObject, [step, ...rest]: readonly string[], value: Json): JsonObject {
  if (step === undefined) return whole;
  const inner = whole[step];
  return { ...whole, [step]: rest.length === 0 ? value : put(isObject(inner) ? inner : {}, rest, value) };
}

function isInput(value: unknown): value is PolicyInput {
  return isObject(value) && isObject(value.call);
}
