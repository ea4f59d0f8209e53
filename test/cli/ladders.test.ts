import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBundle } from '../../src/decide/bundle.ts';
import { isObject, type Json } from '../../src/json.ts';
import { openOperationsLab } from '../operate/operations-lab.ts';
import { ROOT } from '../review/library.ts';
import { type CliLab, cliLabOf } from './cli-lab.ts';

let lab: CliLab;
beforeAll(async () => {
  const { settings } = readBundle(await readFile(join(ROOT, 'bundles/sallyport.tar.gz'))).data;
  const ladders: Json = (isObject(settings) ? settings.ladders : undefined) ?? {};
  lab = await cliLabOf(await openOperationsLab({ ladders: () => ladders }));
  await lab.operations.parts.registry.add({ id: 'fixer', team: 'sre', owner: 'ana' }, 'test', 'nightly repairs');
});
afterAll(() => lab.close());

const LADDER = ['--ladder', 'autonomy-0-3', '--why', 'earned'];
const levelOf = (id: string) => lab.operations.parts.registry.agent(id)?.level;

/** The newest leaf of the log, as text. */
async function newest(): Promise<string> {
  const { store } = lab.operations.parts;
  const [leaf] = await store.leaves((await store.size()) - 1, 1);
  return leaf?.leaf ?? '';
}

describe('an agent is granted a level by a step of another ladder', () => {
  it.each([
    ['1', 2, 1],
    ['2', 3, 2],
    ['3', 5, 4],
  ] as const)('step %s is level %i, and the record names both', async (step, level, before) => {
    // From the level below: trust is granted one level at a time, whatever the steps of a ladder stand for.
    if (levelOf('fixer') !== before) await lab.operations.parts.registry.setLevel('fixer', before, 'test', 'so far');
    const { code, err } = await lab.run('administrator', 'agent', 'level', 'fixer', step, ...LADDER);
    expect([code, err, levelOf('fixer')]).toEqual([0, '', level]);
    expect(await newest()).toContain(`earned (step ${step} of ladder autonomy-0-3: `);
  });

  it('a step that stands for several levels is the lowest, and it is said which others it may be', async () => {
    const lowest = await lab.run('administrator', 'agent', 'level', 'fixer', '0', ...LADDER);
    expect([lowest.code, lowest.err, levelOf('fixer')]).toEqual([
      0,
      'note: step 0 of ladder autonomy-0-3 stands for level 0; with --as it may be 1\n',
      0,
    ]);
    const other = await lab.run('administrator', 'agent', 'level', 'fixer', '0', '--as', '1', ...LADDER);
    expect([other.code, other.err, levelOf('fixer')]).toEqual([0, '', 1]);
  });

  it('when it is added, or in one environment, too', async () => {
    const who = ['--team', 'sre', '--owner', 'ana', '--scope', 'namespaces=web'];
    const added = await lab.run('administrator', 'agent', 'add', 'other', '--level', '2', ...who, ...LADDER);
    expect([added.code, levelOf('other')]).toEqual([0, 3]);
    const place = ['--environment', 'prod'];
    const narrowed = await lab.run('administrator', 'agent', 'level', 'other', '1', ...place, ...LADDER);
    expect(narrowed.code).toBe(0);
    expect(lab.operations.parts.registry.agent('other')?.narrowed).toEqual([{ environment: 'prod', level: 2 }]);
  });

  it.each([
    [['9', ...LADDER], 'level: there is no step of ladder autonomy-0-3 "9"', 'there are 0, 1, 2, 3'],
    [['1', '--ladder', 'theirs', '--why', 'x'], '--ladder: there is no ladder "theirs"', 'there are autonomy-0-3'],
    [['0', '--as', '5', ...LADDER], '--as: there is no level of step 0 "5"', 'there are 0, 1'],
    [['1', '--as', '1', '--why', 'x'], '--as chooses among the levels of a step: it needs --ladder', undefined],
    [['7', '--why', 'x'], 'level: "7" is not a whole number', '0 to 5'],
  ])('but not by what there is not (%#)', async (args, message, fix) => {
    const before = levelOf('fixer');
    const { code, err } = await lab.run('administrator', 'agent', 'level', 'fixer', ...args);
    expect([code, err.split('\n').slice(0, 2)]).toEqual([
      2,
      [`sallyport: ${message}`, fix === undefined ? '' : `fix: ${fix}`],
    ]);
    expect(levelOf('fixer')).toBe(before);
  });

  it('not by a step that stands for more than one level up', async () => {
    const { code, err } = await lab.run('administrator', 'agent', 'level', 'fixer', '3', ...LADDER);
    expect([code, levelOf('fixer')]).toEqual([2, 1]);
    expect(err).toBe(
      [
        'sallyport: agent fixer is at level 1: 5 is more than one step up',
        'fix: trust is earned one level at a time: grant level 2, and the next when the record has earned it',
        '',
      ].join('\n'),
    );
  });

  it('only by whoever may grant the level itself', async () => {
    const { code } = await lab.run('operator', 'agent', 'level', 'fixer', '3', ...LADDER);
    expect([code, levelOf('fixer')]).toEqual([1, 1]);
  });
});
