import { createHash } from 'node:crypto';
import type { PolicySource } from './policy.ts';

/**
 * Modules that another thread compiled, after it had tried them with their data: what was tried with the same bytes need
 * not be tried again.
 */
export class TriedModules {
  readonly #modules = new Map<string, WebAssembly.Module>();

  get(source: PolicySource): WebAssembly.Module | undefined {
    return this.#modules.get(keyOf(source));
  }

  add(source: PolicySource, module: WebAssembly.Module): void {
    this.#modules.set(keyOf(source), module);
  }

  /** All of them, as they can be sent from thread to thread. */
  get entries(): readonly (readonly [string, WebAssembly.Module])[] {
    return [...this.#modules];
  }

  /** Takes those of another thread in the place of what was there. */
  replace(entries: TriedModules['entries']): void {
    this.#modules.clear();
    for (const [key, module] of entries) this.#modules.set(key, module);
  }
}

function keyOf({ wasm, data, entrypoint = '' }: PolicySource): string {
  const hash = createHash('sha256').update(`${wasm.length} ${entrypoint}\n`).update(wasm);
  return hash.update(JSON.stringify(data)).digest('hex');
}
