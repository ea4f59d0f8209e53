import { RegoNumber } from '../../terms/rego-number.ts';
import { type Document, isArray, isMap } from './document.ts';
import { matchesPattern } from './go-regexp.ts';
import { Outcome, type Violation } from './outcome.ts';
import type { Schema } from './schema.ts';
import { atLeast, atMost, checkNumber, checkString, checkUnique, checkValue, isOfType, typeOf } from './value-rules.ts';

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
    else if (value instanceof RegoNumber) checkNumber(schema, value, outcome, path);
    checkValue(schema, value, outcome, path);
    if (typeof value === 'string') checkString(schema, value, outcome, path);
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
    if (schema.isUnique) checkUnique(value, outcome, path);
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
