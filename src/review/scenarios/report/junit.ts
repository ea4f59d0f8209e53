import type { TestReport, TestResult } from '../result.ts';

/**
 * The report as JUnit XML, of the elements and attributes that Jenkins, GitLab and GitHub's reporters agree on: a test suite for each
 * suite, findings that are errors and no test's as a suite of their own.
 */
export function junitReport({ tests, findings, took }: TestReport): string {
  const others = findings
    .filter(({ rule, level }) => level === 'error' && !rule.endsWith('-failed'))
    .map(({ rule, message }): TestCase => ({ name: rule, file: '', line: 0, took: 0, failure: message, out: '' }));
  const groups: (readonly [string, readonly TestCase[]])[] = [...Map.groupBy(tests, ({ suite }) => suite)].map(
    ([suite, members]) => [suite, members.map(caseOf)],
  );
  if (others.length > 0) groups.push(['sallyport test', others]);
  const all = groups.flatMap(([, cases]) => cases);
  const suites = groups.map(([name, cases]) => suiteXml(name, cases)).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${attributes({ name: 'sallyport test', ...totals(all), time: seconds(took) })}>\n${suites}</testsuites>\n`;
}

interface TestCase {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly took: number;
  /** Undefined when it passed. */
  readonly failure: string | undefined;
  readonly out: string;
}

function caseOf({ name, file, line, took, passed, why, got, explanation = [] }: TestResult): TestCase {
  const reasons = got?.reasons.map(({ rule, message }) => `${rule}: ${message}`) ?? [];
  const head =
    got === undefined ? [] : [`${got.action}: ${got.outcome} by ${got.by}, tier ${got.tier}, ${got.environment}`];
  return {
    ...{ name, file, line, took },
    failure: passed ? undefined : why.join('\n'),
    out: [...head, ...reasons, ...explanation].join('\n'),
  };
}

function suiteXml(name: string, cases: readonly TestCase[]): string {
  const took = cases.reduce((sum, one) => sum + one.took, 0);
  const file = cases.find((one) => one.file !== '')?.file;
  const head = attributes({ name, ...totals(cases), time: seconds(took), ...(file === undefined ? {} : { file }) });
  return `  <testsuite ${head}>\n${cases.map((one) => caseXml(name, one)).join('')}  </testsuite>\n`;
}

function caseXml(suite: string, { name, file, line, took, failure, out }: TestCase): string {
  const place = file === '' ? {} : { file, line: `${line}` };
  const head = attributes({ name, classname: suite, time: seconds(took), ...place });
  const first = failure?.split('\n')[0] ?? '';
  const failed =
    failure === undefined
      ? ''
      : `      <failure ${attributes({ message: first, type: 'failure' })}>${escapeXml(file === '' ? failure : `${failure}\n${file}:${line}`)}</failure>\n`;
  const printed = out === '' ? '' : `      <system-out>${escapeXml(out)}</system-out>\n`;
  return failed === '' && printed === ''
    ? `    <testcase ${head}/>\n`
    : `    <testcase ${head}>\n${failed}${printed}    </testcase>\n`;
}

function totals(cases: readonly TestCase[]): Readonly<Record<string, string>> {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  return { tests: `${cases.length}`, failures: `${failures}`, errors: '0', skipped: '0' };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escapeXml(value).replace(/[\n\t]/g, (one) => `&#${one.charCodeAt(0)};`)}"`)
    .join(' ');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** What XML 1.0 cannot carry at all, escaped or not, becomes U+FFFD. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one);
}
