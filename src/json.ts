/** JSON as the gate writes it; `strict-json.ts` is how it reads what others wrote. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/**
 * Canonical JSON after RFC 8785: members sorted by UTF-16 code units, no white space, numbers and strings as ECMAScript
 * prints them. The bytes of an event in the log, of a digest, of a comparison.
 * @throws TypeError on numbers that JSON cannot carry (NaN, infinities) and on lone surrogates.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
    return `${value}`;
  }
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return isArray(value) ? arrayText(value) : objectText(value);
}

/** `Array.isArray` that keeps `readonly Json[]` readable to the checker. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** True for a JSON object (not null, not an array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function arrayText(values: readonly Json[]): string {
  let text = '';
  for (const value of values) text += text === '' ? canonicalJson(value) : `,${canonicalJson(value)}`;
  return `[${text}]`;
}

function objectText(object: JsonObject): string {
  const names = Object.keys(object);
  if (names.length === 0) return '{}';
  let text = '';
  for (const { name, lead } of shapeOf(names)) {
    const value = object[name];
    if (value === undefined) return objectText(withoutGaps(object));
    // Most members are plain strings; taking them here saves a call and an intermediate text for each.
    text += typeof value === 'string' && !UNUSUAL.test(value) ? `${lead}"${value}"` : lead + canonicalJson(value);
  }
  return `${text}}`;
}

/** `undefined` is no JSON, but TypeScript lets it in where a member is optional; such a member is not there. */
function withoutGaps(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

// All but what stands for itself: control characters, the quote, the backslash, and surrogates, which must come in pairs.
const UNUSUAL = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

function quote(text: string): string {
  if (!UNUSUAL.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new TypeError('a lone surrogate has no JSON form');
  return JSON.stringify(text);
}

/** One member of a shape: its name, and the text before its value (`{"a":` or `,"b":`). */
interface Member {
  readonly name: string;
  readonly lead: string;
}
interface Shape {
  readonly names: readonly string[];
  readonly members: readonly Member[];
}

// Sorting and quoting names is most of the work, and events come in few shapes: what was worked out for one list of names
// is kept, by its first name. Bounded, because some names come from outside.
const SHAPES_KEPT = 1_024;
const SHAPES_PER_NAME = 8;
const NAMES_PER_SHAPE = 32;
const NAME_LENGTH = 64;
const shapes = new Map<string, Shape[]>();

function shapeOf(names: readonly string[]): readonly Member[] {
  const first = names[0] ?? '';
  const known = shapes.get(first);
  if (known !== undefined) {
    for (const shape of known) if (sameNames(shape.names, names)) return shape.members;
  }
  const members = names.toSorted().map((name, i) => ({ name, lead: `${i === 0 ? '{' : ','}${quote(name)}:` }));
  if (names.length <= NAMES_PER_SHAPE && names.every((name) => name.length <= NAME_LENGTH)) {
    if (known === undefined && shapes.size < SHAPES_KEPT) shapes.set(first, [{ names, members }]);
    else if (known !== undefined && known.length < SHAPES_PER_NAME) known.push({ names, members });
  }
  return members;
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
