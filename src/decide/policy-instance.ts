import { createRequire } from 'node:module';
import type { LoadedPolicy } from '@open-policy-agent/opa-wasm';
import { messageOf, SallyportError } from '../errors.ts';
import { isObject } from '../json.ts';
import { callBuiltin, type HostBuiltins } from './builtins/host-builtin.ts';
import { FUEL_EXPORT } from './fuel.ts';
import { type ModuleExports, moduleExports } from './policy-module.ts';
import { REROUTED } from './reroute.ts';
import { moduleInvalid } from './wasm-binary.ts';

// The SDK's ES module lacks the synchronous loading that its types promise; its CommonJS module has it.
const opa: typeof import('@open-policy-agent/opa-wasm') = createRequire(import.meta.url)('@open-policy-agent/opa-wasm');

// The only file that knows the WASM SDK. It holds the data and runs the evaluation; the module's calls to its host are
// answered here, because the SDK prefers its own builtins to those of its user, and hands over sets as arrays and long
// integers as other ones.

/** A module with its memory and data. */
export interface Instance {
  readonly loaded: LoadedPolicy;
  readonly exports: ModuleExports;
  /** The builtins that the module asks its host for; native ones are never asked for. */
  readonly asked: readonly string[];
  readonly fuel: WebAssembly.Global;
  /** The module's static memory as it was when loading was done, restored before every evaluation. */
  readonly statics: Uint8Array;
  /** The memory's size when loading was done. */
  readonly size: number;
}

/** OPA links modules with the stack first, in the first 64 KiB; nothing there outlives a call. */
const STACK_END = 65_536;
/** Strings that are no UTF-8 would reach a builtin as others. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();

/**
 * Makes an instance of a module that `compilePolicy` made, with data as JSON text.
 * @throws SallyportError `bundle/invalid`
 */
export function instantiate(
  module: WebAssembly.Module,
  data: ArrayBuffer,
  builtins: HostBuiltins,
  pages: { readonly initial: number; readonly maximum: number },
): Instance {
  try {
    const memory = new WebAssembly.Memory(pages);
    const host = new Host(memory, builtins);
    const instance = new WebAssembly.Instance(module, { env: host.imports() });
    const exports = moduleExports(instance);
    const asked = host.connect(exports);
    const [major, minor] = exports.abi;
    if (major !== 1 || !(minor >= 2)) {
      throw moduleInvalid(`its ABI is ${major}.${minor}, the gate needs 1.2 or a later 1`);
    }
    const loaded = new opa.LoadedPolicy({ module, instance }, memory, minor);
    loaded.setData(data);
    const fuel = instance.exports[FUEL_EXPORT];
    if (!(fuel instanceof WebAssembly.Global)) throw moduleInvalid('its fuel is not a global');
    const statics = new Uint8Array(memory.buffer).slice(STACK_END, Number(loaded.baseHeapPtr));
    return { loaded, exports, asked, fuel, statics, size: memory.buffer.byteLength };
  } catch (thrown) {
    if (thrown instanceof SallyportError) throw thrown;
    const message = messageOf(thrown);
    if (message === 'opa_malloc: failed') {
      throw new SallyportError('bundle/invalid', 'the data of the bundle does not fit into evaluation.memory', {
        fix: 'raise evaluation.memory or make data.json smaller',
        cause: thrown,
      });
    }
    throw new SallyportError('bundle/invalid', `the policy module cannot be loaded: ${message}`, { cause: thrown });
  }
}

/** Undoes what earlier evaluations left in the module's static memory. */
export function restoreStatics({ loaded, statics }: Instance): void {
  new Uint8Array(loaded.mem.buffer).set(statics, STACK_END);
}

/** Answers what a module imports. */
class Host {
  readonly #memory: WebAssembly.Memory;
  readonly #builtins: HostBuiltins;
  #exports: ModuleExports | undefined;
  #names: ReadonlyMap<number, string> = new Map();

  constructor(memory: WebAssembly.Memory, builtins: HostBuiltins) {
    this.#memory = memory;
    this.#builtins = builtins;
  }

  imports(): Record<string, unknown> {
    const call = (id: number, _context: number, ...operands: readonly number[]): number => this.#call(id, operands);
    return {
      memory: this.#memory,
      opa_abort: (address: number): never => {
        throw new Error(this.#read(address));
      },
      opa_builtin0: call,
      opa_builtin1: call,
      opa_builtin2: call,
      opa_builtin3: call,
      opa_builtin4: call,
    };
  }

  /** Reads which builtins the module asks for; they are called by number. */
  connect(exports: ModuleExports): readonly string[] {
    this.#exports = exports;
    const names: unknown = JSON.parse(this.#read(exports.dumpJson(exports.builtins())));
    if (!isObject(names)) throw moduleInvalid('its builtins are not listed by name');
    this.#names = new Map(Object.entries(names).map(([name, id]) => [Number(id), name]));
    return [...this.#names.values()];
  }

  #call(id: number, operands: readonly number[]): number {
    const exports = this.#exports;
    const name = this.#names.get(id) ?? REROUTED.get(id) ?? '';
    const builtin = Object.hasOwn(this.#builtins, name) ? this.#builtins[name] : undefined;
    if (!exports || !builtin) throw new Error(`the gate has no builtin ${name === '' ? id : name}`);
    const texts = operands.map((operand) => this.#read(exports.dumpValue(operand)));
    const answer = callBuiltin(builtin, texts);
    return answer === undefined ? 0 : this.#write(exports, answer);
  }

  #read(address: number): string {
    const memory = new Uint8Array(this.#memory.buffer);
    return UTF8.decode(memory.subarray(address, memory.indexOf(0, address)));
  }

  #write(exports: ModuleExports, text: string): number {
    const bytes = ENCODER.encode(text);
    const address = exports.malloc(bytes.length);
    new Uint8Array(this.#memory.buffer).set(bytes, address);
    const value = exports.parseValue(address, bytes.length);
    if (value === 0) throw new Error('the answer of a builtin is not a value');
    return value;
  }
}
