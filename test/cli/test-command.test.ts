import { spawn } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FIRST_TIME, pinnedOpa, ROOT } from '../review/library.ts';
import { type Ended, runCli } from './cli-lab.ts';

// The real program, in a process of its own, on the real library and its real bundle.

const BUNDLE = join(ROOT, 'bundles/sallyport.tar.gz');
/** A library is checked, compiled and tested. */
const LONG = 120_000;
vi.setConfig({ testTimeout: LONG });

let folder: string;
let opa: string;
beforeAll(async () => {
  opa = await pinnedOpa();
  folder = await mkdtemp(join(tmpdir(), 'sallyport-test-command-'));
  await cp(join(ROOT, 'rego'), join(folder, 'rego'), { recursive: true });
  await copyFile(BUNDLE, join(folder, 'bundle.tar.gz'));
}, FIRST_TIME);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Without OPA, nor the Go to build one. */
const bare = (...args: readonly string[]): Promise<Ended> =>
  runCli(folder, { PATH: '/nowhere', XDG_CACHE_HOME: join(folder, 'cache') }, ['test', ...args]);
const onBundle = async (name: string, text: string, ...args: readonly string[]): Promise<Ended> => {
  await writeFile(join(folder, name), text);
  return bare('--bundle', 'bundle.tar.gz', name, ...args);
};

const HEAD = `suite: Mine
defaults:
  time: 2026-11-18T10:00:00Z
  facts: {environment: prod, blast: {objects: 1, pods: 3}, way_back: inverse, escalates: []}
cases:
`;
const FAILING = `${HEAD}  - name: scaling in production
    call: kubectl scale deployment/web --replicas=4 -n shop
    agent: {level: 1}
    expect:
      outcome: hold
      rules: [level/table]
`;

describe("the library's own tests and scenarios", () => {
  it('all pass, and cover every rule', async () => {
    const { code, out, err } = await runCli(ROOT, { OPA: opa }, [
      'test',
      '--strict-coverage',
      '--coverage-min',
      '100',
      '--json',
    ]);
    const report = JSON.parse(out);
    const bad = report.findings.map(({ message }: { message: string }) => message);
    expect({ code, err, bad, failed: report.summary.failed }).toEqual({ code: 0, err: '', bad: [], failed: 0 });
    const kinds = new Set(report.tests.map(({ kind }: { kind: string }) => kind));
    expect([...kinds].sort()).toEqual(['rego', 'scenario']);
    const rules = Object.keys(JSON.parse(await readFile(join(ROOT, 'rego/data/manifest.json'), 'utf8')).manifest.rules);
    expect(report.coverage.rules.map(({ rule }: { rule: string }) => rule).sort()).toEqual(rules.sort());
  });

  it('pass on the committed bundle, without OPA', async () => {
    const { code, out, err } = await bare('--bundle', 'bundle.tar.gz', '--strict-coverage');
    expect({ code, err, last: out.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      err: '',
      last: expect.stringMatching(/^\d+ passed, 0 failed in/),
    });
  });

  it('a library is not written to; a test in Rego that fails or is skipped is a failure with its place', async () => {
    const rego = join(folder, 'failing');
    await cp(join(ROOT, 'rego'), rego, { recursive: true });
    const manifest = join(rego, 'data/manifest.json');
    await writeFile(manifest, '{}');
    await writeFile(
      join(rego, 'sallyport/odd_test.rego'),
      'package sallyport.odd_test\n\ntest_odd if 1 == 2\n\ntodo_test_later if true\n',
    );
    const { code, out } = await runCli(folder, { OPA: opa }, [
      ...['test', '--rego', 'failing', '--filter', 'data.sallyport.odd_test', '--format', 'github'],
    ]);
    const place = 'file=failing/sallyport/odd_test.rego';
    expect([code, out.split('\n').sort(), await readFile(manifest, 'utf8')]).toEqual([
      1,
      [
        '',
        '0 passed, 2 failed',
        `::error ${place},line=3,title=rego-test-failed::data.sallyport.odd_test: test_odd%0Athe rule is not true`,
        `::error ${place},line=5,title=rego-test-failed::data.sallyport.odd_test: todo_test_later%0Ait is skipped, which is no pass`,
      ],
      '{}',
    ]);
  });

  it('what is wrong with the Rego is told with its line', async () => {
    const rego = join(folder, 'broken');
    await cp(join(ROOT, 'rego'), rego, { recursive: true });
    const rule = join(rego, 'sallyport/rules/level/table/table.rego');
    await writeFile(rule, 'package sallyport.rules.level.table\n\nanswer := [\n');
    const { code, out, err } = await runCli(folder, { OPA: opa }, ['test', '--rego', 'broken']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/table\.rego:\d+: rego_parse_error/);
  });
});

