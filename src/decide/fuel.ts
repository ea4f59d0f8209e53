import { encodeS32, encodeU32, joinBytes, moduleInvalid, WasmCursor } from './wasm-binary.ts';
import { readInstruction } from './wasm-opcodes.ts';

/** The name under which a woven module exports its fuel: a mutable i32 that the host sets and reads. */
export const FUEL_EXPORT = 'sallyport_fuel';

/** The most fuel that can be given to one evaluation. */
export const MAX_FUEL = 0x7fff_ffff;

const SECTION = { import: 2, function: 3, global: 6, export: 7, code: 10, dataCount: 12 } as const;
/** Sections in the order the specification wants them; custom sections (0) may stand anywhere. */
const ORDER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];

/**
 * Weaves a fuel counter into a module, so that an evaluation can be stopped from inside, deterministically and on the
 * thread it runs on.
 *
 * Fuel counts function entries and loop turns, the only ways in which a module can go on for long: each costs one, and one
 * more for every 1,024 instructions of the body (inner loops counted apart) or bytes that `memory.copy` and `memory.fill`
 * move, so that long straight code is not free either. It depends on module, data and input alone: `memory.grow`
 * costs nothing, because whether it happens depends on what earlier evaluations left behind, and the memory's maximum
 * bounds it anyway.
 * A counter that falls below zero traps with `unreachable`, which nothing inside the module can catch.
 *
 * Everything else stays byte for byte as it was: the counter is the last global, so no index moves.
 * @throws SallyportError `bundle/invalid` for what is not a valid module, or one with instructions that cannot be metered.
 */
export function weaveFuel(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  const own = new Uint8Array(wasm);
  // Before weaving, or a module that meddles with the last global's index would become valid by it.
  if (!WebAssembly.validate(own)) throw moduleInvalid('it is truncated or fails validation');
  const sections = readSections(own);
  const fuel = importedGlobals(own, sections) + vectorLength(own, sections, SECTION.global);
  const chunks: (Uint8Array | readonly number[])[] = [own.subarray(0, 8)];
  const emit = (id: number, body: Uint8Array): void => {
    chunks.push([id], encodeU32(body.length), body);
  };
  const missing = new Set<number>([SECTION.global, SECTION.export]);
  for (const section of sections) {
    for (const id of missing) {
      if (section.id !== 0 && ORDER.indexOf(section.id) >= ORDER.indexOf(id)) {
        missing.delete(id);
        emit(id, extendVector(own, section.id === id ? section : undefined, addition(id, fuel)));
      }
    }
    if (section.id === SECTION.global || section.id === SECTION.export) continue;
    if (section.id === SECTION.code) emit(section.id, weaveCode(own, section, fuel, functionParameters(own, sections)));
    else chunks.push(own.subarray(section.header, section.end));
  }
  for (const id of missing) emit(id, extendVector(own, undefined, addition(id, fuel)));
  const woven = joinBytes(chunks);
  if (!WebAssembly.validate(woven)) throw moduleInvalid(`it does not validate with fuel (is ${FUEL_EXPORT} taken?)`);
  return woven;
}

/** A section of a module, as offsets into it. */
export interface Section {
  readonly id: number;
  /** Where the section's id byte is. */
  readonly header: number;
  readonly start: number;
  readonly end: number;
}

/** @throws SallyportError `bundle/invalid` for sections that are cut off or unknown */
export function readSections(wasm: Uint8Array): readonly Section[] {
  const cursor = new WasmCursor(wasm, 8);
  const sections: Section[] = [];
  while (!cursor.done) {
    const header = cursor.at;
    const id = cursor.byte();
    const length = cursor.u32();
    const start = cursor.at;
    cursor.skip(length);
    if (id !== 0 && !ORDER.includes(id)) throw moduleInvalid(`it has a section ${id}, which the gate does not know`);
    sections.push({ id, header, start, end: cursor.at });
  }
  return sections;
}

function find(wasm: Uint8Array, sections: readonly Section[], id: number): WasmCursor | undefined {
  const section = sections.find((one) => one.id === id);
  return section && new WasmCursor(wasm, section.start, section.end);
}

function vectorLength(wasm: Uint8Array, sections: readonly Section[], id: number): number {
  return find(wasm, sections, id)?.u32() ?? 0;
}

function importedGlobals(wasm: Uint8Array, sections: readonly Section[]): number {
  const imports = find(wasm, sections, SECTION.import);
  let globals = 0;
  for (let left = imports?.u32() ?? 0; imports && left > 0; left -= 1) {
    imports.name();
    imports.name();
    const kind = imports.byte();
    if (kind === 0) imports.skipLeb();
    else if (kind === 1 || kind === 2) {
      if (kind === 1) imports.byte();
      const hasMaximum = imports.byte();
      imports.skipLeb();
      if (hasMaximum & 1) imports.skipLeb();
    } else if (kind === 3) {
      imports.skip(2);
      globals += 1;
    } else throw moduleInvalid(`it imports something of kind ${kind}, which the gate does not know`);
  }
  return globals;
}

