import { SCHEMA } from './kubernetes-schema.ts';

/** Types whose JSON is not made of their fields; `Strings` is a list that is a message of its own. */
const SPECIAL = [
  'Quantity',
  'Time',
  'MicroTime',
  'FieldsV1',
  'IntOrString',
  'RawExtension',
  'JSON',
  'Strings',
] as const;
const SCALARS = ['string', 'bool', 'int32', 'int64', 'double', 'bytes'] as const;

export type SpecialName = (typeof SPECIAL)[number];
export type ScalarName = (typeof SCALARS)[number];

export type FieldType =
  | { readonly is: 'scalar'; readonly name: ScalarName }
  | { readonly is: 'special'; readonly name: SpecialName }
  | { readonly is: 'message'; readonly name: string }
  | { readonly is: 'pointer' | 'list' | 'map'; readonly of: FieldType };

export interface Field {
  /** As in JSON; empty when the field's own fields stand in its place. */
  readonly name: string;
  readonly number: number;
  readonly type: FieldType;
  readonly leftOut: 'never' | 'when empty' | 'when null';
}

export interface Message {
  /** `core/v1.Pod` */
  readonly name: string;
  readonly fields: readonly Field[];
  /** Where the field of a number stands in `fields`. */
  readonly places: ReadonlyMap<number, number>;
}

interface Index {
  readonly kinds: ReadonlyMap<string, string>;
  readonly lines: ReadonlyMap<string, string>;
}

// Only what is asked for is parsed, and kept.
let index: Index | undefined;
const messages = new Map<string, Message>();

/** The message of a kind that Kubernetes itself has; undefined for others. */
export function messageOfKind(apiVersion: string, kind: string): Message | undefined {
  // One type, registered in every group.
  const version = kind === 'DeleteOptions' ? 'v1' : apiVersion;
  const name = indexed().kinds.get(`${version} ${kind}`);
  return name === undefined ? undefined : messageNamed(name);
}

export function messageNamed(name: string): Message {
  const known = messages.get(name);
  if (known !== undefined) return known;
  const line = indexed().lines.get(name);
  if (line === undefined) throw new TypeError(`the schema has no message ${name}`);
  const fields = line === '' ? [] : line.split(' ').map(parseField);
  const message = { name, fields, places: new Map(fields.map(({ number }, place) => [number, place])) };
  messages.set(name, message);
  return message;
}

/** All kinds, as `apiVersion kind`. */
export function knownKinds(): readonly string[] {
  return [...indexed().kinds.keys()];
}

function indexed(): Index {
  if (index !== undefined) return index;
  const [kinds = '', lines = ''] = SCHEMA.split('\n\n');
  index = {
    kinds: new Map(kinds.split('\n').map((line) => cut(line, line.lastIndexOf(' ')))),
    lines: new Map(lines.split('\n').map((line) => cut(line, line.indexOf(' ')))),
  };
  return index;
}

function cut(line: string, at: number): [before: string, after: string] {
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}

function parseField(text: string): Field {
  const [, name = '', mark, number = '', type = ''] = /^([^=?~]*)([?~]?)=(\d+):(.+)$/.exec(text) ?? [];
  const leftOut = mark === '?' ? 'when empty' : mark === '~' ? 'when null' : 'never';
  return { name, number: Number(number), type: parseType(type), leftOut };
}

function parseType(text: string): FieldType {
  if (text.startsWith('*')) return { is: 'pointer', of: parseType(text.slice(1)) };
  if (text.startsWith('[]')) return { is: 'list', of: parseType(text.slice(2)) };
  if (text.startsWith('{}')) return { is: 'map', of: parseType(text.slice(2)) };
  const scalar = SCALARS.find((name) => name === text);
  if (scalar !== undefined) return { is: 'scalar', name: scalar };
  const special = SPECIAL.find((name) => name === text);
  return special === undefined ? { is: 'message', name: text } : { is: 'special', name: special };
}
