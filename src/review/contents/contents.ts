import type { Bundle } from '../../decide/bundle.ts';
import { isObject, type Json, type JsonObject } from '../../json.ts';
import { settingsOf } from '../provenance/module-check.ts';
import { entrypointsOf } from '../shipped-sources.ts';
import { type RuleContent, rulesIn } from './rules.ts';

/** One group of settings: `levels`, `windows`, ... */
export interface SettingContent {
  readonly name: string;
  /** Bytes of its JSON. */
  readonly bytes: number;
  /** The names directly in it, in order. */
  readonly members: readonly string[];
}

/** What is in a bundle. */
export interface Contents {
  readonly entrypoints: readonly string[];
  readonly rules: readonly RuleContent[];
  readonly builtins: {
    /** Those that the gate supplies. */
    readonly host: readonly string[];
    /** Those that are compiled into the module; empty where nobody looked into the sources. */
    readonly native: readonly string[];
  };
  readonly settings: readonly SettingContent[];
  readonly moduleBytes: number;
  readonly dataBytes: number;
}

/**
 * What a bundle brings.
 * @param inspected what `opa inspect -a` says of the shipped sources; undefined where there are none, or no OPA
 * @param hostBuiltins what the module asks its host for
 */
export function contentsOf(
  bundle: Bundle,
  inspected: JsonObject | undefined,
  hostBuiltins: readonly string[],
): Contents {
  const native = builtinsIn(inspected).filter((name) => !hostBuiltins.includes(name));
  return {
    entrypoints: entrypointsOf(bundle),
    rules: rulesIn(settingsOf(bundle.data), inspected),
    builtins: { host: hostBuiltins, native },
    settings: Object.entries(settingsOf(bundle.data)).map(settingOf),
    moduleBytes: bundle.wasm.length,
    dataBytes: Buffer.byteLength(JSON.stringify(bundle.data)),
  };
}

function settingOf([name, value]: readonly [string, Json]): SettingContent {
  return { name, bytes: Buffer.byteLength(JSON.stringify(value)), members: isObject(value) ? Object.keys(value) : [] };
}

function builtinsIn(inspected: JsonObject | undefined): readonly string[] {
  const capabilities = inspected?.capabilities;
  const builtins = isObject(capabilities) ? capabilities.builtins : undefined;
  if (!Array.isArray(builtins)) return [];
  return builtins
    .flatMap((builtin: Json) => (isObject(builtin) && typeof builtin.name === 'string' ? [builtin.name] : []))
    .sort();
}