/** How many parameters each defined function has: locals are numbered after them. */
function functionParameters(wasm: Uint8Array, sections: readonly Section[]): readonly number[] {
  const types = find(wasm, sections, 1);
  const parameters: number[] = [];
  for (let left = types?.u32() ?? 0; types && left > 0; left -= 1) {
    if (types.byte() !== 0x60) throw moduleInvalid('it has a type that is not a function type');
    const count = types.u32();
    types.skip(count);
    types.skip(types.u32());
    parameters.push(count);
  }
  const functions = find(wasm, sections, SECTION.function);
  const counts: number[] = [];
  for (let left = functions?.u32() ?? 0; functions && left > 0; left -= 1) {
    counts.push(parameters[functions.u32()] ?? 0);
  }
  return counts;
}

/** The fuel global starts full, so that start functions and the host's loading calls run before any limit is set. */
function addition(id: number, fuel: number): readonly number[] {
  if (id === SECTION.global) return [0x7f, 0x01, 0x41, ...encodeS32(MAX_FUEL), 0x0b];
  const name = new TextEncoder().encode(FUEL_EXPORT);
  return [...encodeU32(name.length), ...name, 0x03, ...encodeU32(fuel)];
}

function extendVector(wasm: Uint8Array, section: Section | undefined, element: readonly number[]): Uint8Array {
  if (!section) return joinBytes([[1], element]);
  const cursor = new WasmCursor(wasm, section.start, section.end);
  const count = cursor.u32();
  return joinBytes([encodeU32(count + 1), wasm.subarray(cursor.at, section.end), element]);
}

function weaveCode(wasm: Uint8Array, section: Section, fuel: number, parameters: readonly number[]): Uint8Array {
  const cursor = new WasmCursor(wasm, section.start, section.end);
  const count = cursor.u32();
  const chunks: (Uint8Array | readonly number[])[] = [encodeU32(count)];
  for (let index = 0; index < count; index += 1) {
    const length = cursor.u32();
    const start = cursor.at;
    cursor.skip(length);
    const body = weaveFunction(new WasmCursor(wasm, start, cursor.at), fuel, parameters[index] ?? 0);
    chunks.push(encodeU32(body.reduce((sum, chunk) => sum + chunk.length, 0)), ...body);
  }
  return joinBytes(chunks);
}

/** A stretch of code that is charged at one place: a function's body or a loop's, without the loops inside it. */
interface Region {
  readonly at: number;
  weight: number;
}

function weaveFunction(code: WasmCursor, fuel: number, parameters: number): (Uint8Array | readonly number[])[] {
  const start = code.at;
  let locals = parameters;
  const groups = code.u32();
  const groupsAt = code.at;
  for (let left = groups; left > 0; left -= 1) {
    locals += code.u32();
    code.byte();
  }
  const body: Region = { at: code.at, weight: 0 };
  const regions = [body];
  const bulks: number[] = [];
  const open: Region[] = [body];
  while (!code.done) {
    const at = code.at;
    const kind = readInstruction(code);
    const region = open.at(-1);
    if (!region) throw moduleInvalid(`a function goes on after its end at byte ${at}`);
    region.weight += 1;
    if (kind === 'block') open.push(region);
    else if (kind === 'end') open.pop();
    else if (kind === 'bulk') bulks.push(at);
    else if (kind === 'loop') {
      const loop: Region = { at: code.at, weight: 0 };
      regions.push(loop);
      open.push(loop);
    }
  }
  const points = [
    ...regions.map(({ at, weight }) => ({ at, code: charge(fuel, [0x41, ...encodeS32(1 + (weight >> 10))]) })),
    ...bulks.map((at) => ({ at, code: chargeBulk(fuel, locals) })),
  ].sort((a, b) => a.at - b.at);
  // A bulk operation's length is on the stack: it takes one more local to look at it.
  const chunks: (Uint8Array | readonly number[])[] =
    bulks.length === 0
      ? [code.bytes.subarray(start, body.at)]
      : [encodeU32(groups + 1), code.bytes.subarray(groupsAt, body.at), [1, 0x7f]];
  let from = body.at;
  for (const point of points) {
    chunks.push(code.bytes.subarray(from, point.at), point.code);
    from = point.at;
  }
  chunks.push(code.bytes.subarray(from, code.end));
  return chunks;
}

/** fuel -= amount; if (fuel < 0) unreachable. `amount` is code that leaves one i32. */
function charge(fuel: number, amount: readonly number[]): readonly number[] {
  const global = encodeU32(fuel);
  return [
    ...[0x23, ...global], // global.get
    ...amount,
    0x6b, // i32.sub
    ...[0x24, ...global], // global.set
    ...[0x23, ...global], // global.get
    ...[0x41, 0x00], // i32.const 0
    0x48, // i32.lt_s
    ...[0x04, 0x40, 0x00, 0x0b], // if unreachable end
  ];
}

/** Charges one for every 1,024 bytes; the length is the topmost operand of both memory.copy and memory.fill, unsigned. */
function chargeBulk(fuel: number, local: number): readonly number[] {
  const index = encodeU32(local);
  return [...[0x22, ...index], ...charge(fuel, [0x20, ...index, 0x41, 0x0a, 0x76])];
}
