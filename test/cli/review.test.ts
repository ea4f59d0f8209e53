import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIRST_TIME, pinnedOpa } from '../review/library.ts';
import { COMMITTED, WHOLE_REVIEW } from '../review/review-lab.ts';
import { type Ended, runCli } from './cli-lab.ts';

let folder: string;
let opa: string;

beforeAll(async () => {
  opa = await pinnedOpa();
  folder = await mkdtemp(join(tmpdir(), 'sallyport-review-'));
  await writeFile(join(folder, 'text.tar.gz'), 'no archive');
  await writeFile(join(folder, 'calls.jsonl'), '{"version":1}\n');
  await writeFile(
    join(folder, 'odd.yaml'),
    'invariants:\n  - name: odd\n    why: it is odd\n    for: {planet: mars}\n    expect: {outcome: deny}\n',
  );
}, FIRST_TIME);
afterAll(() => rm(folder, { recursive: true, force: true }));

const review = (...args: readonly string[]): Promise<Ended> => runCli(folder, { OPA: opa }, ['review', ...args]);

describe('what is broken, or asked for wrongly, is told with 2, and nothing is written', () => {
  it.each([
    ['a bundle that is not there', ['nowhere.tar.gz'], /nowhere\.tar\.gz: .*ENOENT/],
    ['a bundle that is no archive', ['text.tar.gz'], /text\.tar\.gz: .*not a gzip archive/],
    ['an old bundle that is none', [COMMITTED, '--against', 'text.tar.gz'], /text\.tar\.gz: .*not a gzip archive/],
    ['a format that there is not', [COMMITTED, '--format', 'pdf'], /--format: "pdf" is not a format/],
    ['two reports in one place', [COMMITTED, '--format', 'text', '--format', 'json'], /only one report can be printed/],
    ['a time that is none', [COMMITTED, '--time', 'soon'], /--time: "soon" is not a time/],
    ['a key that is not there', [COMMITTED, '--key', 'no.pub'], /--key no\.pub cannot be read/],
    ['a key that is none', [COMMITTED, '--key', 'calls.jsonl'], /--key calls\.jsonl: there is no PEM public key in it/],
    ['two sources of calls', [COMMITTED, '--calls', 'calls.jsonl', '--recorded'], /--calls and --recorded/],
  ])('%s', async (_, args, message) => {
    const { code, out, err } = await review(
      ...args,
      ...(args.includes('--format') ? [] : ['--format', 'html=never.html']),
    );
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    await expect(readFile(join(folder, 'never.html'))).rejects.toThrow('ENOENT');
  });

  it.each([
    [
      'a call that is none',
      ['--calls', 'calls.jsonl'],
      /calls\.jsonl:1: neither a decision nor a policy input: input must have/,
    ],
    ['an invariant about nothing', ['--invariants', 'odd.yaml'], /odd\.yaml:4/],
  ])(
    '%s, with its line',
    async (_, args, message) => {
      const { code, out, err } = await review(COMMITTED, ...args);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(message);
    },
    WHOLE_REVIEW,
  );
});
