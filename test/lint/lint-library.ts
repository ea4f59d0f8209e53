import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SallyportError } from '../../src/errors.ts';
import { isArray, isObject, type Json } from '../../src/json.ts';
import { run } from '../../src/review/opa.ts';
import type { Finding } from '../../src/review/report/finding.ts';

/** Parsers that run at once. */
const AT_ONCE = 4;

/**
 * What the linter under `lint/` of a policy library says of the library and of itself.
 * @param rego the library's folder
 * @param shown what findings call that folder
 * @throws SallyportError `bundle/invalid` where a file cannot be parsed, or the linter cannot be run
 */
export async function lintLibrary(rego: string, shown: string, opa: string): Promise<readonly Finding[]> {
  const files = (await Promise.all(['sallyport', 'lint'].map((part) => regoFilesIn(rego, part)))).flat();
  const parsed: Json[] = [];
  for (let from = 0; from < files.length; from += AT_ONCE)
    parsed.push(...(await Promise.all(files.slice(from, from + AT_ONCE).map((file) => parse(opa, rego, file)))));
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-lint-'));
  try {
    const input = join(folder, 'input.json');
    await writeFile(input, JSON.stringify({ files: parsed }));
    const answer: Json = JSON.parse(
      await opaRun(opa, rego, ['eval', '-f', 'json', '-i', input, '-d', 'lint', 'data.lint.findings']),
    );
    return findingsIn(answer)
      .map((finding) => findingOf(finding, shown))
      .sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function regoFilesIn(rego: string, part: string): Promise<readonly string[]> {
  const names = await readdir(join(rego, part), { recursive: true });
  return names
    .filter((name) => name.endsWith('.rego'))
    .map((name) => `${part}/${name.replaceAll('\\', '/')}`)
    .sort();
}

async function parse(opa: string, rego: string, file: string): Promise<Json> {
  const printed = await opaRun(opa, rego, ['parse', '--format', 'json', '--json-include', 'locations,comments', file]);
  // The text of every node is most of it, and no rule reads it.
  const module: Json = JSON.parse(printed, (key, value) => (key === 'text' ? undefined : value));
  return { file, module };
}

async function opaRun(opa: string, cwd: string, args: readonly string[]): Promise<string> {
  const ended = await run(opa, args, { cwd });
  if (ended.status === 0) return ended.stdout;
  throw new SallyportError('bundle/invalid', `opa ${args[0]}: ${plain((ended.stderr + ended.stdout).trim())}`, {
    fix: 'correct the Rego where OPA points',
  });
}

/** What OPA prints as JSON when it is asked for JSON: a line for each error, with its place. */
function plain(printed: string): string {
  try {
    const told: Json = JSON.parse(printed);
    const errors = isObject(told) && isArray(told.errors) ? told.errors.filter(isObject) : [];
    const lines = errors.map(({ location, code, message }) => {
      const { file, row } = isObject(location) ? location : {};
      return `${String(file)}:${String(row)}: ${String(code)}: ${String(message)}`;
    });
    return lines.length === 0 ? printed : lines.join('\n');
  } catch {
    return printed;
  }
}

function findingsIn(answer: Json): readonly Json[] {
  const [result] = isObject(answer) && isArray(answer.result) ? answer.result : [];
  const [expression] = isObject(result) && isArray(result.expressions) ? result.expressions : [];
  const found = isObject(expression) ? expression.value : undefined;
  if (isArray(found)) return found;
  throw new SallyportError('bundle/invalid', 'the linter did not answer with findings', { fix: 'see rego/lint' });
}

function keyOf({ at, rule }: Finding): string {
  return [at?.file, String(at?.line ?? 0).padStart(6, '0'), rule].join(' ');
}

function findingOf(found: Json, shown: string): Finding {
  const { rule, file, line, message, fix } = isObject(found) ? found : {};
  return {
    rule: String(rule),
    level: 'error',
    message: String(message),
    fix: String(fix),
    at: { file: `${shown}/${String(file)}`, ...(typeof line === 'number' ? { line } : {}) },
  };
}
