import { beforeAll, describe, expect, it } from 'vitest';
import { readBundle } from '../../src/decide/bundle.ts';
import { createJudge, type Judge } from '../../src/decide/judge.ts';
import { loadPolicy, type PolicyOptions } from '../../src/decide/policy.ts';
import { canonicalJson } from '../../src/json.ts';
import { ALLOW, buildBundle, buildPolicy, inputFor } from './rego-lab.ts';

async function load(archive: Uint8Array, options?: PolicyOptions): Promise<Judge> {
  const bundle = readBundle(archive);
  return createJudge(await loadPolicy(bundle, options), {
    bundleDigest: bundle.contentDigest,
    revision: bundle.revision,
  });
}

const MISCHIEF = `decision := ${ALLOW} if input.action.name == "good"
decision := ${ALLOW} if {
	input.action.name == "loop"
	some a in data.words
	some b in data.words
	some c in data.words
	some d in data.words
	a != b
	count(data.words) == 7
}
decision := ${ALLOW} if {
	input.action.name == "memory"
	count([concat("", [s, t, u]) | some s in data.words; some t in data.words; some u in data.words]) > 0
}
decision := ${ALLOW} if {
	input.action.name == "throws"
	strings.any_prefix_match("boom", "b")
}
decision := ${ALLOW} if {
	input.action.name == "two"
}
decision := object.union(${ALLOW}, {"tier": "B"}) if {
	input.action.name == "two"
}
decision := object.union(${ALLOW}, {"outcome": "sure"}) if input.action.name == "outcome"
decision := object.remove(${ALLOW}, {"tier"}) if input.action.name == "missing"
decision := object.union(${ALLOW}, {"mood": "fine"}) if input.action.name == "extra"
decision := "allow" if input.action.name == "text"
decision := true if input.action.name == "true"
decision := object.union(${ALLOW}, {"environment": time.format(time.now_ns())}) if input.action.name == "now"`;

const BUILTINS = {
  'strings.any_prefix_match': (): boolean => {
    throw new TypeError('the host is out of order');
  },
};

describe('one call that the policy cannot judge is denied with the reason, and the others are served', () => {
  let judge: Judge;
  beforeAll(async () => {
    const words = Array.from({ length: 100 }, (_, index) => `${index}`.padStart(60, 'x'));
    const archive = await buildPolicy(MISCHIEF, JSON.stringify({ words }));
    judge = await load(archive, { memoryMiB: 16, builtins: BUILTINS, fuel: 4_000_000 });
  });

  it.each([
    ['loop', 'policy/fuel', 'the policy was stopped after 4000000 loop turns and function entries (policy/fuel)'],
    ['memory', 'policy/memory', 'the policy needs more memory than evaluation.memory allows (policy/memory)'],
    ['throws', 'policy/fault', 'the policy failed: the host is out of order (policy/fault)'],
    ['two', 'policy/fault', expect.stringMatching(/main\.rego:\d+:1: var assignment conflict/)],
    ['outcome', 'policy/nonsense', expect.stringContaining('outcome is "sure", expected one of allow, hold, deny')],
    ['missing', 'policy/nonsense', expect.stringContaining('the decision.tier is missing')],
    ['extra', 'policy/nonsense', expect.stringContaining('the decision.mood is "fine", expected no such field')],
    ['text', 'policy/nonsense', expect.stringContaining('the decision is "allow", expected an object')],
    ['true', 'policy/nonsense', expect.stringContaining('the decision is true, expected an object')],
  ])('%s', (name, code, message) => {
    for (let round = 0; round < 3; round += 1) {
      const { verdict, fault } = judge.judge(inputFor(name));
      expect(fault?.code).toBe(code);
      expect(verdict).toEqual({
        ...{
          outcome: 'deny',
          tier: 'C',
          environment: 'unknown',
          warnings: [],
          holds: [],
          obligations: [],
          advice: undefined,
        },
        reasons: [{ rule: 'gate/policy-fault', message, fix: expect.any(String) }],
      });
      expect(judge.judge(inputFor('good')).verdict.outcome).toBe('allow');
      expect(judge.judge(inputFor('neither')).verdict.outcome).toBe('deny');
    }
  });

  it('a runaway loop always costs all its fuel, and a good call always the same', () => {
    expect(judge.judge(inputFor('loop')).fuel).toBe(4_000_000);
    expect(new Set([1, 2, 3].map(() => judge.judge(inputFor('good')).fuel)).size).toBe(1);
  });

  it('sees no time but that of the call', () => {
    const seen = ['2026-03-02T10:00:00.123Z', '1999-12-31T23:59:59.000Z'].map(
      (time) => judge.judge(inputFor('now', time)).verdict.environment,
    );
    expect(seen).toEqual(['2026-03-02T10:00:00.123Z', '1999-12-31T23:59:59Z']);
  });

  it.each(['', 'null', '0', 'false', '""', '[]', '{', '{"call": {}}'])(
    'the input %j is a fault, not an absent one',
    (text) => {
      const { verdict, fault } = judge.judge(text);
      expect([verdict.outcome, fault?.code]).toEqual(['deny', 'policy/fault']);
    },
  );

  it('judges a recorded input from its text as it judged the input', () => {
    expect(judge.judge(canonicalJson(inputFor('good')))).toEqual(judge.judge(inputFor('good')));
  });

  it('an input over 16 KiB is denied before it is judged', () => {
    const input = inputFor('x'.repeat(16 * 1024));
    const { verdict, fuel } = judge.judge(input);
    expect([verdict.outcome, verdict.reasons.map(({ rule }) => rule), fuel]).toEqual([
      'deny',
      ['gate/input-too-large'],
      0,
    ]);
    expect(judge.judge(inputFor('ä'.repeat(8000))).verdict.reasons.map(({ rule }) => rule)).toEqual([
      'gate/input-too-large',
    ]);
  });

  it('a deeply nested input is judged or denied, never more', () => {
    const deep = `${'['.repeat(7000)}${']'.repeat(7000)}`;
    const text = JSON.stringify(inputFor('good')).replace('"args":{}', `"args":{"deep":${deep}}`);
    expect(['allow', 'deny']).toContain(judge.judge(text).verdict.outcome);
    expect(judge.judge(inputFor('good')).verdict.outcome).toBe('allow');
  });
});