describe('a scenario that fails', () => {
  it('says what was expected, what came, by which rules, and what would make it pass', async () => {
    const { code, out } = await onBundle('failing.yaml', FAILING);
    expect(code).toBe(1);
    expect(out).toMatch(
      new RegExp(
        [
          '^FAIL Mine \\(1 of 1 failed\\)',
          '  FAIL scaling in production',
          '       failing.yaml:10',
          '       outcome: expected hold, got deny',
          '       hint: it would pass if agent.level were 2',
          '       kubernetes:deployments.apps/scale:patch: deny by policy, tier B, environment prod',
          '       level/table: level 1 \\(observer\\) may not do the patch of .*',
        ].join('\\n'),
      ),
    );
    expect(out).toMatch(/\n0 passed, 1 failed in [\d.]+ s\n$/);
  });

  it('is in every format that is asked for', async () => {
    const formats = ['junit=out/junit.xml', 'sarif=out/a.sarif', 'json=out/a.json', 'github'].flatMap((one) => [
      '--format',
      one,
    ]);
    const { code, out } = await onBundle('failing.yaml', FAILING, ...formats);
    const file = (name: string): Promise<string> => readFile(join(folder, 'out', name), 'utf8');
    expect([code, out.split('\n')[0]]).toEqual([
      1,
      expect.stringMatching(
        /^::error file=failing.yaml,line=10,title=scenario-failed::Mine: scaling in production%0Aoutcome: expected hold, got deny%0A/,
      ),
    ]);
    expect(await file('junit.xml')).toContain('<testcase name="scaling in production" classname="Mine"');
    const [run] = JSON.parse(await file('a.sarif')).runs;
    expect(run.results[0]).toMatchObject({
      ruleId: 'scenario-failed',
      level: 'error',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'failing.yaml' }, region: { startLine: 10 } } }],
    });
    expect(JSON.parse(await file('a.json'))).toMatchObject({
      summary: { passed: 0, failed: 1 },
      tests: [
        {
          name: 'scaling in production',
          passed: false,
          mismatches: [{ field: 'outcome', expected: 'hold', got: 'deny' }],
        },
      ],
    });
  });

  it('--explain tells what each rule looks at and what would change the outcome', async () => {
    const { out } = await onBundle('failing.yaml', FAILING, '--explain');
    const lines = out.split('\n').map((line) => line.trim());
    expect(lines).toEqual(
      expect.arrayContaining([
        'level/table (Level table): deny',
        expect.stringMatching(/^depends on: .*agent\.level = 1.*/),
        'would be held if agent.level were 2 or 3 or 4 or 5',
        expect.stringContaining(
          'would be allowed if call were kubectl scale deployment/web --replicas=4 -n shop --dry-run=server',
        ),
      ]),
    );
  });

  it('--explain tells which conditions held, where OPA is there', async () => {
    const { out } = await runCli(ROOT, { OPA: opa }, [
      'test',
      '--explain',
      '--filter',
      'deletions of critical services',
    ]);
    expect(out).toMatch(/fails: not risk\.too_far {2}\(sallyport\/rules\/risk\/critical\/critical\.rego:\d+\)/);
    expect(out).toMatch(/holds: input\.action\.class == "delete" {2}\(sallyport\/risk\.rego:\d+\)/);
  });
});

