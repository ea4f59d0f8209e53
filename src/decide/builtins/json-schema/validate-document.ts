import { isIntegral } from '../../terms/identity.ts';
import { RegoNumber } from '../../terms/rego-number.ts';
import { type Document, isArray, isMap, normalText } from './document.ts';
import { isOfFormat } from './formats.ts';
import { matchesPattern } from './go-regexp.ts';
import { floatText, isMultiple } from './number-rules.ts';
import { Outcome, type Violation } from './outcome.ts';
import type { CountKeyword, Schema } from './schema.ts';

/** Schemas that one document may be compared with, one inside the other and beside it. */
const MOST_STEPS = 100_000;

/**
 * Compares a document with a schema, step by step as OPA's fork of gojsonschema does, so that the violations and their
 * texts are its own. Members are taken by name, where OPA takes them in no order.
 * @throws TypeError when the schema does not end or is too much work
 */
export function validateDocument(schema: Schema, document: Document): readonly Violation[] {
  const outcome = new Outcome();
  new Validator().validate(schema, document, outcome, '(Root)');
  return outcome.violations;
}

class Validator {
  #left = MOST_STEPS;

  validate(referring: Schema, value: Document, outcome: Outcome, path: string): void {
    this.#step();
    let schema = referring;
    for (; schema.ref; schema = schema.ref) this.#step();
    if (schema.pass !== undefined) {
      if (!schema.pass) outcome.add('false', path, 'False always fails validation');
      return;
    }
    if (!isOfType(schema.types, value)) {
      const expected = schema.types.length > 1 ? `[${schema.types.join(',')}]` : schema.types[0];
      outcome.add('invalid_type', path, `Invalid type. Expected: ${expected}, given: ${typeOf(value)}`);
      return;
    }
    this.#combinations(schema, value, outcome, path);
    if (isArray(value)) this.#array(schema, value, outcome, path);
    else if (isMap(value)) this.#object(schema, value, outcome, path);
    else if (value instanceof RegoNumber) number(schema, value, outcome, path);
    common(schema, value, outcome, path);
    if (typeof value === 'string') string(schema, value, outcome, path);
    if (isMap(value)) {
      for (const [name, property] of schema.properties) {
        const member = value.get(name);
        if (member !== undefined) this.validate(property, member, outcome, `${path}.${name}`);
      }
    }
    outcome.score += 1;
  }

  #step(): void {
    this.#left -= 1;
    if (this.#left < 0) throw new TypeError(`a schema takes more than ${MOST_STEPS} steps`);
  }

