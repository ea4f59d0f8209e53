import { SallyportError } from '../../errors.ts';
import { isArray, isObject, type Json } from '../../json.ts';
import { run } from '../opa.ts';
import type { TestResult } from './result.ts';

/**
 * Runs the library's own tests with `opa test`.
 * @param rego the library's folder
 * @param shown how that folder is called in reports
 * @throws SallyportError `bundle/invalid` when they cannot be run at all
 */
export async function runRegoTests(opa: string, rego: string, shown: string): Promise<readonly TestResult[]> {
  const args = ['test', '--format', 'json', '--capabilities', 'capabilities.json', 'settings:data', 'sallyport'];
  const { stdout, stderr } = await run(opa, args, { cwd: rego });
  const results = parse(stdout);
  if (results === undefined)
    throw new SallyportError('bundle/invalid', `opa test: ${(stderr + stdout).trim()}`, {
      fix: 'correct the tests where OPA points',
    });
  return results.flatMap((result) => (isObject(result) ? [testOf(result, shown)] : []));
}

function parse(text: string): readonly Json[] | undefined {
  try {
    const results: Json = JSON.parse(text);
    return isArray(results) ? results : results === null ? [] : undefined;
  } catch {
    return undefined;
  }
}

function testOf(result: { readonly [key: string]: Json }, shown: string): TestResult {
  const location = isObject(result.location) ? result.location : {};
  const error = isObject(result.error) ? String(result.error.message) : undefined;
  const failed = result.fail === true || error !== undefined;
  const skipped = result.skip === true;
  const why = error ?? (failed ? 'the rule is not true' : skipped ? 'it is skipped, which is no pass' : '');
  return {
    suite: String(result.package),
    kind: 'rego',
    name: String(result.name),
    file: `${shown}/${String(location.file)}`,
    line: typeof location.row === 'number' ? location.row : 1,
    passed: !failed && !skipped,
    took: typeof result.duration === 'number' ? result.duration / 1e6 : 0,
    why: why === '' ? [] : [why],
    mismatches: [],
    got: undefined,
  };
}
