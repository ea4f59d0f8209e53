import { readSections, type Section } from './fuel.ts';
import { encodeS32, encodeU32, joinBytes, WasmCursor } from './wasm-binary.ts';

interface Native {
  readonly builtin: string;
  readonly operands: number;
  /** The number by which the host is called; no module has so many builtins of its own. */
  readonly id: number;
}

/**
 * What is native to OPA's modules and answers otherwise than OPA: `json.unmarshal` takes what only begins as JSON, and
 * numbers of any exponent.
 */
const NATIVES: ReadonlyMap<string, Native> = new Map([
  ['opa_json_unmarshal', { builtin: 'json.unmarshal', operands: 1, id: 1_000_000 }],
]);

/** The builtins that the host is called for by numbers which no module lists. */
export const REROUTED: ReadonlyMap<number, string> = new Map(
  [...NATIVES.values()].map(({ id, builtin }) => [id, builtin]),
);

const SECTION = { custom: 0, import: 2, code: 10 } as const;

/**
 * Replaces the bodies of those functions by a call of the host. They are found by the names that OPA's compiler leaves in
 * the module; all else stays as it was.
 * @throws SallyportError `bundle/invalid` for what is cut off
 */
export function rerouteNatives(wasm: Uint8Array): Uint8Array {
  if (!WebAssembly.validate(new Uint8Array(wasm))) return wasm; // weaving fuel says so
  const sections = readSections(wasm);
  const imports = importedFunctions(wasm, sections);
  const bodies = new Map<number, readonly number[]>();
  for (const [index, name] of functionNames(wasm, sections)) {
    const native = NATIVES.get(name);
    const callee = native ? imports.indexOf(`opa_builtin${native.operands}`) : -1;
    if (native && callee >= 0) bodies.set(index - imports.length, hostCall(native, callee));
  }
  const chunks = sections.map((section) =>
    section.id === SECTION.code ? replaceBodies(wasm, section, bodies) : [wasm.subarray(section.header, section.end)],
  );
  return bodies.size === 0 ? wasm : joinBytes([wasm.subarray(0, 8), ...chunks.flat()]);
}

/** No locals; the number, the context that nobody reads, the operands, the call. */
function hostCall({ id, operands }: Native, callee: number): readonly number[] {
  const pushed = Array.from({ length: operands }, (_, operand) => [0x20, operand]).flat();
  return [0x00, 0x41, ...encodeS32(id), 0x41, 0x00, ...pushed, 0x10, ...encodeU32(callee), 0x0b];
}

function replaceBodies(
  wasm: Uint8Array,
  section: Section,
  bodies: ReadonlyMap<number, readonly number[]>,
): (Uint8Array | readonly number[])[] {
  const cursor = new WasmCursor(wasm, section.start, section.end);
  const count = cursor.u32();
  const chunks: (Uint8Array | readonly number[])[] = [encodeU32(count)];
  for (let index = 0; index < count; index += 1) {
    const from = cursor.at;
    cursor.skip(cursor.u32());
    const body = bodies.get(index);
    chunks.push(...(body ? [encodeU32(body.length), body] : [wasm.subarray(from, cursor.at)]));
  }
  const body = joinBytes(chunks);
  return [[section.id], encodeU32(body.length), body];
}

/** The names of the imported functions, by their index. */
function importedFunctions(wasm: Uint8Array, sections: readonly Section[]): readonly string[] {
  const section = sections.find(({ id }) => id === SECTION.import);
  const names: string[] = [];
  if (!section) return names;
  const cursor = new WasmCursor(wasm, section.start, section.end);
  for (let left = cursor.u32(); left > 0; left -= 1) {
    cursor.name();
    const name = cursor.name();
    const kind = cursor.byte();
    if (kind === 0) names.push(name);
    else if (kind === 1) cursor.byte();
    else if (kind === 3) cursor.byte();
    if (kind === 1 || kind === 2) {
      const hasMaximum = cursor.byte() & 1;
      cursor.skipLeb();
      if (hasMaximum) cursor.skipLeb();
    } else if (kind === 0) cursor.skipLeb();
    else cursor.byte();
  }
  return names;
}

/** The section of names: of its parts the one of functions. */
function functionNames(
  wasm: Uint8Array,
  sections: readonly Section[],
): readonly (readonly [index: number, name: string])[] {
  for (const { id, start, end } of sections) {
    const cursor = new WasmCursor(wasm, start, end);
    if (id !== SECTION.custom || cursor.name() !== 'name') continue;
    while (!cursor.done) {
      const part = cursor.byte();
      const length = cursor.u32();
      if (part === 1) return Array.from({ length: cursor.u32() }, () => [cursor.u32(), cursor.name()] as const);
      cursor.skip(length);
    }
  }
  return [];
}
