import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { contentDigest } from '../../src/decide/bundle-digest.ts';
import { readTarGz } from '../../src/decide/tar.ts';
import { buildBundle, ENTRYPOINTS, updateManifest } from '../../src/review/build.ts';
import { run } from '../../src/review/opa.ts';
import { copyLibrary, FIRST_TIME, pinnedOpa, ROOT } from './library.ts';

// OPA compiles a whole library, which takes a while where much else is going on.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

let opa: string;
let library: Awaited<ReturnType<typeof copyLibrary>>;

beforeAll(async () => {
  opa = await pinnedOpa();
}, FIRST_TIME);
beforeEach(async () => {
  library = await copyLibrary();
});
afterEach(() => library.remove());

const build = (name = 'bundle.tar.gz', more: { revision?: string; facts?: { builder: string } } = {}) =>
  buildBundle({ rego: library.rego, out: join(library.folder, name), opa, version: '0.1.0', ...more });

describe('the committed bundle', () => {
  it('is what the sources give', async () => {
    const built = await build();
    const committed = readTarGz(await readFile(join(ROOT, 'bundles/sallyport.tar.gz')));
    const pinned = await readFile(join(ROOT, 'bundles/sallyport.digest'), 'utf8');
    expect({ committed: contentDigest(committed), pinned }).toEqual({
      committed: built.digest,
      pinned: `${built.digest}\n`,
    });
    // Who built it, and when, may differ.
    const decisive = (files: ReadonlyMap<string, Uint8Array>) => [...files].filter(([name]) => name !== '.manifest');
    expect(decisive(committed)).toEqual(decisive(readTarGz(await readFile(built.out))));
  });

  it('has a rule manifest that is up to date', async () => {
    expect(await updateManifest(library.rego, opa)).toBe(false);
  });
});

describe('a built bundle', () => {
  it('holds manifest, data, module and the Rego without its tests', async () => {
    const { files, revision, digest } = await build('b.tar.gz', { facts: { builder: 'ci' } });
    expect([...files.keys()].filter((name) => !name.endsWith('.rego')).sort()).toEqual([
      '.manifest',
      'data.json',
      'policy.wasm',
    ]);
    expect([...files.keys()]).toContain('sallyport/rules/level/table/table.rego');
    expect([...files.keys()].filter((name) => name.endsWith('_test.rego'))).toEqual([]);
    expect(JSON.parse(Buffer.from(files.get('.manifest') ?? []).toString())).toEqual({
      revision,
      roots: ['settings', 'sallyport'],
      wasm: ENTRYPOINTS.map((entrypoint) => expect.objectContaining({ entrypoint, module: '/policy.wasm' })),
      rego_version: 1,
      metadata: { built: { builder: 'ci' } },
    });
    expect(revision).toBe(`0.1.0+${digest.slice(7, 19)}`);
  });

  it('has one digest whoever builds it, with whatever revision', async () => {
    const one = await build('one.tar.gz');
    const other = await build('other.tar.gz', { revision: '7', facts: { builder: 'somebody' } });
    expect(other.revision).toBe('7');
    expect(other.digest).toBe(one.digest);
    expect(await readFile(join(library.folder, 'other.digest'), 'utf8')).toBe(`${one.digest}\n`);
  });

  it('has another digest when a setting changes', async () => {
    const one = await build();
    const path = join(library.rego, 'data/approvers.yaml');
    await writeFile(path, (await readFile(path, 'utf8')).replace('[platform]', '[others]'));
    expect((await build()).digest).not.toBe(one.digest);
  });

  it('can be read by OPA', async () => {
    const { out } = await build();
    const { status, stdout } = await run(opa, ['inspect', '-f', 'json', out], {});
    const inspected = JSON.parse(stdout);
    expect({ status, entrypoints: inspected.manifest.wasm.length }).toEqual({
      status: 0,
      entrypoints: ENTRYPOINTS.length,
    });
    expect(inspected.namespaces['data.sallyport.decision']).toEqual(['/policy.wasm']);
  });
});

describe('a library that is not sound is refused with file and line', () => {
  const rule = 'sallyport/rules/level/table/table.rego';
  it.each([
    ['a syntax error', rule, 'answer := [\n', /sallyport\/rules\/level\/table\/table\.rego:\d+: rego_parse_error/],
    [
      'an input field that there is not',
      rule,
      'odd := input.agent.lvl\n',
      /table\.rego:\d+: rego_type_error: undefined ref: input\.agent\.lvl/,
    ],
    [
      'a builtin that the gate lacks',
      rule,
      'odd := opa.runtime()\n',
      /table\.rego:\d+: rego_type_error: undefined function opa\.runtime/,
    ],
    [
      'an import that is not used',
      rule,
      'import data.sallyport.owners\n',
      /table\.rego:\d+: rego_compile_error: import data\.sallyport\.owners unused/,
    ],
    ['settings that are not YAML', 'data/levels.yaml', '\t- [', /data\/levels\.yaml/],
  ])('%s', async (_, file, text, message) => {
    await appendFile(join(library.rego, file), `\n${text}`);
    const refused = build();
    await expect(refused).rejects.toMatchObject({ code: 'bundle/invalid' });
    await expect(refused).rejects.toThrow(message);
    await expect(readFile(join(library.folder, 'bundle.tar.gz'))).rejects.toThrow('ENOENT');
  });

  it.each([
    [
      'no METADATA',
      /# METADATA\n# title: Level table\n# description: The cell[\s\S]*?(?=answer)/,
      '',
      /table\.rego: there is no METADATA on a rule named answer/,
    ],
    [
      'no needs',
      '#   needs: facts\n',
      '',
      /table\.rego:\d+: METADATA custom\.needs is missing; it must be one of request, facts/,
    ],
    ['an unknown effect', 'effect: grant', 'effect: allow', /table\.rego:\d+: METADATA custom\.effect is "allow"/],
    [
      'an unknown class',
      'effect: grant',
      'effect: grant\n#   classes: [reading]',
      /table\.rego:\d+: METADATA custom\.classes is "reading"/,
    ],
    [
      'a word on reverts that is none',
      'reverts: spared',
      'reverts: maybe',
      /table\.rego:\d+: METADATA custom\.reverts is "maybe"; it must be one of spared/,
    ],
    [
      'no class',
      'effect: grant',
      'effect: grant\n#   classes: []',
      /table\.rego:\d+: METADATA custom\.classes must be a list/,
    ],
  ])('a rule with %s', async (_, search, replacement, message) => {
    const path = join(library.rego, rule);
    await writeFile(path, (await readFile(path, 'utf8')).replace(search, replacement));
    await expect(build()).rejects.toThrow(message);
  });

  it('a library without a manifest of capabilities', async () => {
    await rm(join(library.rego, 'capabilities.json'));
    await expect(build()).rejects.toThrow(/capabilities\.json/);
  });
});
