import { createHostBuiltins } from '../../src/decide/builtins/registry.ts';
import { MAX_FUEL } from '../../src/decide/fuel.ts';
import { type Instance, instantiate } from '../../src/decide/policy-instance.ts';
import { compilePolicy } from '../../src/decide/policy-module.ts';
import { elementsOf, type Term } from '../../src/decide/terms/term.ts';
import { parseTerm } from '../../src/decide/terms/term-text.ts';
import type { CompiledCase } from './compiled-cases.ts';

/** The time of every case's evaluation. */
const NOW = '2026-03-02T10:00:00.123456789Z';
const PAGES = { initial: 64, maximum: 8192 };
/** Ask for values and not for JSON, so that sets are told from arrays and no digit is lost. */
const VALUES = 1;

/**
 * The result set of a case's query, by a module that is loaded as the gate loads a policy: with fuel, with the gate's
 * builtins.
 * @throws whatever the evaluation throws
 */
export async function evaluateCase(one: CompiledCase): Promise<readonly Term[]> {
  const module = await compilePolicy(await one.module());
  const data = new TextEncoder().encode(one.data).buffer;
  const instance = instantiate(
    module,
    data,
    createHostBuiltins(() => NOW),
    PAGES,
  );
  const missing = instance.asked.filter(
    (name) =>
      !Object.hasOwn(
        createHostBuiltins(() => NOW),
        name,
      ),
  );
  if (missing.length > 0) throw new Error(`capabilities.json lists what nobody supplies: ${missing.join(', ')}`);
  instance.fuel.value = MAX_FUEL;
  const result = elementsOf(parseTerm(evaluate(instance, one.input)));
  if (!result) throw new Error('the result set is neither a set nor an array');
  return result;
}

/** As the SDK's own `evaluate` does, which can ask for JSON only. */
function evaluate({ loaded }: Instance, input: string | undefined): string {
  const { wasmInstance, mem, dataAddr } = loaded;
  const { opa_eval: evaluation } = 'exports' in wasmInstance ? wasmInstance.exports : wasmInstance.instance.exports;
  if (typeof evaluation !== 'function') throw new Error('the module has no opa_eval');
  const bytes = new TextEncoder().encode(input ?? '');
  const at = Number(loaded.dataHeapPtr);
  const missing = at + bytes.length - mem.buffer.byteLength;
  if (missing > 0) mem.grow(Math.ceil(missing / 65_536));
  new Uint8Array(mem.buffer).set(bytes, at);
  const address = Number(
    evaluation(0, 0, dataAddr, bytes.length === 0 ? 0 : at, bytes.length, at + bytes.length, VALUES),
  );
  const memory = Buffer.from(mem.buffer);
  return memory.toString('utf8', address, memory.indexOf(0, address));
}
