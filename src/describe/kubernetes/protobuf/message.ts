import type { Json, JsonObject } from '../../../json.ts';
import { type Field, type FieldType, type Message, messageNamed, type ScalarName } from './schema.ts';
import { absentSpecial, readSpecial } from './special.ts';
import { joinUnion } from './union.ts';
import { BYTES, FIXED64, fail, VARINT, WireReader } from './wire.ts';

/** As deep as JSON may be. */
const DEEPEST = 128;
/** Two bytes can stand for a whole object of empty fields, so what comes of a body is counted, not only its bytes. */
const MOST_VALUES = 250_000;

/**
 * Reads one message as the JSON object that Go writes of the same: names, types and what is left out are those of the
 * schema. What the schema does not have, what comes twice where once is meant, and what has no JSON form is refused.
 */
export class MessageReader {
  /** Where it is: what an error names. */
  readonly path: (string | number)[] = [];
  #values = 0;

  /** @throws SallyportError `describe/unreadable`, or `json/malformed` for JSON within */
  read(message: Message, bytes: Uint8Array): JsonObject {
    const reader = new WireReader(bytes);
    const slots: (Slot | undefined)[] = [];
    while (!reader.done) {
      const { number, type } = reader.tag();
      const place = message.places.get(number);
      const field = place === undefined ? undefined : message.fields[place];
      if (place === undefined || field === undefined) return fail(`${message.name} has no field ${number}`);
      this.path.push(field.name === '' ? number : field.name);
      slots[place] = this.#merge(field, slots[place], reader, type);
      this.path.pop();
    }
    return this.#object(message, slots);
  }

  #merge({ type }: Field, slot: Slot | undefined, reader: WireReader, wireType: number): Slot {
    if (type.is === 'list') return this.#item(type.of, isList(slot) ? slot : [], reader, wireType);
    if (type.is === 'map') return this.#entry(type.of, slot instanceof Map ? slot : new Map(), reader, wireType);
    if (slot !== undefined) return fail('it comes twice');
    return this.#value(type, reader, wireType);
  }

  #item(type: FieldType, items: Json[], reader: WireReader, wireType: number): Json[] {
    this.path.push(items.length);
    const numbers = type.is === 'scalar' && WIRE_TYPES[type.name] === VARINT;
    if (numbers && wireType === BYTES) {
      // Packed: one after the other, without a tag each.
      const packed = new WireReader(reader.bytes());
      if (packed.done) return fail('a list of nothing');
      while (!packed.done) items.push(this.#value(type, packed, VARINT));
    } else items.push(this.#value(type, reader, wireType));
    this.path.pop();
    return items;
  }

  /** A map is a list of messages, each with a key (1) and a value (2). */
  #entry(type: FieldType, entries: Map<string, Json>, reader: WireReader, wireType: number): Map<string, Json> {
    if (wireType !== BYTES) return fail(`it is of wire type ${wireType}`);
    const entry = new WireReader(reader.bytes());
    let key: string | undefined;
    let value: Json | undefined;
    this.path.push('');
    while (!entry.done) {
      const { number, type: wire } = entry.tag();
      if (number === 1 && wire === BYTES && key === undefined) {
        key = entry.text();
        this.path[this.path.length - 1] = key;
      } else if (number === 2 && value === undefined) value = this.#value(type, entry, wire);
      else return fail(`an entry has no, or a second, field ${number} of wire type ${wire}`);
    }
    const name = key ?? '';
    if (name.includes('\0')) return fail('the key has a NUL in it');
    if (entries.has(name)) return fail('the key comes twice');
    entries.set(name, value ?? emptyEntry(type) ?? this.#absent(type));
    this.path.pop();
    return entries;
  }

  #value(type: FieldType, reader: WireReader, wireType: number): Json {
    this.#count();
    switch (type.is) {
      case 'pointer':
        return this.#value(type.of, reader, wireType);
      case 'scalar':
        return scalar(type.name, reader, wireType);
      case 'special':
        return readSpecial(type.name, lengthDelimited(reader, wireType));
      case 'message':
        return this.#nested(messageNamed(type.name), lengthDelimited(reader, wireType));
      case 'list':
      case 'map':
        return fail('a list or map stands within another');
    }
  }

  #nested(message: Message, bytes: Uint8Array): Json {
    if (this.path.length > DEEPEST) return fail(`it is nested deeper than ${DEEPEST}`);
    return joinUnion(message.name, this.read(message, bytes));
  }

  #object({ fields }: Message, slots: readonly (Slot | undefined)[]): JsonObject {
    const object: Record<string, Json> = {};
    for (const [place, field] of fields.entries()) {
      const slot = slots[place];
      if (field.leftOut === 'when empty' && isEmpty(field.type, slot)) continue;
      const value =
        slot === undefined ? this.#absent(field.type) : slot instanceof Map ? Object.fromEntries(slot) : slot;
      if (field.name === '') Object.assign(object, value);
      else if (field.leftOut !== 'when null' || value !== null) object[field.name] = value;
    }
    return object;
  }

  /** What Go writes where a field is not there but is not left out either. */
  #absent(type: FieldType): Json {
    this.#count();
    switch (type.is) {
      case 'scalar':
        return ABSENT[type.name];
      case 'special':
        return absentSpecial(type.name);
      case 'message':
        return joinUnion(type.name, this.#object(messageNamed(type.name), []));
      default:
        return null;
    }
  }

  #count(): void {
    if (++this.#values > MOST_VALUES) fail(`it stands for more than ${MOST_VALUES} values`);
  }
}

type Slot = Json | Json[] | Map<string, Json>;

const WIRE_TYPES: Readonly<Record<ScalarName, number>> = {
  string: BYTES,
  bytes: BYTES,
  bool: VARINT,
  int32: VARINT,
  int64: VARINT,
  double: FIXED64,
};
const ABSENT: Readonly<Record<ScalarName, Json>> = {
  string: '',
  bytes: null,
  bool: false,
  int32: 0,
  int64: 0,
  double: 0,
};

function scalar(name: ScalarName, reader: WireReader, wireType: number): Json {
  if (wireType !== WIRE_TYPES[name]) return fail(`it is of wire type ${wireType}`);
  switch (name) {
    case 'string':
      return reader.text();
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'bool':
      return reader.bool();
    case 'int32':
      return reader.int32();
    case 'int64':
      return reader.integer();
    case 'double':
      return reader.double();
  }
}

/** Bytes and lists that are not there are empty in a map, unlike elsewhere. */
function emptyEntry(type: FieldType): Json | undefined {
  if (type.is === 'scalar' && type.name === 'bytes') return '';
  return type.is === 'special' && type.name === 'Strings' ? [] : undefined;
}

function lengthDelimited(reader: WireReader, wireType: number): Uint8Array {
  return wireType === BYTES ? reader.bytes() : fail(`it is of wire type ${wireType}`);
}

/** As Go's `omitempty` has it: a pointer is empty when there is none, whatever it points at. */
function isEmpty(type: FieldType, slot: Slot | undefined): boolean {
  if (slot === undefined) return true;
  if (type.is === 'pointer') return false;
  if (slot instanceof Map) return slot.size === 0;
  return slot === '' || slot === 0 || slot === false || slot === null;
}

function isList(slot: Slot | undefined): slot is Json[] {
  return Array.isArray(slot);
}
