import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, readBundle } from '../../src/decide/bundle.ts';
import { createBundleJudge } from '../../src/decide/bundle-judge.ts';
import { type EscalationGraph, escalationOf, graphFrom } from '../../src/decide/escalation.ts';
import { createJudge, type Judge, type Questions } from '../../src/decide/judge.ts';
import { unknownInput } from '../../src/decide/policy-input.ts';
import { readSiteBundle } from '../../src/decide/site-bundle.ts';
import { isObject } from '../../src/json.ts';
import { packSettings } from './site-lab.ts';

const MOMENT = { time: '2030-01-15T12:00:00.000Z', id: 'x' };

let library: Bundle;
let judge: Judge;

beforeAll(async () => {
  library = readBundle(await readFile('bundles/sallyport.tar.gz'));
  judge = (await createBundleJudge({ library }, {})).judge;
});

describe('who is asked about a held call', () => {
  it('is what the shipped library says of what it was judged by', () => {
    const { graph, fault } = escalationOf(judge, unknownInput());
    expect(fault).toBe(undefined);
    expect(graph).toEqual({
      name: 'careful',
      steps: [
        { after: 0, ask: [], tell: [], notify: [] },
        { after: 900, ask: [], tell: ['platform'], notify: [] },
      ],
      loops: 3,
      loop_every: 1800,
      fallback: { ask: [], tell: ['platform'], notify: [] },
      decide_within: 7200,
      run_within: 900,
    });
  });

  it.each([
    ['is what a site says that is trusted with it', ['escalation'], 'standard', []],
    [
      'is what the library says where a site is not',
      [],
      'careful',
      [expect.stringContaining('escalation is not heard')],
    ],
  ])('%s', async (_, trust, name, warnings) => {
    const settings = isObject(library.data.settings) ? library.data.settings : {};
    const own = isObject(settings.escalation) ? settings.escalation : {};
    const bundle = readSiteBundle(packSettings({ escalation: { ...own, environments: {} } }));
    const pair = await createBundleJudge({ library, site: { bundle, trust } }, {});
    expect([escalationOf(pair.judge, unknownInput()).graph.name, pair.warnings]).toEqual([name, warnings]);
  });

  const graph: EscalationGraph = {
    name: 'a',
    steps: [
      { after: 0, ask: [], tell: [], notify: [] },
      { after: 9, ask: ['b'], tell: [], notify: [] },
    ],
    ...{ loops: 2, loop_every: 10, decide_within: 21, run_within: 1 },
    fallback: { ask: [], tell: [], notify: [] },
  };
  const [first, second] = graph.steps;
  it.each([
    ['whole', {}, true],
    ['with steps out of order', { steps: [second, first] }, false],
    ['with two steps at once', { steps: [first, first] }, false],
    ['with a step after its round', { loop_every: 9 }, false],
    ['whose rounds take no time', { steps: [first], loop_every: 0 }, false],
    ['that goes on after its end', { loops: 3 }, false],
    ['without a step', { steps: [] }, false],
    ['with parts that nobody knows', { more: 1 }, false],
    ['without an end', { decide_within: undefined }, false],
  ])('is a graph %s: %o is read', (_, change, good) => {
    const changed = { ...graph, ...change };
    expect(graphFrom(changed)).toEqual(good ? changed : undefined);
  });

  it.each<[string, Questions, string]>([
    ['does not answer', { ask: () => ({ answer: {}, fuel: 0, bundleDigest: '', revision: '' }) }, 'policy/nonsense'],
    ['does not know the question', { ask: (_, ...rest) => judge.ask('sallyport/none', ...rest) }, 'bundle/invalid'],
  ])('is whoever may approve, once, where a bundle %s, and that is told', (_, questions, code) => {
    const { graph: plain, fault } = escalationOf(questions, unknownInput());
    expect(fault).toMatchObject({ code });
    expect(graphFrom(plain)).toEqual(plain);
    expect([plain.name, plain.steps, plain.loops]).toEqual(['none', [first], 1]);
  });
});

describe('a question beside the decision', () => {
  it('is answered by the same fuel each time, and does not change what decisions use', () => {
    const before = judge.judge(unknownInput()).fuel;
    const [one, two] = [1, 2].map(() => judge.ask('sallyport/settings/problems', {}, MOMENT));
    expect(one).toEqual({
      answer: [],
      fuel: expect.any(Number),
      bundleDigest: judge.bundleDigest,
      revision: judge.revision,
    });
    expect(two).toEqual(one);
    expect(judge.judge(unknownInput()).fuel).toBe(before);
  });

  it.each([
    ['that no entrypoint is for', 'sallyport/none', {}, 'bundle/invalid'],
    ['that is too large', 'sallyport/settings/problems', { text: 'x'.repeat(300_000) }, 'policy/fault'],
  ])('%s has no answer', (_, question, input, code) => {
    const { answer, fault } = judge.ask(question, input, MOMENT);
    expect([answer, fault?.code]).toEqual([undefined, code]);
  });

  it('to which policy says nothing has no answer', () => {
    const silent = { result: [], fuel: 3, fault: undefined };
    const policy = { hostBuiltins: [], memory: 0, evaluate: () => silent, ask: () => silent };
    const identity = { bundleDigest: 'sha256:one', revision: 'one' };
    expect(createJudge(policy, identity).ask('sallyport/none', {}, MOMENT)).toEqual({
      ...identity,
      answer: undefined,
      fuel: 3,
      fault: expect.objectContaining({ message: 'sallyport/none is undefined for this input' }),
    });
  });
});
