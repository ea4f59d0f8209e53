import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import { elementsOf, RegoObject, stringsOf, type Term } from '../../src/decide/terms/term.ts';
import { parseTerm, printTerm } from '../../src/decide/terms/term-text.ts';

import type { Json } from '../../src/json.ts';

/** A case of OPA's, compiled. Values are as the case has them: numbers are not read by JavaScript. */
export interface CompiledCase {
  /** The family and the case's own name: `strings/sprintf: too many arguments`. */
  readonly name: string;
  readonly builtins: readonly string[];
  /** The data document as JSON text. */
  readonly data: string;
  /** The input as text of a value, with sets; undefined when there is none. */
  readonly input: string | undefined;
  readonly want: Want;
  /** Modules as OPA parses them, of those that may select from data by a number. */
  readonly syntax: readonly Json[];
  /** Why it does not compile. */
  readonly problem: string | undefined;
  readonly module: () => Promise<Uint8Array>;
}

/** What must come of it: a result set, an undefined or defined one, or an error. */
export type Want =
  | { readonly kind: 'defined'; readonly defined: boolean }
  | { readonly kind: 'result'; readonly result: readonly Term[]; readonly sortBindings: boolean }
  | { readonly kind: 'error'; readonly code: string; readonly strict: boolean };

const SOURCE = join(import.meta.dirname, 'compile');
const OPA_MODULE = 'github.com/open-policy-agent/opa';
const execute = promisify(execFile);

/**
 * OPA's conformance cases as WebAssembly, from the cache (`$XDG_CACHE_HOME` or `~/.cache`, `sallyport/conformance/<key>`,
 * keyed by all that goes into them) or compiled by OPA's own compiler, which takes a minute and needs Go.
 */
export async function compiledCases(announce: (line: string) => void): Promise<readonly CompiledCase[]> {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sallyport', 'conformance');
  const made = join(folder, await cacheKey());
  const lines = await readFile(join(made, 'cases.jsonl'), 'utf8').catch(async () => {
    announce("Compiling OPA's conformance cases to WebAssembly: a minute, once.");
    await compileInto(folder, made);
    return readFile(join(made, 'cases.jsonl'), 'utf8');
  });
  const modules = join(made, 'modules.bin');
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => readCase(line, modules));
}

async function cacheKey(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum', 'main.go']) hash.update(await readFile(join(SOURCE, name)));
  return hash.digest('hex').slice(0, 16);
}

/** In a folder of its own, and moved when it is whole: nobody ever reads half of it. */
async function compileInto(folder: string, made: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const making = await mkdtemp(join(folder, '.making-'));
  try {
    const go = (args: readonly string[]) => execute('go', [...args], { cwd: SOURCE, timeout: 600_000 });
    await go(['mod', 'download', OPA_MODULE]);
    const { stdout } = await go(['list', '-m', '-f', '{{.Dir}}', OPA_MODULE]);
    await go(['run', '.', join(stdout.trim(), 'v1/test/cases/testdata/v1'), making]);
    await rename(making, made).catch(async (error: unknown) => {
      // Somebody else was faster.
      await readFile(join(made, 'cases.jsonl')).catch(() => {
        throw error;
      });
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

function readCase(line: string, modules: string): CompiledCase {
  const read = parseTerm(line);
  if (!(read instanceof RegoObject)) throw new Error('a compiled case is not an object');
  const text = (name: string): string | undefined => {
    const value = read.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const printed = (name: string): string | undefined => {
    const value = read.get(name);
    return value === undefined ? undefined : printTerm(value);
  };
  const whole = (name: string): number => Number(printed(name));
  return {
    name: `${text('folder')}/${text('note')?.replace(new RegExp(`^${text('folder')}/`), '')}`,
    builtins: stringsOf(read.get('builtins')) ?? [],
    data: printed('data') ?? '{}',
    input: text('term') ?? printed('input'),
    want: readWant(read),
    syntax: elementsOf(read.get('syntax'))?.map((one): Json => JSON.parse(printTerm(one))) ?? [],
    problem: text('problem'),
    module: () => readModule(modules, whole('offset'), whole('length')),
  };
}

function readWant(read: RegoObject): Want {
  const defined = read.get('want_defined');
  if (typeof defined === 'boolean') return { kind: 'defined', defined };
  const result = read.get('want_result');
  const isTrue = (name: string): boolean => read.get(name) === true;
  if (Array.isArray(result)) return { kind: 'result', result, sortBindings: isTrue('sort_bindings') };
  const code = read.get('want_error_code');
  if (typeof code === 'string') return { kind: 'error', code, strict: isTrue('strict_error') };
  if (typeof read.get('want_error') === 'string') return { kind: 'error', code: 'any', strict: isTrue('strict_error') };
  throw new Error(`nothing is wanted of ${printTerm(read.get('note') ?? null)}`);
}

async function readModule(path: string, offset: number, length: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, offset);
    return inflateRawSync(bytes);
  } finally {
    await file.close();
  }
}
