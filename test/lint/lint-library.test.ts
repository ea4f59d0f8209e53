import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findOpa, run } from '../../src/review/opa.ts';
import { copyLibrary, FIRST_TIME, ROOT } from '../review/library.ts';
import { lintLibrary } from './lint-library.ts';

let opa: string;
let library: Awaited<ReturnType<typeof copyLibrary>>;
beforeAll(async () => {
  opa = await findOpa();
}, FIRST_TIME);
beforeEach(async () => {
  library = await copyLibrary();
});
afterEach(() => library.remove());

async function put(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(library.rego, name)), { recursive: true });
  await writeFile(join(library.rego, name), text);
}

describe('the linter of the policy library', () => {
  it('finds nothing in the library, and nothing in itself', async () => {
    expect(await lintLibrary(library.rego, 'rego', opa)).toEqual([]);
  }, 60_000);

  it('says of a rule what is wrong with it, with file and line', async () => {
    await put(
      'sallyport/rules/calm/friday/friday.rego',
      [
        'package sallyport.rules.calm.fridays',
        '',
        'default answer := []',
        '',
        'answer := [{"effect": "deny", "message": "no"}] if not _limits[input.action.name] >= 5',
        '',
        '_limits := {name: 1 | walk(data.settings, [_, name]); is_string(name)}',
        '',
      ].join('\n'),
    );
    const found = await lintLibrary(library.rego, 'rego', opa);
    const at = 'rego/sallyport/rules/calm/friday/friday.rego';
    expect(found.map(({ rule, at: place }) => [rule, place?.file === at, place?.line])).toEqual([
      ['metadata/complete', true, 1],
      ['naming/folder-package', true, 1],
      ['tests/beside', true, 1],
      ['metadata/complete', true, 3],
      ['safety/no-default-answer', true, 3],
      ['messages/fix', true, 5],
      ['metadata/complete', true, 5],
      ['safety/negated-operands', true, 5],
      ['safety/builtins', true, 7],
    ]);
  }, 60_000);

  it('lints its own rules too', async () => {
    await put('lint/rules/odd/Odd.rego', 'package lint.rules.odd\n\nFindings := 1\n');
    const found = await lintLibrary(library.rego, 'rego', opa);
    expect(new Set(found.map(({ rule }) => rule))).toEqual(
      new Set(['metadata/complete', 'naming/snake-case', 'naming/folder-package', 'tests/beside']),
    );
  }, 60_000);

  it('refuses what OPA cannot parse, with its place', async () => {
    await put('sallyport/rules/calm/friday/friday.rego', 'package sallyport.rules.calm.friday\n\nanswer := [\n');
    await expect(lintLibrary(library.rego, 'rego', opa)).rejects.toMatchObject({
      code: 'bundle/invalid',
      message: expect.stringMatching(/opa parse: .*sallyport\/rules\/calm\/friday\/friday\.rego:\d+: rego_parse_error/),
    });
  }, 60_000);
});

describe('make check', () => {
  it('asks Regal where it is on PATH, and fails with it', async () => {
    const regal = join(library.folder, 'bin', 'regal');
    await put('../bin/regal', '#!/bin/sh\necho "regal: $*"\nexit 3\n');
    await chmod(regal, 0o755);
    const env = { ...process.env, OPA: opa, PATH: `${dirname(regal)}:${process.env.PATH}` };
    const ended = await run(process.execPath, ['test/lint/lint-rego.ts'], { cwd: ROOT, env });
    expect(ended).toEqual({ status: 1, stdout: 'lint: regal: lint rego\n', stderr: '' });
  }, 60_000);
});
