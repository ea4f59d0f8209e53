import { RegoNumber } from '../../terms/rego-number.ts';
import { parseUrl } from '../url/go-url.ts';
import { type Document, isArray, isMap, normalText } from './document.ts';
import { compilePattern } from './go-regexp.ts';
import { type CountKeyword, Schema, SchemaError } from './schema.ts';
import { countOf, type Draft, draftOf, invalidType, listOf, mustBe, parseTypes, textOf } from './schema-keywords.ts';

/** Subschemas that one schema may have. */
const MOST_SCHEMAS = 10_000;
const COUNTS: readonly (readonly [CountKeyword, CountKeyword, (least: string, most: string) => string])[] = [
  ['minLength', 'maxLength', (least, most) => `${least} cannot be greater than ${most}`],
  ['minProperties', 'maxProperties', (least, most) => `${least} cannot be greater than ${most}`],
  ['minItems', 'maxItems', () => ''],
];

/**
 * Reads a schema as OPA's fork of gojsonschema does: the draft that `$schema` names, or a mix of drafts 4, 6 and 7.
 * @throws SchemaError where OPA says error, with its message; where there are several, one of them
 * @throws TypeError for what is not read here: references to other documents, identifiers within, schemas without end
 */
export function compileSchema(document: Document): Schema {
  return new Compiler(document).compile();
}

class Compiler {
  readonly #root: Document;
  readonly #draft: Draft;
  readonly #references = new Map<string, Schema>();
  #left = MOST_SCHEMAS;

  constructor(root: Document) {
    this.#root = root;
    this.#draft = draftOf(root);
  }

  compile(): Schema {
    return this.#parse(this.#root);
  }

  #parse(node: Document | undefined, schema = new Schema()): Schema {
    this.#left -= 1;
    if (this.#left < 0) throw new TypeError(`a schema has more than ${MOST_SCHEMAS} subschemas`);
    if (typeof node === 'boolean' && this.#draft !== 4) {
      schema.pass = node;
      return schema;
    }
    if (!isMap(node)) throw new SchemaError('Expected: Valid Schema, given: Invalid JSON');
    this.#checkIdentifier(node);
    this.#parseDefinitions(node.get('definitions'));
    textOf(node, 'title');
    textOf(node, 'description');
    const ref = textOf(node, '$ref');
    if (ref !== undefined) {
      const known = this.#references.get(ref);
      schema.ref = known ?? this.#follow(ref);
      if (!known) return schema;
    }
    parseTypes(node.get('type'), schema);
    this.#parseObject(node, schema);
    this.#parseArray(node, schema);
    this.#parseNumber(node, schema);
    this.#parseString(node, schema);
    this.#parseCombinations(node, schema);
    return schema;
  }

