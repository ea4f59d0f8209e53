import { isIntegral } from '../../terms/identity.ts';
import { RegoNumber } from '../../terms/rego-number.ts';
import { type Document, isArray, normalText } from './document.ts';
import { isOfFormat } from './formats.ts';
import { matchesPattern } from './go-regexp.ts';
import { floatText, isMultiple } from './number-rules.ts';
import type { Outcome } from './outcome.ts';
import type { CountKeyword, Schema } from './schema.ts';

// The keywords that look at one value alone, not into it.

/** `const`, `enum` and `format` */
export function checkValue(schema: Schema, value: Document, outcome: Outcome, path: string): void {
  const { constant, enumeration } = schema;
  const field = path.replace(/^\(Root\)\./, '');
  const text = constant === undefined && enumeration === undefined ? '' : normalText(value);
  if (constant !== undefined && text !== constant) outcome.add('const', path, `${field} does not match: ${constant}`);
  if (enumeration !== undefined && !enumeration.includes(text)) {
    outcome.add('enum', path, `${field} must be one of the following: ${enumeration.join(', ')}`);
  }
  if (schema.format !== '' && typeof value === 'string' && !isOfFormat(schema.format, value)) {
    outcome.add('format', path, `Does not match format '${schema.format}'`);
  }
  outcome.score += 1;
}

/** `uniqueItems` */
export function checkUnique(value: readonly Document[], outcome: Outcome, path: string): void {
  const seen = new Map<string, number>();
  for (const [index, one] of value.entries()) {
    const text = normalText(one);
    const earlier = seen.get(text);
    if (earlier !== undefined) outcome.add('unique', path, `array items[${earlier},${index}] must be unique`);
    seen.set(text, index);
  }
}

/** `minLength`, `maxLength` and `pattern` */
export function checkString(schema: Schema, value: string, outcome: Outcome, path: string): void {
  const length = [...value].length;
  atLeast(
    schema,
    'minLength',
    length,
    outcome,
    path,
    'string_gte',
    (n) => `String length must be greater than or equal to ${n}`,
  );
  atMost(
    schema,
    'maxLength',
    length,
    outcome,
    path,
    'string_lte',
    (n) => `String length must be less than or equal to ${n}`,
  );
  if (schema.pattern && !matchesPattern(schema.pattern, value)) {
    outcome.add('pattern', path, `Does not match pattern '${schema.pattern.pattern()}'`);
  }
  outcome.score += 1;
}

/** `multipleOf` and the limits */
export function checkNumber(schema: Schema, value: RegoNumber, outcome: Outcome, path: string): void {
  const { multipleOf, maximum, exclusiveMaximum, minimum, exclusiveMinimum } = schema;
  const fail = (type: string, words: string, limit: RegoNumber): void =>
    outcome.add(type, path, `Must be ${words} ${floatText(limit)}`);
  if (multipleOf && !isMultiple(value, multipleOf)) fail('multiple_of', 'a multiple of', multipleOf);
  if (maximum && value.compare(maximum) > 0) fail('number_lte', 'less than or equal to', maximum);
  if (exclusiveMaximum && value.compare(exclusiveMaximum) >= 0) fail('number_lt', 'less than', exclusiveMaximum);
  if (minimum && value.compare(minimum) < 0) fail('number_gte', 'greater than or equal to', minimum);
  if (exclusiveMinimum && value.compare(exclusiveMinimum) <= 0) fail('number_gt', 'greater than', exclusiveMinimum);
  outcome.score += 1;
}

type CountRule = (
  schema: Schema,
  keyword: CountKeyword,
  count: number,
  outcome: Outcome,
  path: string,
  type: string,
  words: (limit: number) => string,
) => void;

/** Not fewer than a keyword says. */
export const atLeast: CountRule = (schema, keyword, count, outcome, path, type, words) => {
  const limit = schema.counts.get(keyword);
  if (limit !== undefined && count < limit) outcome.add(type, path, words(limit));
};

/** Not more than a keyword says. */
export const atMost: CountRule = (schema, keyword, count, outcome, path, type, words) => {
  const limit = schema.counts.get(keyword);
  if (limit !== undefined && count > limit) outcome.add(type, path, words(limit));
};

/** Whether a value is of one of the types; none means any. */
export function isOfType(types: readonly string[], value: Document): boolean {
  if (types.length === 0) return true;
  const type = typeOf(value);
  return types.includes(type) || (type === 'integer' && types.includes('number'));
}

/** The type of a value in the words of JSON Schema. */
export function typeOf(value: Document): string {
  if (value === null) return 'null';
  if (value instanceof RegoNumber) return isIntegral(value.text) ? 'integer' : 'number';
  if (isArray(value)) return 'array';
  return typeof value === 'object' ? 'object' : typeof value;
}
