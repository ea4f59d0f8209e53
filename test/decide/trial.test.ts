import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { Bundles } from '../../src/decide/bundles.ts';
import { type BundleArchives, openBundles } from '../../src/decide/open-bundles.ts';
import { Trial } from '../../src/decide/trial.ts';
import { ALLOW, buildPolicy, inFolder, inputFor } from './rego-lab.ts';
import { buildLibrary, packSettings } from './site-lab.ts';

const demands = { keys: [], fuel: 2_000_000, memoryMiB: 32 };
const from = 'https://bundles.example/library';
const of = (archive: Uint8Array): BundleArchives => ({ library: { archive, from } });

let good: Uint8Array;
let other: Uint8Array;
beforeAll(async () => {
  good = await buildPolicy('');
  other = await buildPolicy(`decision := ${ALLOW} if input.action.name == "good"`);
});

describe('a trial in a thread of its own', () => {
  it.each<[string, () => Promise<Uint8Array> | Uint8Array]>([
    ['no archive', () => Buffer.from('no bundle')],
    ['an archive cut short', () => good.subarray(0, 500)],
    ['a bomb', () => gzipSync(Buffer.alloc(65 * 2 ** 20))],
    ['a module that lacks a builtin', () => buildPolicy('decision := 1 if opa.runtime().x == 1')],
    ['a policy that allows what is unknown', () => buildPolicy(`decision := ${ALLOW} if true`)],
    [
      'a policy that never ends',
      () =>
        buildPolicy(
          'decision := 1 if { some x in numbers.range(1, 9999); some y in numbers.range(1, 9999); x * y < 0 }',
        ),
    ],
  ])('refuses %s as the gate itself would, with the same words', async (_what, make) => {
    const archive = await make();
    const here: unknown = await openBundles(of(archive), demands).catch((thrown: unknown) => thrown);
    const there: unknown = await new Trial(demands).run(of(archive)).catch((thrown: unknown) => thrown);
    const told = (error: unknown) => (error instanceof Error ? { ...error, message: error.message } : error);
    expect(told(there)).toEqual(told(here));
    expect(there).toMatchObject({ code: 'bundle/invalid' });
  });

  it('asks of a site what the gate asks', async () => {
    const trial = new Trial({ ...demands, site: { keys: [], trust: [] } });
    const library = { archive: await buildLibrary(), from };
    const site = (settings: object) => ({ archive: packSettings(settings), from: 'site' });
    await trial.run({ library, site: site({ allowed: [] }) });
    expect(trial.modules.entries).toHaveLength(2);
    await expect(trial.run({ library, site: site({ unheard: [] }) })).rejects.toMatchObject({ code: 'bundle/invalid' });
    await expect(trial.run({ library })).rejects.toMatchObject({
      message: expect.stringMatching(/no bundle of the site/),
    });
  });

  it('brings back the module that it has tried, for these data alone', async () => {
    const trial = new Trial(demands);
    await trial.run(of(good));
    const [[, module] = []] = trial.modules.entries;
    const { bundle } = await openBundles(of(good), demands);
    expect(trial.modules.get(bundle)).toBe(module);
    expect(module).toBeInstanceOf(WebAssembly.Module);
    expect(trial.modules.get({ ...bundle, data: { other: 1 } })).toBeUndefined();
    expect(trial.modules.get({ ...bundle, entrypoint: 'other' })).toBeUndefined();
  });

  it('precedes every load but the first, with all that would judge', async () => {
    await inFolder({}, async (folder) => {
      const trial = new Trial(demands);
      const tried: string[][] = [];
      const run = async (archives: BundleArchives) => {
        tried.push(Object.values(archives).map((each) => each.from));
        await trial.run(archives);
      };
      const archive = join(folder, 'kept');
      const bundles = new Bundles({ ...demands, archive, trial: { run }, tried: trial.modules });
      await bundles.loadArchives(of(good));
      const before = bundles.current;
      await expect(bundles.loadArchives(of(good.subarray(0, 500)))).rejects.toMatchObject({ code: 'bundle/invalid' });
      expect(bundles.current).toBe(before);
      await bundles.loadArchives(of(other));
      expect(tried).toEqual([[from], [from]]);
      expect(bundles.current.judge.judge(inputFor('good')).verdict.outcome).toBe('allow');
    });
  });
});
