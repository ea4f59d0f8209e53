import type { Json } from '../../../json.ts';
import { parseStrictJson } from '../../../strict-json.ts';
import type { SpecialName } from './schema.ts';
import { BYTES, fail, VARINT, WireReader } from './wire.ts';

/** What a type of its own is in JSON. @throws SallyportError `describe/unreadable`, or `json/malformed` for JSON within */
export function readSpecial(name: SpecialName, bytes: Uint8Array): Json {
  switch (name) {
    case 'Quantity':
      return quantity(bytes);
    case 'Time':
      return time(bytes, false);
    case 'MicroTime':
      return time(bytes, true);
    case 'IntOrString':
      return intOrString(bytes);
    case 'Strings':
      return strings(bytes);
    case 'RawExtension':
      return document(bytes, false);
    case 'FieldsV1':
    case 'JSON':
      return document(bytes, true);
  }
}

/** What Go writes where the field is not there. */
export function absentSpecial(name: SpecialName): Json {
  if (name === 'Quantity') return '0';
  return name === 'IntOrString' ? 0 : null;
}

/** apimachinery's resource.Quantity: what `ParseQuantity` takes. */
const QUANTITY = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$/;

function quantity(bytes: Uint8Array): Json {
  let text: string | undefined;
  members(bytes, { 1: [BYTES, (reader) => (text = reader.text())] });
  if (text === undefined) return '0';
  return QUANTITY.test(text) ? text : fail('a quantity is malformed');
}

/** Go's zero time, the first second of the year 1, is null in JSON. */
const ZERO_TIME = -62_135_596_800;
const LAST_TIME = 253_402_300_799;

function time(bytes: Uint8Array, micro: boolean): Json {
  if (bytes.length === 0) return null;
  let seconds = 0;
  let nanos = 0;
  members(bytes, {
    1: [VARINT, (reader) => (seconds = reader.integer())],
    2: [VARINT, (reader) => (nanos = reader.int32())],
  });
  if (seconds < ZERO_TIME || seconds > LAST_TIME || nanos < 0 || nanos > 999_999_999)
    return fail('a time is impossible');
  const micros = micro ? Math.floor(nanos / 1000) : 0;
  if (seconds === ZERO_TIME && micros === 0) return null;
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return micro ? `${text}.${String(micros).padStart(6, '0')}Z` : `${text}Z`;
}

function intOrString(bytes: Uint8Array): Json {
  let type = 0;
  let number = 0;
  let text = '';
  members(bytes, {
    1: [VARINT, (reader) => (type = reader.integer())],
    2: [VARINT, (reader) => (number = reader.int32())],
    3: [BYTES, (reader) => (text = reader.text())],
  });
  if (type === 0 && text === '') return number;
  if (type === 1 && number === 0) return text;
  return fail('a number or text is both, or neither');
}

function strings(bytes: Uint8Array): Json {
  const reader = new WireReader(bytes);
  const items: string[] = [];
  while (!reader.done) {
    const { number, type } = reader.tag();
    if (number !== 1 || type !== BYTES) return fail(`there is no field ${number} of wire type ${type}`);
    items.push(reader.text());
  }
  return items.length === 0 ? null : items;
}

/** JSON as it is, within the message. */
function document(bytes: Uint8Array, mayBeEmpty: boolean): Json {
  const found: Uint8Array[] = [];
  members(bytes, { 1: [BYTES, (reader) => found.push(reader.bytes())] });
  const [raw] = found;
  return raw === undefined || (mayBeEmpty && raw.length === 0) ? null : parseStrictJson(raw);
}

type Members = Readonly<Record<number, readonly [wireType: number, read: (reader: WireReader) => void]>>;

/** Reads the fields of a small message, each at most once. */
export function members(bytes: Uint8Array, known: Members): void {
  const reader = new WireReader(bytes);
  const seen = new Set<number>();
  while (!reader.done) {
    const { number, type } = reader.tag();
    const [wireType, read] = known[number] ?? [];
    if (read === undefined) fail(`there is no field ${number}`);
    if (type !== wireType) fail(`field ${number} is of wire type ${type}`);
    if (seen.has(number)) fail(`field ${number} comes twice`);
    seen.add(number);
    read(reader);
  }
}
