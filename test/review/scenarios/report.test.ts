import { describe, expect, it } from 'vitest';
import { parseFormats } from '../../../src/review/scenarios/report/formats.ts';
import { githubReport } from '../../../src/review/scenarios/report/github.ts';
import { junitReport } from '../../../src/review/scenarios/report/junit.ts';
import { prettyReport } from '../../../src/review/scenarios/report/pretty.ts';
import type { TestReport, TestResult } from '../../../src/review/scenarios/result.ts';

const passed: TestResult = {
  suite: 'Restarts',
  kind: 'scenario',
  name: 'a restart runs',
  file: 'rego/scenarios/restarts.yaml',
  line: 5,
  passed: true,
  took: 2,
  why: [],
  mismatches: [],
  got: {
    action: 'kubernetes:deployments.apps:patch',
    outcome: 'allow',
    by: 'policy',
    tier: 'B',
    environment: 'dev',
    reasons: [{ rule: 'level/table', message: 'level 3 may do this', fix: '' }],
    fired: ['level/table'],
    cell: {},
  },
};
const failed: TestResult = {
  ...passed,
  name: 'a deletion is held',
  line: 9,
  passed: false,
  why: ['outcome: expected hold, got deny', 'hint: it would pass if agent.level were 2'],
  mismatches: [{ field: 'outcome', expected: 'hold', got: 'deny' }],
  got: {
    action: 'kubernetes:pods:delete',
    outcome: 'deny',
    by: 'policy',
    tier: 'C',
    environment: 'prod',
    reasons: [{ rule: 'windows/open', message: 'it is outside', fix: 'wait' }],
    fired: ['level/table', 'windows/open'],
    cell: {},
  },
};
const report: TestReport = {
  bundle: { digest: 'sha256:00', revision: '1' },
  tests: [passed, failed],
  coverage: {
    percent: 50,
    rules: [
      {
        rule: 'level/table',
        title: 'Level table',
        effects: { grant: 1 },
        fired: 2,
        silent: 0,
        missing: ['no scenario in which it is asked and has nothing to say'],
      },
    ],
  },
  findings: [
    {
      rule: 'scenario-failed',
      level: 'error',
      message: 'Restarts: a deletion is held',
      at: { file: 'rego/scenarios/restarts.yaml', line: 9 },
    },
    { rule: 'rule-not-covered', level: 'warning', message: 'level/table: no silence', fix: 'add a scenario for it' },
  ],
  took: 1234,
};

describe('the report of a run', () => {
  it('for people says what failed, what came, and why', () => {
    expect(prettyReport(report)).toBe(`FAIL Restarts (1 of 2 failed)
  FAIL a deletion is held
       rego/scenarios/restarts.yaml:9
       outcome: expected hold, got deny
       hint: it would pass if agent.level were 2
       kubernetes:pods:delete: deny by policy, tier C, environment prod
       windows/open: it is outside
         fix: wait
       also said something: level/table

rules covered: 0 of 1; 50 % of what they can do is shown
warning: level/table: no silence (add a scenario for it)

bundle 1 sha256:00
1 passed, 1 failed in 1.2 s
`);
  });

  it('for JUnit counts and nests as its readers expect', () => {
    expect(junitReport(report)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="sallyport test" tests="2" failures="1" errors="0" skipped="0" time="1.234">
  <testsuite name="Restarts" tests="2" failures="1" errors="0" skipped="0" time="0.004" file="rego/scenarios/restarts.yaml">
    <testcase name="a restart runs" classname="Restarts" time="0.002" file="rego/scenarios/restarts.yaml" line="5">
      <system-out>kubernetes:deployments.apps:patch: allow by policy, tier B, dev
level/table: level 3 may do this</system-out>
    </testcase>
    <testcase name="a deletion is held" classname="Restarts" time="0.002" file="rego/scenarios/restarts.yaml" line="9">
      <failure message="outcome: expected hold, got deny" type="failure">outcome: expected hold, got deny
hint: it would pass if agent.level were 2
rego/scenarios/restarts.yaml:9</failure>
      <system-out>kubernetes:pods:delete: deny by policy, tier C, prod
windows/open: it is outside</system-out>
    </testcase>
  </testsuite>
</testsuites>
`);
  });

  it('fails in JUnit too where only the coverage is too low', () => {
    const low = { rule: 'coverage-too-low', level: 'error', message: '50 % < 90 %' } as const;
    expect(
      junitReport({ ...report, tests: [passed], findings: [low] }),
    ).toContain(`  <testsuite name="sallyport test" tests="1" failures="1" errors="0" skipped="0" time="0.000">
    <testcase name="coverage-too-low" classname="sallyport test" time="0.000">
      <failure message="50 % &lt; 90 %" type="failure">50 % &lt; 90 %</failure>
    </testcase>
  </testsuite>
`);
  });

  it('for GitHub is an annotation for each finding', () => {
    expect(
      githubReport(report),
    ).toBe(`::error file=rego/scenarios/restarts.yaml,line=9,title=scenario-failed::Restarts: a deletion is held
::warning title=rule-not-covered::level/table: no silence%0Afix: add a scenario for it
1 passed, 1 failed
`);
  });
});

describe('--format', () => {
  const files = (given: readonly string[], json = false): readonly (string | undefined)[] =>
    parseFormats(given, json).map(({ file }) => file);
  it('writes to files, and the pretty report to stdout where nothing else goes there', () => {
    expect(files([])).toEqual([undefined]);
    expect(files(['junit=a.xml', 'sarif=b=c.json'])).toEqual(['a.xml', 'b=c.json', undefined]);
    expect(files(['junit=a.xml'], true)).toEqual(['a.xml', undefined]);
    expect(files(['github'])).toEqual([undefined]);
  });
  it.each([
    [['xml'], '--format "xml" is not known'],
    [['junit='], '--format "junit=" is not known'],
    [['toString'], '--format "toString" is not known'],
    [['junit', 'sarif'], 'only one format goes to stdout'],
  ])('%j is refused', (given, why) => {
    expect(() => parseFormats(given, false)).toThrow(
      expect.objectContaining({ code: 'usage/invalid', message: expect.stringContaining(why) }),
    );
  });
});
