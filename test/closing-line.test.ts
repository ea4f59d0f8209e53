import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const reporter = join(import.meta.dirname, 'closing-line.ts');
const vitest = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs');
const PASSING = "it('passes', () => {});";

describe('the closing line of a test run', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-closing-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['two tests that pass', [PASSING, PASSING], '2 passed, 0 failed', 0],
    ['a test that fails', [PASSING, "it('fails', () => expect(1).toBe(2));"], '1 passed, 1 failed', 1],
    ['a skipped test', [PASSING, "it.skip('is skipped', () => {});"], '1 passed, 1 failed', 1],
    ['a test still to be written', [PASSING, "it.todo('is missing');"], '1 passed, 1 failed', 1],
    ['a file that cannot be loaded', [PASSING, "throw new Error('broken');"], '1 passed, 1 failed', 1],
    ['a file that is not JavaScript', [PASSING, 'const ='], '1 passed, 1 failed', 1],
    ['a file without tests', [PASSING, ''], '1 passed, 1 failed', 1],
    ['an error outside of tests', [`${PASSING} Promise.reject(new Error('lost'));`], '1 passed, 1 failed', 1],
    ['a failing hook', [`${PASSING} afterAll(() => { throw new Error('hook'); });`], '1 passed, 1 failed', 1],
    ['no test at all', [], '0 passed, 1 failed', 1],
    [
      'a failing global setup',
      [PASSING],
      '0 passed, 1 failed',
      1,
      "export default () => { throw new Error('setup'); };",
    ],
  ])('counts %s', (_, files, line, code, setup?: string) => {
    for (const [index, text] of files.entries()) writeFileSync(join(folder, `${index}.test.ts`), text);
    const globalSetup = setup === undefined ? {} : { globalSetup: ['setup.ts'] };
    if (setup !== undefined) writeFileSync(join(folder, 'setup.ts'), setup);
    const test = { globals: true, reporters: ['default', reporter], maxWorkers: 1, ...globalSetup };
    writeFileSync(join(folder, 'vitest.config.mjs'), `export default ${JSON.stringify({ test })};`);
    const run = spawnSync(process.execPath, [vitest, 'run', '--root', folder], {
      encoding: 'utf8',
      env: cleanEnvironment(),
    });
    expect([run.stdout.trimEnd().split('\n').at(-1), run.status]).toEqual([line, code]);
  });
});

/** The environment without the marks that this run's own vitest left in it. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
}
