/** The part of the WebAssembly JavaScript interface that is used here; Node has it, its type package does not. */
declare namespace WebAssembly {
  type ValueType = 'i32' | 'i64' | 'f32' | 'f64';
  type ExternalKind = 'function' | 'global' | 'memory' | 'table';

  interface MemoryDescriptor {
    readonly initial: number;
    readonly maximum?: number;
  }

  class Memory {
    constructor(descriptor: MemoryDescriptor);
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }

  class Global<T extends ValueType = ValueType> {
    constructor(descriptor: { readonly value: T; readonly mutable?: boolean }, value?: number);
    value: number;
  }

  class Module {
    constructor(bytes: Uint8Array | ArrayBuffer);
    static exports(module: Module): { readonly name: string; readonly kind: ExternalKind }[];
    static imports(module: Module): { readonly module: string; readonly name: string; readonly kind: ExternalKind }[];
  }

  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }

  class RuntimeError extends Error {}

  interface WebAssemblyInstantiatedSource {
    readonly instance: Instance;
    readonly module: Module;
  }

  function validate(bytes: Uint8Array | ArrayBuffer): boolean;
  function compile(bytes: Uint8Array | ArrayBuffer): Promise<Module>;
}