describe('a bundle that cannot run is refused when it is loaded', () => {
  const policy = (rules: string): Promise<Uint8Array> => buildPolicy(rules);

  it.each([
    [
      'a builtin that is missing',
      'decision := 1 if http.send({"url": input.x, "method": "get"}).status_code == 1',
      'lacks: http.send',
    ],
    [
      'a policy that allows what nothing is known of',
      `decision := ${ALLOW} if input`,
      'allows a call of which nothing is known',
    ],
    ['a policy without a verdict', 'decision := 1 if input', 'the decision is 1, expected an object'],
  ])('%s', async (_, rules, why) => {
    await expect(policy(rules).then((archive) => load(archive))).rejects.toMatchObject({
      code: 'bundle/invalid',
      message: expect.stringContaining(why),
    });
  });

  it('a policy without a default decision', async () => {
    const archive = await buildBundle({
      'main.rego': 'package sallyport\n\nimport rego.v1\n\ndecision := 1 if input.never',
    });
    await expect(load(archive)).rejects.toMatchObject({
      code: 'bundle/invalid',
      message: expect.stringContaining('is it undefined'),
    });
  });

  it('a policy that always loops', async () => {
    const loop =
      'decision := 1 if { some x in numbers.range(1, 100000); some y in numbers.range(1, 100000); x * y < 0 }';
    await expect(policy(loop).then((archive) => load(archive))).rejects.toMatchObject({
      code: 'bundle/invalid',
      message: expect.stringContaining('stopped after 10000000'),
    });
  });

  it('another entrypoint', async () => {
    const archive = await buildBundle(
      { 'main.rego': 'package sallyport\n\nimport rego.v1\n\nverdict := 1' },
      { entrypoint: 'sallyport/verdict' },
    );
    await expect(load(archive)).rejects.toMatchObject({
      code: 'bundle/invalid',
      message: expect.stringContaining('it has: sallyport/verdict'),
    });
  });

  it('a truncated module', async () => {
    const bundle = readBundle(await buildPolicy(''));
    const truncated = { ...bundle, wasm: bundle.wasm.subarray(0, bundle.wasm.length - 1000) };
    await expect(loadPolicy(truncated)).rejects.toMatchObject({
      code: 'bundle/invalid',
      message: expect.stringContaining('truncated'),
    });
  });

  it('a module that OPA did not make', async () => {
    const empty = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    await expect(loadPolicy({ wasm: empty, data: {} })).rejects.toMatchObject({
      code: 'bundle/invalid',
      message: expect.stringContaining('does not export opa_eval'),
    });
  });

  it('data that the memory does not hold', async () => {
    const bundle = readBundle(await buildPolicy(''));
    const data = { list: Array.from({ length: 50_000 }, (_, index) => `entry ${index}`) };
    await expect(loadPolicy({ ...bundle, data }, { memoryMiB: 2 })).rejects.toMatchObject({
      code: 'bundle/invalid',
      message: expect.stringContaining('does not fit into evaluation.memory'),
    });
  });

  it.each([
    [{ fuel: 0 }, 'fuel is 0'],
    [{ fuel: 2 ** 31 }, 'fuel is 2147483648'],
    [{ fuel: 1.5 }, 'fuel is 1.5'],
    [{ memoryMiB: 5000 }, 'memoryMiB is 5000'],
  ])('limits of %j', async (options, why) => {
    const bundle = readBundle(await buildPolicy(''));
    await expect(loadPolicy(bundle, options)).rejects.toMatchObject({
      code: 'config/invalid',
      message: expect.stringContaining(why),
    });
  });
});

describe('a policy with much data', () => {
  it('has room to evaluate without growing, so that evaluations stay alike', async () => {
    const list = Array.from({ length: 20_000 }, (_, index) => ({ id: `agent-${index}`, level: index % 6 }));
    const archive = await buildPolicy(
      `decision := ${ALLOW} if data.list[_].id == input.action.name`,
      JSON.stringify({ list }),
    );
    const judge = await load(archive);
    const fuels = ['agent-0', 'agent-19999', 'agent-0'].map((name) => judge.judge(inputFor(name)).fuel);
    expect(fuels[0]).toBe(fuels[2]);
  });

  it('that needs more memory for some calls judges all of them alike, again and again', async () => {
    const words = JSON.stringify({ words: Array.from({ length: 50 }, (_, index) => `${index}`.padStart(1500, 'x')) });
    const heavy = 'count({concat("", [a, b]) | some a in data.words; some b in data.words}) == 2500';
    const archive = await buildPolicy(`decision := ${ALLOW} if { input.action.name == "heavy"; ${heavy} }`, words);
    const judge = await load(archive, { fuel: 200_000_000 });
    const judged = ['light', 'heavy', 'light', 'heavy', 'heavy', 'light'].map((name) => judge.judge(inputFor(name)));
    expect(judged.map(({ verdict }) => verdict.outcome)).toEqual(['deny', 'allow', 'deny', 'allow', 'allow', 'deny']);
    expect(new Set(judged.map(({ fuel }) => fuel)).size).toBe(2);
  });
});
