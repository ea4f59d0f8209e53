import type { Json, JsonObject } from '../../../json.ts';
import { fail } from './wire.ts';

/**
 * Messages of apiextensions/v1 of which JSON shows one field alone. Where two are set, one of them would be judged and
 * the other perhaps used.
 */
export function joinUnion(message: string, object: JsonObject): Json {
  const { Allows, Schema, JSONSchemas, Property } = object;
  switch (message) {
    case 'apiextensions/v1.JSONSchemaPropsOrBool':
      return Schema === null ? (Allows ?? null) : one(Schema, Allows === false);
    case 'apiextensions/v1.JSONSchemaPropsOrArray':
      return JSONSchemas === null ? (Schema ?? null) : one(JSONSchemas, Schema !== null);
    case 'apiextensions/v1.JSONSchemaPropsOrStringArray':
      return Property === null ? (Schema ?? null) : one(Property, Schema !== null);
    default:
      return object;
  }
}

function one(value: Json | undefined, contradicted: boolean): Json {
  return contradicted ? fail('a schema is of two forms at once') : (value ?? null);
}
