import { moduleInvalid, type WasmCursor } from './wasm-binary.ts';

/** What an instruction means to the fuel weaver. */
export type InstructionKind = 'plain' | 'block' | 'loop' | 'end' | 'bulk';

/**
 * Reads one instruction and says what kind it is. Known are the instructions of WebAssembly 1.0 and of the extensions
 * that OPA's compiler emits or may emit: sign extension, saturating conversions and the bulk memory operations on
 * memory 0. Everything else (SIMD, threads, exceptions, references, tail calls) is refused: an instruction whose length
 * or cost is not known must not slip past the fuel.
 * @throws SallyportError `bundle/invalid`
 */
export function readInstruction(code: WasmCursor): InstructionKind {
  const start = code.at;
  const opcode = code.byte();
  if (opcode >= 0x45 && opcode <= 0xc4) return 'plain'; // comparisons, arithmetic, conversions, sign extension
  if (opcode >= 0x28 && opcode <= 0x3e) {
    code.skipLeb(); // alignment
    code.skipLeb(); // offset
    return 'plain';
  }
  switch (opcode) {
    case 0x02: // block
    case 0x04: // if
      code.skipLeb();
      return 'block';
    case 0x03:
      code.skipLeb();
      return 'loop';
    case 0x0b:
      return 'end';
    case 0x00: // unreachable
    case 0x01: // nop
    case 0x05: // else
    case 0x0f: // return
    case 0x1a: // drop
    case 0x1b: // select
      return 'plain';
    case 0x0c: // br
    case 0x0d: // br_if
    case 0x10: // call
    case 0x20: // local.get
    case 0x21: // local.set
    case 0x22: // local.tee
    case 0x23: // global.get
    case 0x24: // global.set
    case 0x3f: // memory.size
    case 0x40: // memory.grow
    case 0x41: // i32.const
    case 0x42: // i64.const
      code.skipLeb();
      return 'plain';
    case 0x11: // call_indirect
      code.skipLeb();
      code.skipLeb();
      return 'plain';
    case 0x0e: // br_table
      for (let left = code.u32() + 1; left > 0; left -= 1) code.skipLeb();
      return 'plain';
    case 0x43: // f32.const
      code.skip(4);
      return 'plain';
    case 0x44: // f64.const
      code.skip(8);
      return 'plain';
    case 0xfc:
      return readExtended(code, start);
    default:
      throw unknownInstruction(`0x${opcode.toString(16).padStart(2, '0')}`, start);
  }
}

function readExtended(code: WasmCursor, start: number): InstructionKind {
  const extended = code.u32();
  if (extended <= 7) return 'plain'; // i32.trunc_sat_f32_s ... i64.trunc_sat_f64_u
  if (extended === 10) {
    code.skip(2); // memory.copy: both memories
    return 'bulk';
  }
  if (extended === 11) {
    code.skip(1); // memory.fill
    return 'bulk';
  }
  throw unknownInstruction(`0xfc ${extended}`, start);
}

function unknownInstruction(name: string, at: number): Error {
  return moduleInvalid(
    `instruction ${name} at byte ${at} is not one that the gate can meter (WebAssembly 1.0, sign extension, saturating conversion, memory.copy and memory.fill are)`,
  );
}
