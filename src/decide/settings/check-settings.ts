import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { type Problem, show, unknownKey } from '../../config/yaml-problems.ts';
import { messageOf, SallyportError } from '../../errors.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';

/** The JSON Schemas (draft-07) of a policy library's settings, by section: `levels`, `windows`, ... */
export type SettingsSchemas = Readonly<Record<string, JsonObject>>;

/**
 * What is wrong with the shape of settings: sections that the library does not have, and whatever its schemas do not
 * allow. What settings mean (that levels are ordered, that named environments exist) is for `sallyport/settings/problems`.
 * @param settings sections by name, as they stand under `data.settings` or in a site's files
 * @throws SallyportError `bundle/invalid` where a schema is none
 */
export function checkSettings(settings: JsonObject, schemas: SettingsSchemas): readonly Problem[] {
  const known = Object.keys(schemas).sort().join(', ');
  return Object.entries(settings).flatMap(([section, value]): readonly Problem[] => {
    const schema = Object.hasOwn(schemas, section) ? schemas[section] : undefined;
    if (schema === undefined) return [{ path: [section], at: 'key', message: unknownKey(section, known) }];
    const validate = compiled(section, schema);
    if (validate(value)) return [];
    return (validate.errors ?? []).flatMap((error) => problemOf(error, section, value));
  });
}

/** @throws SallyportError `bundle/invalid` where it is no schema */
function compiled(section: string, schema: JsonObject): ValidateFunction {
  try {
    const strict = { strict: true, strictRequired: false, logger: false } as const;
    return new Ajv({ allErrors: true, verbose: true, discriminator: true, ...strict }).compile(schema);
  } catch (cause) {
    throw new SallyportError('bundle/invalid', `the schema of the settings ${section}: ${messageOf(cause)}`, { cause });
  }
}

/** The schemas that `sallyport build` packed into a library's data; none where it was built without. */
export function schemasOf(data: JsonObject): SettingsSchemas | undefined {
  const settings = isObject(data.settings) ? data.settings : {};
  const manifest = isObject(settings.manifest) ? settings.manifest : {};
  const { schemas } = manifest;
  if (!isObject(schemas)) return undefined;
  const sections: Record<string, JsonObject> = {};
  for (const [name, schema] of Object.entries(schemas)) if (isObject(schema)) sections[name] = schema;
  return sections;
}

function problemOf(error: ErrorObject, section: string, value: Json): readonly Problem[] {
  // Of a key that is not allowed the error of `propertyNames` itself tells, with its place.
  if (error.propertyName !== undefined) return [];
  const path = pathOf(error.instancePath, section, value);
  const schema: JsonObject = isObject(error.parentSchema) ? error.parentSchema : {};
  const named = text(
    error.params.additionalProperty ?? error.params.propertyName ?? error.params.missingProperty ?? error.params.tag,
  );
  switch (error.keyword) {
    case 'additionalProperties':
      return [{ path: [...path, named], at: 'key', message: unknownMember(named, keysOf(schema)) }];
    case 'propertyNames':
      return [{ path: [...path, named], at: 'key', message: unfitKey(named, schema) }];
    case 'required':
      return [{ path: [...path, named], at: 'value', message: `missing${expected(memberOf(schema, named))}` }];
    case 'dependencies':
      return [{ path, at: 'key', message: `${text(error.params.property)} needs ${named} beside it` }];
    case 'discriminator':
      return [
        { path: [...path, named], at: 'value', message: misfit(tagsOf(schema, named), path, error.params.tagValue) },
      ];
    default:
      return [{ path, at: 'value', message: misfit(wantedBy(error, schema), path, error.data) + described(schema) }];
  }
}

/** What a value should have been, by the keyword that it failed. */
function wantedBy({ keyword, params, message }: ErrorObject, schema: JsonObject): string {
  switch (keyword) {
    case 'type':
      return TYPES[text(params.type)] ?? text(params.type);
    case 'enum':
      return `one of ${listOf(schema.enum)}`;
    case 'const':
      return JSON.stringify(schema.const);
    case 'minimum':
      return `at least ${text(params.limit)}`;
    case 'maximum':
      return `at most ${text(params.limit)}`;
    case 'minLength':
      return 'a text that is not empty';
    case 'minItems':
    case 'minProperties':
      return 'at least one entry';
    case 'uniqueItems':
      return 'each entry once';
    case 'pattern':
      return 'another form';
    default:
      return message ?? keyword;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'text',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
};

function misfit(wanted: string, path: Problem['path'], found: unknown): string {
  return `expected ${wanted}, got ${found === undefined ? 'nothing' : show(path, found)}`;
}

function unknownMember(key: string, known: string): string {
  return known === '' ? 'unknown key; nothing may stand here' : unknownKey(key, known);
}

function unfitKey(key: string, { propertyNames }: JsonObject): string {
  const names: JsonObject = isObject(propertyNames) ? propertyNames : {};
  if (isArray(names.enum)) return unknownKey(key, listOf(names.enum));
  return `${show([], key)} cannot be a name here`;
}

function described({ description }: JsonObject): string {
  return typeof description === 'string' ? ` (${description.replace(/\.$/, '')})` : '';
}

function expected(schema: Json | undefined): string {
  if (!isObject(schema)) return '';
  const kind = isArray(schema.enum) ? `one of ${listOf(schema.enum)}` : TYPES[text(schema.type)];
  return (kind === undefined ? '' : `; expected ${kind}`) + described(schema);
}

function memberOf({ properties }: JsonObject, name: string): Json | undefined {
  return isObject(properties) ? properties[name] : undefined;
}

function keysOf({ properties }: JsonObject): string {
  return Object.keys(isObject(properties) ? properties : {}).join(', ');
}

function tagsOf({ oneOf }: JsonObject, tag: string): string {
  const tags = (isArray(oneOf) ? oneOf.filter(isObject) : []).map((one) => {
    const member = memberOf(one, tag);
    return isObject(member) ? text(member.const) : '';
  });
  return `one of ${tags.join(', ')}`;
}

function listOf(values: Json | undefined): string {
  return isArray(values) ? values.map(text).join(', ') : '';
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : String(value);
}

/** A JSON pointer (RFC 6901) as keys and list positions. */
function pathOf(pointer: string, section: string, root: Json): (string | number)[] {
  const path: (string | number)[] = [section];
  let value: Json | undefined = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const step = isArray(value) ? Number(key) : key;
    path.push(step);
    value = isArray(value) ? value[Number(key)] : isObject(value) ? value[key] : undefined;
  }
  return path;
}
