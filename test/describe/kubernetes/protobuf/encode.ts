type Value = number | bigint | string | Uint8Array;

/** One protobuf field: a number as a varint, anything else by its length. */
export function field(number: number, value: Value): Buffer {
  if (typeof value === 'number' || typeof value === 'bigint')
    return Buffer.concat([varint(number * 8), varint(BigInt.asUintN(64, BigInt(value)))]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** Field 1 as a message of fields, which is the metadata of an object. */
export function message(...fields: readonly (readonly [number: number, value: Value])[]): Buffer {
  return field(1, Buffer.concat(fields.map(([number, value]) => field(number, value))));
}

/** A body as client-go sends it: the envelope, and in it the fields of the object. */
export function protobuf(apiVersion: string, kind: string, ...fields: readonly Uint8Array[]): Buffer {
  return enveloped(message([1, apiVersion], [2, kind]), field(2, Buffer.concat(fields)), field(3, ''), field(4, ''));
}

/** The magic number and whatever is to be an envelope. */
export function enveloped(...fields: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from('k8s\0'), ...fields]);
}

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}
