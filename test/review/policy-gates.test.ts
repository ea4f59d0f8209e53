import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/review/opa.ts';
import { FIRST_TIME, pinnedOpa, ROOT } from './library.ts';

const rego = join(ROOT, 'rego');
const LIBRARY = ['settings:data', 'sallyport'];
const CAPABILITIES = ['--capabilities', 'capabilities.json'];
let opa: string;

beforeAll(async () => {
  opa = await pinnedOpa();
}, FIRST_TIME);

describe('the policy library', () => {
  it('is formatted', async () => {
    expect(await run(opa, ['fmt', '--diff', '--fail', 'sallyport'], { cwd: rego })).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('passes the strict check against the input schema and the capabilities of the gate', async () => {
    const ended = await run(opa, ['check', '--strict', '-s', 'schemas', ...CAPABILITIES, ...LIBRARY], { cwd: rego });
    expect(ended).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('passes its tests', async () => {
    const ended = await run(opa, ['test', ...CAPABILITIES, ...LIBRARY], { cwd: rego });
    expect(ended).toEqual({ status: 0, stdout: expect.stringMatching(/^PASS: \d+\/\d+\n$/), stderr: '' });
  }, 60_000);

  it('is covered by its tests to 95 % at least', async () => {
    const { stdout } = await run(opa, ['test', '--coverage', ...CAPABILITIES, ...LIBRARY], { cwd: rego });
    const files: Record<string, { coverage?: number }> = JSON.parse(stdout).files;
    const thin = Object.entries(files).filter(
      ([file, { coverage }]) => !file.endsWith('_test.rego') && (coverage ?? 0) < 95,
    );
    expect(thin).toEqual([]);
  }, 60_000);
});
