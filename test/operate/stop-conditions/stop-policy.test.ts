import { expect, it } from 'vitest';
import { readBundle } from '../../../src/decide/bundle.ts';
import { createJudge, type Judge } from '../../../src/decide/judge.ts';
import { loadPolicy } from '../../../src/decide/policy.ts';
import { stricterJudge } from '../../../src/decide/stricter.ts';
import { SallyportError } from '../../../src/errors.ts';
import type { Level } from '../../../src/identify/principal.ts';
import type { JsonObject } from '../../../src/json.ts';
import { buildBundle, DENY } from '../../decide/rego-lab.ts';
import { DONE, FAILED, openStopLab, stopJudge } from './stop-lab.ts';

const FIXER = { kind: 'agent', agent: 'fixer' };
const CONDITION = {
  why: 'a test',
  of: 'agent',
  counts: 'failures',
  in_a_row: true,
  at: 1,
  within: 60,
  freeze: 'agent',
};

async function labOf(judge: Judge | undefined, level: Level = 3) {
  const lab = await openStopLab(judge);
  await lab.agent('fixer', level);
  return lab;
}

it('a site stops everything, reads too, where it says so', async () => {
  const lab = await labOf(await stopJudge({ grave: { ...CONDITION, freeze: 'everything', reads: true, minutes: 5 } }));
  await lab.calls(1, {}, FAILED);
  expect(lab.freezes().active(lab.clock.now)).toMatchObject([
    { scope: { kind: 'everything' }, reads: true, until: '2030-01-15T12:05:00.000Z', by: 'gate' },
  ]);
});

it('a service on which everything fails is stopped, whoever tries; none where one could not be read', async () => {
  const lab = await labOf(await stopJudge({ failing: { ...CONDITION, of: 'service', at: 4, freeze: 'service' } }));
  await lab.agent('twin', 3);
  const services = ['none', 'web', 'unknown'] as const;
  await lab.calls(5, { services }, FAILED);
  for (const agent of ['fixer', 'twin', 'fixer']) await lab.calls(1, { agent }, FAILED);
  expect(await lab.frozen()).toEqual([]);
  await lab.calls(1, { agent: 'twin', services: ['web', 'cart', 'none'] }, FAILED);
  expect(await lab.frozen()).toEqual([{ kind: 'service', service: 'web' }]);
});

it.each([
  [4, 2],
  [1, 1],
] as const)('an agent of level %i is left no more than level 2 where a condition says so', async (level, left) => {
  const lab = await labOf(await stopJudge({ costly: { ...CONDITION, demote: 2 } }), level);
  const [failed] = await lab.calls(1, {}, FAILED);
  expect([lab.registry.agent('fixer')?.level, await lab.frozen()]).toEqual([left, [FIXER]]);
  expect(await lab.events('agent.demoted')).toMatchObject(
    level === left ? [] : [{ by: 'gate', evidence: { condition: 'costly', decisions: [failed] } }],
  );
});

it('what any of several policies wants stopped is stopped, once for each condition', async () => {
  const judges = [{ one: CONDITION }, { other: { ...CONDITION, at: 2 } }].map((stops) => stopJudge(stops));
  const [one, other] = await Promise.all(judges);
  if (one === undefined || other === undefined) throw new TypeError('two judges');
  const lab = await labOf(stricterJudge(one, other, { bundleDigest: 'sha256:both', revision: 'both' }));
  await lab.calls(1, {}, FAILED);
  expect(await lab.events('stop.condition')).toMatchObject([{ condition: 'one' }]);
  await lab.calls(1, {}, FAILED);
  expect(await lab.events('stop.condition')).toMatchObject([{ condition: 'one' }, { condition: 'other' }]);
});

it.each(['calls', 'changes'] as const)(
  'a pace of %s stops when it is reached, and again only when it is reached again',
  async (counts) => {
    const racing: JsonObject = { ...CONDITION, counts, in_a_row: false, at: 100, within: 1 };
    const lab = await labOf(await stopJudge({ racing }));
    const goes = async (calls: number) => {
      lab.pace = { calls: 0, changes: 0, [counts]: calls };
      await lab.calls(1, { class: counts === 'calls' ? 'read' : 'write' });
    };
    for (const calls of [50, 99]) await goes(calls);
    expect(await lab.frozen()).toEqual([]);
    await goes(103);
    expect(await lab.frozen()).toEqual([FIXER]);
    await lab.thaw();
    for (const calls of [104, 120]) await goes(calls);
    expect(await lab.frozen()).toEqual([]);
    for (const calls of [20, 100]) await goes(calls);
    expect(await lab.frozen()).toEqual([FIXER]);
  },
);

it('conditions of another bundle hold from its load on, for what happened before too', async () => {
  const lab = await labOf(await stopJudge({}));
  await lab.calls(3, {}, FAILED);
  expect(await lab.frozen()).toEqual([]);
  lab.judge = await stopJudge({ three: { ...CONDITION, at: 3 } });
  lab.swapped();
  await lab.settled();
  expect(await lab.frozen()).toEqual([FIXER]);
});

it('is stopped where policy cannot say whether it is to be', async () => {
  const archive = await buildBundle(
    {
      '.manifest': '{"revision": "test", "roots": [""]}',
      'main.rego': `package sallyport\n\ndefault decision := ${DENY}\n`,
      'stops.rego': 'package sallyport.stops\n\nanswer := {"stops": "many", "watch": {"failures": [1]}}\n',
    },
    { args: ['-e', 'sallyport/stops/answer'] },
  );
  const { wasm, data } = readBundle(archive);
  const lab = await labOf(
    createJudge(await loadPolicy({ wasm, data }), { bundleDigest: 'sha256:odd', revision: 'odd' }),
  );
  await lab.calls(1, {}, DONE);
  expect(await lab.frozen()).toEqual([]);
  await lab.calls(1, {}, FAILED);
  expect(lab.freezes().active(lab.clock.now)).toMatchObject([{ scope: FIXER, until: null }]);
  expect(lab.reported.at(-1)).toMatchObject({ code: 'policy/nonsense' });
});

it('nothing is stopped while there is no policy, or by one that knows no conditions', async () => {
  const archive = await buildBundle({
    '.manifest': '{"revision": "test", "roots": [""]}',
    'main.rego': `package sallyport\n\ndefault decision := ${DENY}\n`,
  });
  const { wasm, data } = readBundle(archive);
  const without = createJudge(await loadPolicy({ wasm, data }), { bundleDigest: 'sha256:old', revision: 'old' });
  for (const judge of [undefined, without]) {
    const lab = await labOf(judge);
    await lab.calls(20, {}, FAILED);
    expect([await lab.frozen(), lab.reported]).toEqual([[], []]);
  }
});

it('what could not be written is said, and written as soon as it can be', async () => {
  const lab = await labOf(await stopJudge({ one: CONDITION }));
  const set = lab.freezes().set.bind(lab.freezes());
  let failures = 1;
  lab.freezes().set = async (order) => {
    failures -= 1;
    if (failures >= 0) throw new SallyportError('record/unavailable', 'the disk is full');
    return set(order);
  };
  await lab.calls(1, {}, FAILED);
  expect(await lab.frozen()).toEqual([]);
  expect(lab.reported).toMatchObject([{ code: 'record/unavailable' }]);
  await expect.poll(() => lab.frozen(), { timeout: 5_000 }).toEqual([FIXER]);
});
