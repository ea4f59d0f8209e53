import { RegoNumber } from '../../terms/rego-number.ts';
import { parseUrl } from '../url/go-url.ts';
import { type Document, isArray, isMap } from './document.ts';
import { type CountKeyword, type Schema, SchemaError } from './schema.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'null', 'object', 'string'];
/** The versions of JSON Schema that are told apart; without one, what any of them has counts. */
export type Draft = 4 | 6 | 7 | 'hybrid';
const DRAFTS = new Map<string, Draft>([
  ['http://json-schema.org/draft-04/schema', 4],
  ['http://json-schema.org/draft-06/schema', 6],
  ['http://json-schema.org/draft-07/schema', 7],
]);

/** The version that `$schema` names. */
export function draftOf(root: Document): Draft {
  if (typeof root === 'boolean') return 'hybrid';
  if (!isMap(root)) throw new SchemaError('schema is invalid');
  const named = root.get('$schema') ?? '';
  if (typeof named !== 'string') throw new SchemaError('$schema must be of type string');
  if (!parseUrl(named)) throw new SchemaError(`parse ${JSON.stringify(named)}: invalid`);
  return DRAFTS.get(named.replace(/#$/, '')) ?? 'hybrid';
}

/** `type` */
export function parseTypes(value: Document | undefined, schema: Schema): void {
  if (value === undefined) return;
  const wrong = (): SchemaError => invalidType('type', 'string/Array Of Strings');
  for (const type of isArray(value) ? value : [value]) {
    if (typeof type !== 'string') throw wrong();
    if (!TYPES.includes(type)) {
      const valid = '[array boolean integer number null object string]';
      const given = `has a primitive type that is NOT VALID -- given: /${type}/`;
      throw new SchemaError(`${given} Expected valid values are:${valid}`);
    }
    if (schema.types.includes(type)) throw new SchemaError(`${type} type is duplicated`);
    schema.types.push(type);
  }
}

/** A keyword that is a count. */
export function countOf(node: ReadonlyMap<string, Document>, keyword: CountKeyword): number | undefined {
  const value = node.get(keyword);
  if (value === undefined) return undefined;
  const digits = value instanceof RegoNumber ? value.digits : undefined;
  if (digits === undefined || digits >= 2n ** 63n || digits < -(2n ** 63n)) throw mustBe(keyword, 'an integer');
  if (digits < 0n) throw new SchemaError(`${keyword} must be greater than or equal to 0`);
  if (digits > 2n ** 53n) throw new TypeError(`json schema: ${keyword} is beyond 2^53`);
  return Number(digits);
}

/** A keyword that is a string. */
export function textOf(node: ReadonlyMap<string, Document>, keyword: string): string | undefined {
  const value = node.get(keyword);
  if (value !== undefined && typeof value !== 'string') throw invalidType('string', keyword);
  return value;
}

/** A keyword that is an array; empty when it is not there. */
export function listOf(node: ReadonlyMap<string, Document>, keyword: string): readonly Document[] {
  const value = node.get(keyword);
  if (value === undefined) return [];
  if (!isArray(value)) throw mustBe(keyword, 'an array');
  return value;
}

export function invalidType(expected: string, given: string): SchemaError {
  return new SchemaError(`Invalid type. Expected: ${expected}, given: ${given}`);
}

export function mustBe(keyword: string, what: string): SchemaError {
  return new SchemaError(`${keyword} must be of ${what}`);
}