describe('coverage', () => {
  const PASSING = FAILING.replace('outcome: hold', 'outcome: deny');
  it('names the rules that no scenario tries, as warnings', async () => {
    const { code, out } = await onBundle('passing.yaml', PASSING);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('warning: windows/open: no scenario in which it fires (add a scenario for it)'),
    ]);
  });
  it.each([
    ['--strict-coverage', 'error: windows/open: no scenario in which it fires'],
    ['--coverage-min=90', 'error: the scenarios show '],
  ])('%s makes it an error', async (option, told) => {
    const { code, out } = await onBundle('passing.yaml', PASSING, option);
    expect([code, out]).toEqual([1, expect.stringContaining(told)]);
  });
});

describe('what is broken is exit 2, with its place, and nothing is tested', () => {
  it.each<readonly [string, readonly string[], string]>([
    ['no such file', ['--bundle', 'bundle.tar.gz', 'nowhere.yaml'], 'there is no nowhere.yaml'],
    ['no scenarios', ['--bundle', 'bundle.tar.gz', 'rego/data/manifest.json/..'], 'there is no'],
    ['no such bundle', ['--bundle', 'nothing.tar.gz'], 'nothing.tar.gz: ENOENT'],
    ['what is no bundle', ['--bundle', 'rego/README.md'], 'rego/README.md: the bundle is not an archive'],
    ['an unknown format', ['--format', 'xml'], '--format "xml" is not known'],
    ['trust in nobody', ['--bundle', 'bundle.tar.gz', '--trust', 'limits'], '--trust belongs to --site-bundle'],
    ['a percentage that is none', ['--coverage-min', 'most'], '--coverage-min "most" is not a percentage'],
  ])('%s', async (_, args, told) => {
    const { code, out, err } = await bare(...args);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(told)]);
  });

  it('a filter that matches nothing is a failure, not a pass', async () => {
    const { code, out } = await onBundle('failing.yaml', FAILING, '--filter', 'nothing like it');
    expect([code, out]).toEqual([1, expect.stringContaining('error: no test was run')]);
  });

  it('two suites of one title are told apart by nobody', async () => {
    await mkdir(join(folder, 'twins'), { recursive: true });
    for (const name of ['a.yaml', 'b.yaml']) await writeFile(join(folder, 'twins', name), FAILING);
    const { code, err } = await bare('--bundle', 'bundle.tar.gz', 'twins');
    expect([code, err]).toEqual([2, expect.stringContaining('twins/b.yaml: "Mine" is the title of twins/a.yaml too')]);
  });
});

describe('--watch', () => {
  it('runs again when a scenario changes, and ends with Ctrl-C', async () => {
    const file = join(folder, 'watched.yaml');
    await writeFile(file, FAILING);
    const cli = resolve(ROOT, 'src/cli.ts');
    const child = spawn(process.execPath, [cli, 'test', '--bundle', 'bundle.tar.gz', 'watched.yaml', '--watch'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    let stopped = false;
    const ended = new Promise<number | null>((done) => child.once('close', done));
    await new Promise<void>((done, fail) => {
      child.once('error', fail);
      child.once('close', () => done());
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        out += chunk;
      });
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        err += chunk;
        const rounds = err.split('stop with Ctrl-C').length - 1;
        if (rounds === 1) void writeFile(file, FAILING.replace('outcome: hold', 'outcome: deny'));
        if (rounds >= 2 && out.includes('1 passed') && !stopped) stopped = child.kill('SIGINT');
      });
    });
    expect([await ended, out.match(/\d passed, \d failed/g)?.slice(0, 2), err.split('\n').at(-2)]).toEqual([
      0,
      ['0 passed, 1 failed', '1 passed, 0 failed'],
      'stopped',
    ]);
  });
});
