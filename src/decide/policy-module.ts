import { messageOf } from '../errors.ts';
import { weaveFuel } from './fuel.ts';
import { rerouteNatives } from './reroute.ts';
import { moduleInvalid } from './wasm-binary.ts';

/**
 * Sends what is native and not as OPA's to the host, weaves fuel into a policy's module, compiles it (off this thread) and checks what it imports and exports, before any
 * of its code runs.
 * @throws SallyportError `bundle/invalid`
 */
export async function compilePolicy(wasm: Uint8Array): Promise<WebAssembly.Module> {
  const module = await compile(weaveFuel(rerouteNatives(wasm)));
  checkInterface(module);
  return module;
}

async function compile(woven: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(woven);
  } catch (cause) {
    throw moduleInvalid(messageOf(cause));
  }
}

/** What the host calls in a module. */
export interface ModuleExports {
  /** The address of the JSON text of the builtins that the module asks for, by name. */
  readonly builtins: () => number;
  readonly malloc: (size: number) => number;
  /** Takes the text at an address for a value, sets included; 0 when it is none. */
  readonly parseValue: (address: number, size: number) => number;
  /** The address of a value's text, ended by a zero. */
  readonly dumpValue: (value: number) => number;
  /** The same as JSON. */
  readonly dumpJson: (value: number) => number;
  /** Major and minor number of the interface between module and host. */
  readonly abi: readonly [major: number, minor: number];
}

/** Reads the exports that `checkInterface` found to be there. */
export function moduleExports({ exports }: WebAssembly.Instance): ModuleExports {
  const callable = (name: string) => {
    const given = exports[name];
    if (typeof given !== 'function') throw moduleInvalid(`its ${name} is not a function`);
    return (...args: readonly number[]): number => Number(given(...args));
  };
  const version = (name: string): number => {
    const given = exports[name];
    return given instanceof WebAssembly.Global ? given.value : Number.NaN;
  };
  return {
    builtins: callable('builtins'),
    malloc: callable('opa_malloc'),
    parseValue: callable('opa_value_parse'),
    dumpValue: callable('opa_value_dump'),
    dumpJson: callable('opa_json_dump'),
    abi: [version('opa_wasm_abi_version'), version('opa_wasm_abi_minor_version')],
  };
}

function checkInterface(module: WebAssembly.Module): void {
  const known = new Set(['memory', 'opa_abort', ...[0, 1, 2, 3, 4].map((n) => `opa_builtin${n}`)]);
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (from !== 'env' || !known.has(name))
      throw moduleInvalid(`it imports ${from}.${name}, which OPA's modules do not`);
  }
  const given = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  const heap = ['opa_malloc', 'opa_heap_ptr_get', 'opa_heap_ptr_set'];
  const values = ['opa_json_parse', 'opa_json_dump', 'opa_value_parse', 'opa_value_dump'];
  const needed = ['opa_eval', ...heap, ...values];
  for (const name of [...needed, 'builtins', 'entrypoints', 'opa_wasm_abi_version', 'opa_wasm_abi_minor_version']) {
    if (!given.has(name)) throw moduleInvalid(`it does not export ${name}, as OPA's modules do`);
  }
}
