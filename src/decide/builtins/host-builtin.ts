import type { Json } from '../../json.ts';

/**
 * What a host builtin may return: a JSON value, JSON text in an ArrayBuffer (for integers above 2^53), or undefined
 * for what is an error in OPA. One that throws faults the evaluation: the call is denied.
 */
export type HostResult = Json | ArrayBuffer | undefined;
export type HostBuiltin = (...args: readonly Json[]) => HostResult;
export type HostBuiltins = Readonly<Record<string, HostBuiltin>>;
