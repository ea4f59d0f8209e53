import { messageOf } from '../errors.ts';
import { weaveFuel } from './fuel.ts';
import { moduleInvalid } from './wasm-binary.ts';

/**
 * Weaves fuel into a policy's module, compiles it (off this thread) and checks what it imports and exports, before any
 * of its code runs.
 * @throws SallyportError `bundle/invalid`
 */
export async function compilePolicy(wasm: Uint8Array): Promise<WebAssembly.Module> {
  const module = await compile(weaveFuel(wasm));
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

function checkInterface(module: WebAssembly.Module): void {
  const known = new Set(['memory', 'opa_abort', ...[0, 1, 2, 3, 4].map((n) => `opa_builtin${n}`)]);
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (from !== 'env' || !known.has(name))
      throw moduleInvalid(`it imports ${from}.${name}, which OPA's modules do not`);
  }
  const given = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  const needed = ['opa_eval', 'opa_malloc', 'opa_json_parse', 'opa_json_dump', 'opa_heap_ptr_get', 'opa_heap_ptr_set'];
  for (const name of [...needed, 'builtins', 'entrypoints', 'opa_wasm_abi_version', 'opa_wasm_abi_minor_version']) {
    if (!given.has(name)) throw moduleInvalid(`it does not export ${name}, as OPA's modules do`);
  }
}
