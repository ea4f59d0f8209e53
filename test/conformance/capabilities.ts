import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHostBuiltins } from '../../src/decide/builtins/registry.ts';
import { readBundle } from '../../src/decide/bundle.ts';
import { instantiate } from '../../src/decide/policy-instance.ts';
import { compilePolicy } from '../../src/decide/policy-module.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../src/json.ts';
import { buildBundle, opa } from '../decide/rego-lab.ts';

export const CAPABILITIES = join(import.meta.dirname, '../../rego/capabilities.json');

/** A builtin as `opa capabilities` describes it. */
interface Builtin extends JsonObject {
  readonly name: string;
  readonly decl: { readonly args?: readonly Json[]; readonly [more: string]: Json };
}

/** The builtins that a policy may use. */
export async function capableOf(): Promise<ReadonlySet<string>> {
  const { builtins }: { builtins: readonly Builtin[] } = JSON.parse(await readFile(CAPABILITIES, 'utf8'));
  return new Set(builtins.map(({ name }) => name));
}

/**
 * What `rego/capabilities.json` is to be: of all that OPA has, what is native to the modules it compiles, and what the
 * gate supplies; one builtin a line.
 */
export async function writeCapabilities(): Promise<string> {
  const all: { builtins: readonly Builtin[]; features: Json; future_keywords: Json } = JSON.parse(
    await opa(['capabilities', '--current']),
  );
  const asked = await askedOf(all.builtins);
  const ours = createHostBuiltins(() => '');
  const lines = all.builtins
    .filter(({ name }) => !asked.has(name) || Object.hasOwn(ours, name))
    .map((builtin) => {
      const kept = KEPT.flatMap((name) => memberOf(builtin, name));
      return `    ${spaced(Object.fromEntries(kept.map(([name, value]) => [name, withoutWords(value)])))}`;
    });
  const keywords = `  "future_keywords": ${spaced(all.future_keywords)},\n  "features": ${spaced(all.features)}`;
  return `{\n  "builtins": [\n${lines.join(',\n')}\n  ],\n${keywords}\n}\n`;
}

const KEPT = ['name', 'infix', 'decl', 'deprecated', 'relation', 'nondeterministic'];

function memberOf(object: JsonObject, name: string): readonly (readonly [string, Json])[] {
  const value = object[name];
  return value === undefined ? [] : [[name, value]];
}

/** A declaration without the names and descriptions of its operands. */
function withoutWords(value: Json): Json {
  if (isArray(value)) return value.map(withoutWords);
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([name]) => name !== 'name' && name !== 'description');
  return Object.fromEntries(members.map(([name, member]) => [name, withoutWords(member)]));
}

/** Compiles a module that calls all of them, and reads which ones it asks its host for. */
async function askedOf(builtins: readonly Builtin[]): Promise<ReadonlySet<string>> {
  const calls = builtins.filter(({ name }) => !SYNTAX.includes(name)).map(callOf);
  // The older version of Rego, because the newer one refuses deprecated builtins.
  const decision = `decision = [${calls.map((_, index) => `r${index}`).join(', ')}]`;
  const source = `package sallyport\n\n${[...calls, decision].join('\n')}\n`;
  const archive = await buildBundle({ 'calls.rego': source }, { args: ['--v0-compatible'] });
  const module = await compilePolicy(readBundle(archive).wasm);
  const data = new TextEncoder().encode('{}').buffer;
  return new Set(instantiate(module, data, {}, { initial: 64, maximum: 1024 }).asked);
}

/** What is native but no call with a result, or what the compiler takes out (`print`, and what only `opa test` needs). */
const SYNTAX = [
  ...['assign', 'eq', 'internal.member_2', 'internal.member_3', 'internal.template_string', 'walk'],
  ...['print', 'internal.print', 'internal.test_case'],
];

function callOf({ name, decl }: Builtin, index: number): string {
  const operands = (decl.args ?? []).map((_, operand) => `input.o${operand}`);
  return `r${index} = ${name}(${operands.join(', ')})`;
}

/** JSON on one line, with spaces. */
function spaced(value: Json): string {
  if (isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}: ${spaced(member)}`)
    .join(', ')}}`;
}
