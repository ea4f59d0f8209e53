import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findSuites } from '../../src/review/scenarios/find-suites.ts';
import { annotation } from '../../src/review/scenarios/report/github.ts';
import { junitReport } from '../../src/review/scenarios/report/junit.ts';
import { prettyReport } from '../../src/review/scenarios/report/pretty.ts';
import type { TestReport } from '../../src/review/scenarios/result.ts';
import { suiteFolder } from '../review/scenarios/suite-file.ts';

// Scenario files come with a change that somebody proposes, and CI reads them before anybody else does.

const suites = suiteFolder();
afterAll(() => suites.remove());

const head = 'suite: S\ndefaults: {time: 2026-11-18T10:00:00Z}\ncases:\n';
const numbers = (count: number): string => `[${Array.from({ length: count }, (_, one) => one).join(', ')}]`;

describe('a file that is meant to hurt its reader is refused', () => {
  it.each<readonly [string, string | Uint8Array, string]>([
    ['a bomb of aliases', `${head}  - &a {name: a}\n  - [*a, *a]\n`, 'are not supported'],
    ['deep nesting', `${head}  - ${'['.repeat(20_000)}`, 'nested too deeply'],
    [
      'a matrix of a billion cells',
      `${head}  - {name: a, call: x, matrix: {agent.level: ${numbers(1000)}, facts.uid: ${numbers(1000)}, time: ${numbers(1000)}}, expect: {outcome: deny}}\n`,
      'has more than 10000 cells',
    ],
    [
      'many large matrices',
      head +
        Array.from(
          { length: 3 },
          (_, at) =>
            `  - {name: c${at}, call: x, matrix: {facts.uid: ${numbers(100)}, agent.owner: ${numbers(90)}}, expect: {outcome: deny}}\n`,
        ).join(''),
      'the file has more than 20000 scenarios',
    ],
    ['a megabyte of it', `${head}  - {name: ${'a'.repeat(1_100_000)}}\n`, 'larger than 1 MiB'],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0x00]), 'not UTF-8'],
    ['an archive', new Uint8Array([0x1f, 0x8b, 0x08, 0x00]), 'not UTF-8'],
    ['nothing', '', 'the file is empty'],
    ['a list', '- a\n- b\n', 'expected a mapping'],
    ['two documents', 'suite: a\n---\nsuite: b\n', 'a second document begins here'],
    ['a key twice', 'suite: a\nsuite: b\n', 'this key was already given above'],
    ['a tag', 'suite: !!js/function "x"\n', 'tags ("!...") are not supported'],
    ['a prototype', `${head}  - {name: a, call: x, __proto__: {expect: {outcome: allow}}}\n`, 'unknown key'],
    [
      'a prototype by an axis',
      `${head}  - {name: a, call: x, matrix: {agent.__proto__.level: [5]}, expect: {outcome: deny}}\n`,
      'unknown key',
    ],
  ])('%s', (_, text, why) => {
    expect(suites.problems(text).join('\n')).toContain(why);
    expect(Object.hasOwn(Object.prototype, 'level')).toBe(false);
  });

  it('links to folders are not followed, devices are not read', () => {
    const folder = join(suites.folder, 'linked');
    mkdirSync(folder);
    symlinkSync('/', join(folder, 'root'));
    symlinkSync('/dev/zero', join(folder, 'zero.yaml'));
    expect(() => findSuites([folder], suites.folder)).toThrow('there are no scenarios under');
  });
});

describe('what a file says cannot forge the report', () => {
  const evil = `x\n::error::forged\u001b[2J\u202e]]>&<"'\u0000\ud800`;
  const report: TestReport = {
    bundle: { digest: 'sha256:00', revision: evil },
    tests: [
      {
        ...{ suite: evil, kind: 'scenario', name: evil, file: 'a,b:c.yaml', line: 3, passed: false, took: 1 },
        ...{ why: [evil], mismatches: [], got: undefined },
      },
    ],
    coverage: undefined,
    findings: [{ rule: 'scenario-failed', level: 'error', message: evil, at: { file: 'a,b:c.yaml', line: 3 } }],
    took: 1,
  };

  it('a line of a terminal stays one line, without controls', () => {
    const lines = prettyReport(report).split('\n');
    expect(lines.filter((line) => line.includes('forged')).length).toBe(4);
    expect(lines.filter((line) => /^::|[\p{Cc}\u202e]/u.test(line))).toEqual([]);
  });

  it('an annotation stays one line', () => {
    expect(
      annotation({
        rule: 'a:b,c',
        level: 'error',
        message: '50%\r\n::error::forged',
        at: { file: 'a,b:c.yaml', line: 3 },
      }),
    ).toBe('::error file=a%2Cb%3Ac.yaml,line=3,title=a%3Ab%2Cc::50%25%0D%0A::error::forged');
  });

  it('XML stays what it was', () => {
    const xml = junitReport(report);
    const name = 'x&#10;::error::forged\ufffd[2J\u202e]]&gt;&amp;&lt;&quot;&apos;\ufffd\ufffd';
    expect(xml).toContain(`<testcase name="${name}" classname="${name}" time="0.001" file="a,b:c.yaml" line="3">`);
    expect(xml.match(/<[^>]*>/g)?.map((tag) => tag.split(/[ >]/)[0])).toEqual([
      ...[
        '<?xml',
        '<testsuites',
        '<testsuite',
        '<testcase',
        '<failure',
        '</failure',
        '</testcase',
        '</testsuite',
        '</testsuites',
      ],
    ]);
  });
});
