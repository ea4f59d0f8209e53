import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findOpa, run } from '../../src/review/opa.ts';
import { lintLibrary } from './lint-library.ts';

// What `make check` asks of rego/: its format, OPA's strict check, our own rules (rego/lint) and Regal where it is on PATH.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REGO = join(ROOT, 'rego');
const opa = await findOpa();
let failed = false;

function report(text: string): void {
  if (text.trim() === '') return;
  failed = true;
  process.stdout.write(`${text.trimEnd()}\n`);
}

async function ask(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { status, stdout, stderr } = await run(program, args, { cwd });
  if (status !== 0) report(`${args[0]}: ${stderr}${stdout}`);
}

async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const candidate = join(folder, name);
    const found = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return undefined;
}

await ask(opa, ['fmt', '--diff', '--fail', 'sallyport', 'lint'], REGO);
const limits = ['--capabilities', 'capabilities.json'];
await ask(opa, ['check', '--strict', '-s', 'schemas', ...limits, 'settings:data', 'sallyport'], REGO);
await ask(opa, ['check', '--strict', 'lint'], REGO);
await ask(opa, ['test', 'lint'], REGO);
for (const { rule, message, fix, at } of await lintLibrary(REGO, 'rego', opa))
  report(`${at?.file}:${at?.line ?? 1}: ${rule}: ${message}${fix === undefined ? '' : `\n  fix: ${fix}`}`);
const regal = await onPath('regal');
if (regal !== undefined) await ask(regal, ['lint', 'rego'], ROOT);
process.exitCode = failed ? 1 : 0;
