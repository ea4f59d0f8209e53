import type { RE2JS } from 're2js';
import type { RegoNumber } from '../../terms/rego-number.ts';

/** A schema as it was read; what is absent asks for nothing. */
export class Schema {
  /** Of a schema that is `true` or `false`. */
  pass: boolean | undefined;
  /** Of a `$ref`: what holds instead of everything else here. */
  ref: Schema | undefined;
  types: string[] = [];
  properties: (readonly [name: string, schema: Schema])[] = [];
  additionalProperties: boolean | Schema | undefined;
  patternProperties: (readonly [pattern: RE2JS, schema: Schema])[] = [];
  propertyNames: Schema | undefined;
  dependencies = new Map<string, readonly string[] | Schema>();
  items: Schema[] = [];
  isItemsSingle = false;
  additionalItems: boolean | Schema | undefined;
  contains: Schema | undefined;
  required: string[] = [];
  readonly counts = new Map<CountKeyword, number>();
  isUnique = false;
  multipleOf: RegoNumber | undefined;
  minimum: RegoNumber | undefined;
  exclusiveMinimum: RegoNumber | undefined;
  maximum: RegoNumber | undefined;
  exclusiveMaximum: RegoNumber | undefined;
  pattern: RE2JS | undefined;
  format = '';
  /** As `normalText` prints them. */
  constant: string | undefined;
  enumeration: string[] | undefined;
  oneOf: Schema[] = [];
  anyOf: Schema[] = [];
  allOf: Schema[] = [];
  not: Schema | undefined;
  /** `if` */
  condition: Schema | undefined;
  /** `then` */
  consequence: Schema | undefined;
  /** `else` */
  alternative: Schema | undefined;
}

export type CountKeyword = 'minLength' | 'maxLength' | 'minItems' | 'maxItems' | 'minProperties' | 'maxProperties';

/** A schema that cannot be read; the message is OPA's. */
export class SchemaError extends Error {}
