import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { FIRST_TIME, pinnedOpa, ROOT } from './library.ts';
import { WHOLE_REVIEW } from './review-lab.ts';

const ACTION = join(ROOT, '.github/actions/policy/action.yml');

/** What GitHub's runner reads of a composite action. */
const actionSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  inputs: z.record(z.string(), z.strictObject({ description: z.string(), default: z.string() })),
  runs: z.strictObject({
    using: z.literal('composite'),
    steps: z.array(
      z.union([
        z.strictObject({
          name: z.string(),
          shell: z.literal('bash'),
          env: z.record(z.string(), z.string()),
          run: z.string(),
        }),
        z.strictObject({ name: z.string(), if: z.string(), uses: z.string(), with: z.record(z.string(), z.string()) }),
      ]),
    ),
  }),
});
type Action = z.infer<typeof actionSchema>;

let action: Action;
let repository: string;
let opa: string;

beforeAll(async () => {
  opa = await pinnedOpa();
  action = actionSchema.parse(parse(await readFile(ACTION, 'utf8')));
  repository = await mkdtemp(join(tmpdir(), 'sallyport-action-'));
  for (const part of ['rego', 'bundles']) await cp(join(ROOT, part), join(repository, part), { recursive: true });
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', '.'],
    [...who, 'commit', '-q', '-m', 'the policy'],
  ]) {
    expect(await bash(['git', ...args].map(quoted).join(' '), {})).toMatchObject({ code: 0 });
  }
}, FIRST_TIME);
afterAll(() => rm(repository, { recursive: true, force: true }));

const runSteps = () => action.runs.steps.flatMap((step) => ('run' in step ? [step] : []));

/** Runs a script as GitHub's runner runs one of a step with `shell: bash`. */
function bash(script: string, env: Readonly<Record<string, string>>): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
      cwd: repository,
      env: { PATH: process.env.PATH, HOME: repository, OPA: opa, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** The environment of a step: each of its expressions is one input. */
function environment(
  env: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, expression]) => {
      const [, input = ''] = /^\$\{\{ inputs\.([a-z]+) \}\}$/.exec(expression) ?? [];
      const value = given[input] ?? action.inputs[input]?.default;
      if (value === undefined) throw new Error(`${name} is no input: ${expression}`);
      return [name, value];
    }),
  );
}

describe('the composite action', () => {
  it('writes nothing from outside into a script', () => {
    expect(runSteps().length).toBe(3);
    for (const { run } of runSteps()) expect(run).not.toContain('${{');
  });

  it('keeps its reports whatever the steps before came to', () => {
    const kept = action.runs.steps.flatMap((step) => ('uses' in step ? [step] : []));
    expect(kept.map(({ uses }) => uses.split('@')[0])).toEqual([
      'actions/upload-artifact',
      'github/codeql-action/upload-sarif',
    ]);
    for (const step of kept) expect(step.if).toContain('always()');
  });

  it(
    'tests, builds and reviews the library of this repository against the bundle of its main branch',
    async () => {
      const given = {
        against: 'main',
        sallyport: `node ${join(ROOT, 'src/cli.ts')}`,
        invariants: 'rego/invariants.yaml\n',
      };
      const ended: (readonly [string, number | null])[] = [];
      for (const { name, env, run } of runSteps()) {
        const { code, output } = await bash(run, environment(env, given));
        if (code !== 0) throw new Error(`${name}: ${output}`);
        ended.push([name, code]);
      }
      expect(ended).toEqual(runSteps().map(({ name }) => [name, 0]));
      const report = (file: string) => readFile(join(repository, 'policy-reports', file), 'utf8');
      const { verdict, difference, provenance } = JSON.parse(await report('review.json'));
      expect({ state: verdict.state, rows: difference.rows, module: provenance.module.state }).toEqual({
        state: 'look',
        rows: [],
        module: 'same',
      });
      expect(await report('review.html')).toMatch(/^<!doctype html>/);
      expect(await report('tests.xml')).toMatch(/^<\?xml /);
      for (const file of ['tests.sarif', 'review.sarif']) expect(JSON.parse(await report(file)).version).toBe('2.1.0');
    },
    FIRST_TIME + WHOLE_REVIEW,
  );

  it('stops where there is no bundle to compare with', async () => {
    const review = runSteps().at(-1);
    const env = environment(review?.env ?? {}, { against: 'no-such-ref', sallyport: 'true' });
    expect((await bash(`mkdir -p policy-reports\n${review?.run}`, env)).code).toBe(128);
  });
});
