import { SallyportError } from '../../../errors.ts';
import { sarifOf } from '../../report/sarif.ts';
import type { TestReport } from '../result.ts';
import { githubReport } from './github.ts';
import { jsonReport } from './json.ts';
import { junitReport } from './junit.ts';
import { prettyReport } from './pretty.ts';

type Write = (report: TestReport, version: string) => string;

/** What each kind of finding of `sallyport test` is about. */
const FINDINGS = {
  'scenario-failed': 'A scenario came out otherwise than it expects.',
  'rego-test-failed': "One of the policy library's own tests fails.",
  'rule-not-covered': 'A rule has an effect, or a silence, that no scenario shows.',
  'coverage-too-low': 'The scenarios show less of what the rules can do than is asked for.',
  'nothing-tested': 'No test was run.',
};

const FORMATS: Readonly<Record<string, Write>> = {
  pretty: prettyReport,
  json: jsonReport,
  junit: junitReport,
  github: githubReport,
  sarif: ({ findings }, version) =>
    `${JSON.stringify(sarifOf({ version, rules: FINDINGS, findings }), undefined, 2)}\n`,
};

/** A report that is asked for. */
export interface Output {
  readonly write: Write;
  /** Undefined: to stdout. */
  readonly file: string | undefined;
}

/**
 * Reads `FORMAT` and `FORMAT=FILE`. One of them goes to stdout: where none does, the pretty one.
 * @throws SallyportError `usage/invalid`
 */
export function parseFormats(given: readonly string[], json: boolean): readonly Output[] {
  const outputs = [...given, ...(json ? ['json'] : [])].map((text): Output => {
    const at = text.indexOf('=');
    const name = at === -1 ? text : text.slice(0, at);
    const file = at === -1 ? undefined : text.slice(at + 1);
    const write = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
    if (write === undefined || file === '')
      throw new SallyportError('usage/invalid', `--format ${JSON.stringify(text)} is not known`, {
        fix: `one of ${Object.keys(FORMATS).join(', ')}, and =FILE to write it there`,
      });
    return { write, file };
  });
  const shown = outputs.filter(({ file }) => file === undefined);
  if (shown.length > 1)
    throw new SallyportError('usage/invalid', 'only one format goes to stdout', {
      fix: 'write the others to files: --format junit=report.xml',
    });
  return shown.length === 1 ? outputs : [...outputs, { write: prettyReport, file: undefined }];
}