  #apart(schema: Schema, value: Document, path: string): Outcome {
    const outcome = new Outcome();
    this.validate(schema, value, outcome, path);
    return outcome;
  }

  #combinations(schema: Schema, value: Document, outcome: Outcome, path: string): void {
    this.#anyOf(schema.anyOf, value, outcome, path);
    this.#oneOf(schema.oneOf, value, outcome, path);
    const all = schema.allOf.map((one) => this.#apart(one, value, path));
    for (const one of all) outcome.merge(one);
    if (!all.every((one) => one.isValid)) {
      outcome.add('number_all_of', path, 'Must validate all the schemas (allOf)');
    }
    if (schema.not && this.#apart(schema.not, value, path).isValid) {
      outcome.add('number_not', path, 'Must not validate the schema (not)');
    }
    if (isMap(value)) this.#dependencies(schema, value, outcome, path);
    if (schema.condition) {
      const isMet = this.#apart(schema.condition, value, path).isValid;
      const branch = isMet ? schema.consequence : schema.alternative;
      const tried = branch && this.#apart(branch, value, path);
      if (tried && !tried.isValid) {
        const [word, was] = isMet ? ['then', 'valid'] : ['else', 'not valid'];
        outcome.add(`condition_${word}`, path, `Must validate "${word}" as "if" was ${was}`);
        outcome.merge(tried);
      }
    }
    outcome.score += 1;
  }

  #anyOf(schemas: readonly Schema[], value: Document, outcome: Outcome, path: string): void {
    if (schemas.length === 0) return;
    let best: Outcome | undefined;
    for (const one of schemas) {
      const tried = this.#apart(one, value, path);
      if (tried.isValid) return;
      if (!best || tried.score > best.score) best = tried;
    }
    outcome.add('number_any_of', path, 'Must validate at least one schema (anyOf)');
    outcome.merge(best);
  }

  #oneOf(schemas: readonly Schema[], value: Document, outcome: Outcome, path: string): void {
    if (schemas.length === 0) return;
    let best: Outcome | undefined;
    let valid = 0;
    for (const one of schemas) {
      const tried = this.#apart(one, value, path);
      if (tried.isValid) valid += 1;
      else if (valid === 0 && (!best || tried.score > best.score)) best = tried;
    }
    if (valid === 1) return;
    outcome.add('number_one_of', path, 'Must validate one and only one schema (oneOf)');
    if (valid === 0) outcome.merge(best);
  }

  #dependencies(schema: Schema, value: ReadonlyMap<string, Document>, outcome: Outcome, path: string): void {
    for (const name of value.keys()) {
      const dependency = schema.dependencies.get(name);
      if (dependency === undefined) continue;
      if (!('pass' in dependency)) {
        for (const needed of dependency) {
          if (!value.has(needed)) outcome.add('missing_dependency', path, `Has a dependency on ${needed}`);
        }
      } else this.validate(dependency, value, outcome, path);
    }
  }

  #array(schema: Schema, value: readonly Document[], outcome: Outcome, path: string): void {
    for (const [index, one] of value.entries()) {
      const item = schema.isItemsSingle ? schema.items[0] : schema.items[index];
      if (item) outcome.merge(this.#apart(item, one, `${path}.${index}`));
    }
    if (!schema.isItemsSingle && schema.items.length > 0 && schema.items.length < value.length) {
      const { additionalItems } = schema;
      if (additionalItems === false) {
        outcome.add('array_no_additional_items', path, 'No additional items allowed on array');
      } else if (additionalItems !== undefined && additionalItems !== true) {
        for (const [index, one] of value.entries()) {
          if (index >= schema.items.length) outcome.merge(this.#apart(additionalItems, one, `${path}.${index}`));
        }
      }
    }
    atLeast(
      schema,
      'minItems',
      value.length,
      outcome,
      path,
      'array_min_items',
      (n) => `Array must have at least ${n} items`,
    );
    atMost(
      schema,
      'maxItems',
      value.length,
      outcome,
      path,
      'array_max_items',
      (n) => `Array must have at most ${n} items`,
    );
    if (schema.isUnique) unique(value, outcome, path);
    if (schema.contains) this.#contains(schema.contains, value, outcome, path);
    outcome.score += 1;
  }

  #contains(schema: Schema, value: readonly Document[], outcome: Outcome, path: string): void {
    let best: Outcome | undefined;
    for (const [index, one] of value.entries()) {
      const tried = this.#apart(schema, one, `${path}.${index}`);
      if (tried.isValid) return;
      if (!best || tried.score > best.score) best = tried;
    }
    outcome.add('contains', path, 'At least one of the items must match');
    outcome.merge(best);
  }

  #object(schema: Schema, value: ReadonlyMap<string, Document>, outcome: Outcome, path: string): void {
    atLeast(
      schema,
      'minProperties',
      value.size,
      outcome,
      path,
      'array_min_properties',
      (n) => `Must have at least ${n} properties`,
    );
    atMost(
      schema,
      'maxProperties',
      value.size,
      outcome,
      path,
      'array_max_properties',
      (n) => `Must have at most ${n} properties`,
    );
    for (const name of schema.required) {
      if (value.has(name)) outcome.score += 1;
      else outcome.add('required', path, `${name} is required`);
    }
    const described = new Set(schema.properties.map(([name]) => name));
    for (const [name, member] of value) {
      const isMatched = this.#patternProperties(schema, name, member, outcome, path);
      const { additionalProperties } = schema;
      if (described.has(name) || isMatched || additionalProperties === undefined || additionalProperties === true)
        continue;
      if (additionalProperties === false) {
        outcome.add('additional_property_not_allowed', path, `Additional property ${name} is not allowed`);
      } else outcome.merge(this.#apart(additionalProperties, member, `${path}.${name}`));
    }
    if (schema.propertyNames) {
      for (const name of value.keys()) {
        const tried = this.#apart(schema.propertyNames, name, path);
        if (tried.isValid) continue;
        outcome.add('invalid_property_name', path, `Property name of "${name}" does not match`);
        outcome.merge(tried);
      }
    }
    outcome.score += 1;
  }

  #patternProperties(schema: Schema, name: string, member: Document, outcome: Outcome, path: string): boolean {
    let isMatched = false;
    for (const [pattern, one] of schema.patternProperties) {
      if (!matchesPattern(pattern, name)) continue;
      isMatched = true;
      outcome.merge(this.#apart(one, member, `${path}.${name}`));
    }
    if (isMatched) outcome.score += 1;
    return isMatched;
  }
}

function common(schema: Schema, value: Document, outcome: Outcome, path: string): void {
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

function unique(value: readonly Document[], outcome: Outcome, path: string): void {
  const seen = new Map<string, number>();
  for (const [index, one] of value.entries()) {
    const text = normalText(one);
    const earlier = seen.get(text);
    if (earlier !== undefined) outcome.add('unique', path, `array items[${earlier},${index}] must be unique`);
    seen.set(text, index);
  }
}

function string(schema: Schema, value: string, outcome: Outcome, path: string): void {
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

function number(schema: Schema, value: RegoNumber, outcome: Outcome, path: string): void {
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

const atLeast: CountRule = (schema, keyword, count, outcome, path, type, words) => {
  const limit = schema.counts.get(keyword);
  if (limit !== undefined && count < limit) outcome.add(type, path, words(limit));
};

const atMost: CountRule = (schema, keyword, count, outcome, path, type, words) => {
  const limit = schema.counts.get(keyword);
  if (limit !== undefined && count > limit) outcome.add(type, path, words(limit));
};

function isOfType(types: readonly string[], value: Document): boolean {
  if (types.length === 0) return true;
  const type = typeOf(value);
  return types.includes(type) || (type === 'integer' && types.includes('number'));
}

function typeOf(value: Document): string {
  if (value === null) return 'null';
  if (value instanceof RegoNumber) return isIntegral(value.text) ? 'integer' : 'number';
  if (isArray(value)) return 'array';
  return typeof value === 'object' ? 'object' : typeof value;
}
