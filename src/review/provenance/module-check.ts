import type { Bundle } from '../../decide/bundle.ts';
import { messageOf, SallyportError } from '../../errors.ts';
import { canonicalJson, isObject, type Json, type JsonObject } from '../../json.ts';
import { manifestOf } from '../manifest.ts';
import { OPA_VERSION } from '../opa.ts';
import type { OpaOf } from '../opa-finder.ts';
import { layOutSources } from '../shipped-sources.ts';

/** Whether the module that judges is what a reviewer reads in the sources beside it. */
export type ModuleCheck =
  /** Rebuilt with the very OPA: the same, byte for byte, and the rule manifest is that of the rules' METADATA. */
  | { readonly state: 'same'; readonly opa: string }
  /** The names of what differs: `policy.wasm`, or `data.json: settings.manifest`. */
  | { readonly state: 'differs'; readonly opa: string; readonly differs: readonly string[] }
  | { readonly state: 'unchecked'; readonly why: string };

/**
 * Builds the shipped sources again, with the OPA that the bundle says it was built with, and compares.
 * @param opaOf the path of an OPA of exactly that version, or undefined
 */
export async function checkModule(bundle: Bundle, built: JsonObject, opaOf: OpaOf): Promise<ModuleCheck> {
  if (![...bundle.files.keys()].some((name) => name.endsWith('.rego'))) {
    return { state: 'unchecked', why: 'the bundle ships no sources' };
  }
  const version = typeof built.opa === 'string' && /^\d+\.\d+\.\d+$/.test(built.opa) ? built.opa : OPA_VERSION;
  const opa = await opaOf(version);
  if (opa === undefined) return { state: 'unchecked', why: `there is no OPA ${version} here` };
  try {
    const differs = await differences(bundle, opa);
    return differs.length === 0 ? { state: 'same', opa: version } : { state: 'differs', opa: version, differs };
  } catch (thrown) {
    // Sources that do not build gave no module: were that a mere doubt, breaking one would hide what the module does.
    if (thrown instanceof SallyportError)
      return { state: 'differs', opa: version, differs: [`the sources do not build: ${thrown.message}`] };
    return { state: 'unchecked', why: `OPA did not get through the sources: ${messageOf(thrown)}` };
  }
}

async function differences(bundle: Bundle, opa: string): Promise<readonly string[]> {
  const sources = await layOutSources(bundle, opa);
  try {
    const module = await sources.buildModule();
    const manifest = manifestOf(await sources.inspect(), sources.files.filter(isRule)).manifest;
    return [
      ...(Buffer.compare(module, bundle.wasm) === 0 ? [] : ['policy.wasm']),
      ...(listsRules(settingsOf(bundle.data).manifest, manifest) ? [] : ['data.json: settings.manifest']),
    ];
  } finally {
    await sources.remove();
  }
}

function isRule(name: string): boolean {
  return name.startsWith('sallyport/rules/');
}

/** The settings of a bundle's data. */
export function settingsOf(data: JsonObject): JsonObject {
  return isObject(data.settings) ? data.settings : {};
}

/** Whether the manifest in the data lists just the rules that the sources have, and asks them when their METADATA says. */
function listsRules(manifest: Json | undefined, expected: JsonObject): boolean {
  const given = isObject(manifest) ? manifest : {};
  return ['rules', 'index'].every(
    (name) => canonicalJson(given[name] ?? null) === canonicalJson(expected[name] ?? null),
  );
}
