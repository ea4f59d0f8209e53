import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PolicyInput } from '../../src/decide/input.ts';
import { unknownInput } from '../../src/decide/policy-input.ts';
import { findOpa, run } from '../../src/review/opa.ts';

/** A verdict that allows, in Rego; what a tiny policy of a test answers when nothing else is asked of it. */
export const ALLOW =
  '{"outcome": "allow", "tier": "A", "environment": "dev", "reasons": [], "warnings": [], "holds": [], "obligations": []}';
export const DENY =
  '{"outcome": "deny", "tier": "C", "environment": "dev", "reasons": [], "warnings": [], "holds": [], "obligations": []}';

/** Builds a bundle out of files by name with the real `opa build`. */
export async function buildBundle(
  files: Readonly<Record<string, string>>,
  options: { readonly entrypoint?: string; readonly args?: readonly string[] } = {},
): Promise<Uint8Array> {
  return inFolder(files, async (folder) => {
    const out = join(folder, '..', 'bundle.tar.gz');
    const entrypoint = options.entrypoint ?? 'sallyport/decision';
    await opa(['build', '-b', '-t', 'wasm', '-e', entrypoint, ...(options.args ?? []), '-o', out, folder]);
    return readFile(out);
  });
}

/** A bundle of one Rego file, whose rules extend `default decision := <deny>`. */
export function buildPolicy(rules: string, data = '{}'): Promise<Uint8Array> {
  return buildBundle({
    '.manifest': '{"revision": "test", "roots": [""]}',
    'main.rego': `package sallyport\n\nimport rego.v1\n\ndefault decision := ${DENY}\n\n${rules}\n`,
    'data.json': data,
  });
}

let found: Promise<string> | undefined;

/** Runs the real OPA and returns what it printed. */
export async function opa(args: readonly string[], cwd?: string): Promise<string> {
  found ??= findOpa();
  const { status, stdout, stderr } = await run(await found, args, cwd === undefined ? {} : { cwd });
  if (status !== 0) throw new Error(`opa ${args[0]}: ${stderr}${stdout}`);
  return stdout;
}

/** Does something in a folder that holds the files, and removes it with whatever lies beside it. */
export async function inFolder<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const outer = await mkdtemp(join(tmpdir(), 'sallyport-rego-'));
  try {
    const folder = join(outer, 'bundle');
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return await work(folder);
  } finally {
    await rm(outer, { recursive: true, force: true });
  }
}

/** An input for the action of a name, at a time. */
export function inputFor(name: string, time = '2026-03-02T10:00:00.000Z'): PolicyInput {
  const input = unknownInput();
  return { ...input, call: { ...input.call, time }, action: { ...input.action, name } };
}