  /** Only the whole document may have an identifier: then every `#...` still means this document. */
  #checkIdentifier(node: ReadonlyMap<string, Document>): void {
    const name = this.#draft === 4 || (this.#draft === 'hybrid' && node.has('id')) ? 'id' : '$id';
    const id = textOf(node, name);
    if (id !== undefined && !parseUrl(id)) throw new SchemaError(`parse ${JSON.stringify(id)}: invalid`);
    for (const one of ['id', '$id']) {
      if (node !== this.#root && typeof node.get(one) === 'string') {
        throw new TypeError('json schema: identifiers of subschemas are not read here');
      }
    }
  }

  #parseDefinitions(definitions: Document | undefined): void {
    if (definitions === undefined) return;
    if (!isMap(definitions)) throw invalidType('Array Of Schemas', 'definitions');
    for (const one of definitions.values()) {
      if (typeof one !== 'boolean' && !isMap(one)) throw invalidType('Array Of Schemas', 'definitions');
      this.#parse(one);
    }
  }

  #follow(ref: string): Schema {
    if (ref !== '#' && !/^#\/[^%]*$/.test(ref)) {
      throw new TypeError('json schema: only references within the document (#/...) are followed here');
    }
    const schema = new Schema();
    this.#references.set(ref, schema);
    let node: Document | undefined = this.#root;
    for (const part of ref.split('/').slice(1)) {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      if (!isMap(node)) throw new TypeError('json schema: references into arrays and values are not followed here');
      if (!node.has(name)) throw new SchemaError(`Object has no key '${name}'`);
      node = node.get(name);
    }
    if (typeof node !== 'boolean' && !isMap(node)) throw new SchemaError('Valid Schema must be of type object');
    return this.#parse(node, schema);
  }

  #parseObject(node: ReadonlyMap<string, Document>, schema: Schema): void {
    const properties = node.get('properties');
    if (properties !== undefined && !isMap(properties)) throw new SchemaError('Properties must be of type object');
    schema.properties = [...(properties ?? [])].map(([name, one]) => [name, this.#parse(one)]);
    schema.additionalProperties = this.#parseAdditional(node, 'additionalProperties');
    const patterns = node.get('patternProperties');
    if (patterns !== undefined && !isMap(patterns)) throw invalidType('Valid Schema', 'patternProperties');
    schema.patternProperties = [...(patterns ?? [])].map(([text, one]) => {
      const pattern = compilePattern(text);
      if (!pattern) throw new SchemaError(`Invalid regex pattern '${text}'`);
      return [pattern, this.#parse(one)];
    });
    const names = node.get('propertyNames');
    if (names !== undefined && this.#draft !== 4) {
      if (typeof names !== 'boolean' && !isMap(names)) throw invalidType('Valid Schema', 'patternProperties');
      schema.propertyNames = this.#parse(names);
    }
    this.#parseDependencies(node.get('dependencies'), schema);
    for (const name of listOf(node, 'required')) {
      if (typeof name !== 'string') throw invalidType('string', 'required');
      if (schema.required.includes(name)) throw new SchemaError('required items must be unique');
      schema.required.push(name);
    }
  }

  #parseAdditional(node: ReadonlyMap<string, Document>, keyword: string): boolean | Schema | undefined {
    const value = node.get(keyword);
    if (value === undefined || typeof value === 'boolean') return value;
    if (!isMap(value)) throw invalidType('boolean/Valid Schema', keyword);
    return this.#parse(value);
  }

  #parseDependencies(dependencies: Document | undefined, schema: Schema): void {
    if (dependencies === undefined) return;
    if (!isMap(dependencies)) throw new SchemaError('dependencies must be of type object');
    const wrong = new SchemaError('Dependency must be of type Schema Or Array Of Strings');
    for (const [name, value] of dependencies) {
      if (isArray(value)) {
        const names = value.filter((one) => typeof one === 'string');
        if (names.length !== value.length) throw wrong;
        schema.dependencies.set(name, names);
      } else if (typeof value === 'boolean' || isMap(value)) schema.dependencies.set(name, this.#parse(value));
      else throw wrong;
    }
  }

  #parseArray(node: ReadonlyMap<string, Document>, schema: Schema): void {
    const items = node.get('items');
    const wrong = (): SchemaError => invalidType('Valid Schema/Array Of Schemas', 'items');
    if (isArray(items)) {
      if (!items.every((one) => typeof one === 'boolean' || isMap(one))) throw wrong();
      schema.items = items.map((one) => this.#parse(one));
    } else if (items !== undefined) {
      if (typeof items !== 'boolean' && !isMap(items)) throw wrong();
      schema.items = [this.#parse(items)];
      schema.isItemsSingle = true;
    }
    schema.additionalItems = this.#parseAdditional(node, 'additionalItems');
    const unique = node.get('uniqueItems');
    if (unique !== undefined && typeof unique !== 'boolean') throw mustBe('uniqueItems', 'a boolean');
    schema.isUnique = unique ?? false;
    const contains = node.get('contains');
    if (contains !== undefined && this.#draft !== 4) schema.contains = this.#parse(contains);
  }

  #parseNumber(node: ReadonlyMap<string, Document>, schema: Schema): void {
    const multiple = node.get('multipleOf');
    if (multiple !== undefined) {
      if (!(multiple instanceof RegoNumber)) throw invalidType('Number', 'multipleOf');
      if (multiple.compare(new RegoNumber(0)) <= 0) throw new SchemaError('multipleOf must be strictly greater than 0');
      schema.multipleOf = multiple;
    }
    for (const [plain, exclusive] of [
      ['minimum', 'exclusiveMinimum'],
      ['maximum', 'exclusiveMaximum'],
    ] as const) {
      const limit = node.get(plain);
      if (limit !== undefined && !(limit instanceof RegoNumber)) throw mustBe(plain, 'a Number');
      schema[plain] = limit;
      this.#parseExclusive(node.get(exclusive), schema, plain, exclusive);
    }
  }

  #parseExclusive(
    value: Document | undefined,
    schema: Schema,
    plain: 'minimum' | 'maximum',
    exclusive: 'exclusiveMinimum' | 'exclusiveMaximum',
  ): void {
    if (value === undefined) return;
    const takes = { 4: 'boolean', 6: 'number', 7: 'number', hybrid: 'boolean/number' }[this.#draft];
    if (value instanceof RegoNumber && takes !== 'boolean') schema[exclusive] = value;
    else if (typeof value === 'boolean' && takes !== 'number') {
      if (!schema[plain]) throw new SchemaError(`${exclusive} cannot be used without ${plain}`);
      if (!value) return;
      schema[exclusive] = schema[plain];
      schema[plain] = undefined;
    } else throw invalidType(takes, exclusive);
  }

  #parseString(node: ReadonlyMap<string, Document>, schema: Schema): void {
    for (const [least, most, message] of COUNTS) {
      for (const keyword of [least, most]) {
        const count = countOf(node, keyword);
        if (count !== undefined) schema.counts.set(keyword, count);
      }
      const [low = 0, high = Number.POSITIVE_INFINITY] = [schema.counts.get(least), schema.counts.get(most)];
      if (low > high && message(least, most) !== '') throw new SchemaError(message(least, most));
    }
    const pattern = textOf(node, 'pattern');
    if (pattern !== undefined) {
      schema.pattern = compilePattern(pattern);
      if (!schema.pattern) throw new SchemaError('pattern must be a valid regex');
    }
    schema.format = textOf(node, 'format') ?? '';
  }

  #parseCombinations(node: ReadonlyMap<string, Document>, schema: Schema): void {
    const constant = node.get('const');
    if (constant !== undefined && this.#draft !== 4) schema.constant = normalText(constant);
    if (node.has('enum')) {
      schema.enumeration = [];
      for (const text of listOf(node, 'enum').map(normalText)) {
        if (schema.enumeration.includes(text)) throw new SchemaError('enum items must be unique');
        schema.enumeration.push(text);
      }
    }
    for (const keyword of ['oneOf', 'anyOf', 'allOf'] as const) {
      schema[keyword] = listOf(node, keyword).map((one) => this.#parse(one));
    }
    schema.not = this.#parseCondition(node, 'not');
    if (this.#draft === 4 || this.#draft === 6) return;
    schema.condition = this.#parseCondition(node, 'if');
    schema.consequence = this.#parseCondition(node, 'then');
    schema.alternative = this.#parseCondition(node, 'else');
  }

  #parseCondition(node: ReadonlyMap<string, Document>, keyword: string): Schema | undefined {
    const value = node.get(keyword);
    if (value === undefined) return undefined;
    if (typeof value !== 'boolean' && !isMap(value)) throw mustBe(keyword, 'an object');
    return this.#parse(value);
  }
}
