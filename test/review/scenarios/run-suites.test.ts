import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readBundle } from '../../../src/decide/bundle.ts';
import { messageOf, SallyportError } from '../../../src/errors.ts';
import { Bench } from '../../../src/review/scenarios/bench.ts';
import type { TestResult } from '../../../src/review/scenarios/result.ts';
import { runSuites, type SuitesRun } from '../../../src/review/scenarios/run-suites.ts';
import { ROOT } from '../library.ts';
import { suiteFolder } from './suite-file.ts';

// On the committed bundle.

const suites = suiteFolder();
afterAll(() => suites.remove());

const bundle = readBundle(readFileSync(join(ROOT, 'bundles/sallyport.tar.gz')));
const bench = new Bench({ library: bundle });

function run(text: string): Promise<SuitesRun> {
  const files = [suites.write('suite.yaml', text)];
  return runSuites({ bench, files, filter: undefined, explain: false, tracing: undefined });
}
const failures = (tests: readonly TestResult[]): readonly (readonly string[])[] =>
  tests.map(({ why }) => why.filter((line) => !line.startsWith('hint: ')));

const codeOf = (error: unknown): unknown => (error instanceof SallyportError ? error.code : error);

const HEAD = `suite: Mine
defaults:
  time: 2026-11-18T10:00:00Z
  facts: {environment: prod, blast: {objects: 1, pods: 3}, way_back: inverse, escalates: []}
cases:
`;
const SCALE = `${HEAD}  - name: scaling in production
    call: kubectl scale deployment/web --replicas=4 -n shop
    agent: {level: 1}
    expect: `;

describe('what came otherwise is told', () => {
  it.each<readonly [string, string]>([
    ['{outcome: [allow, hold]}', 'outcome: expected ["allow","hold"], got deny'],
    ['{outcome: deny, by: gate}', 'by: expected gate, got policy'],
    ['{outcome: deny, tier: C}', 'tier: expected C, got B'],
    ['{outcome: deny, environment: dev}', 'environment: expected dev, got prod'],
    ['{outcome: deny, rules: []}', 'rules: expected [], got ["level/table"]'],
    [
      '{outcome: deny, rules: {includes: [windows/open]}}',
      'rules: expected {"includes":["windows/open"]}, got ["level/table"]',
    ],
    ['{outcome: deny, fires: [windows/open]}', 'fires: expected ["windows/open"], got ["level/table"]'],
    ['{outcome: deny, not_rules: [level/table]}', 'not_rules: expected ["level/table"], got ["level/table"]'],
    ['{outcome: deny, obligations: [notify]}', 'obligations: expected ["notify"], got []'],
    ['{outcome: deny, holds: [{kind: people}]}', 'holds: expected [{"kind":"people"}], got []'],
    [
      '{outcome: deny, message: [level 1, level 9]}',
      expect.stringMatching(/^message: expected \["level 9"\], got \["level 1 /),
    ],
    [
      '{outcome: deny, fix: nothing}',
      'fix: expected ["nothing"], got ["level 2 (assisted) could do it with the approval of 1 person of production"]',
    ],
    ['{outcome: deny, warning: nothing}', 'warning: expected ["nothing"], got []'],
    ['{outcome: deny, advice: none}', 'advice: expected none, got {"level":2,"outcome":"hold"}'],
    ['{outcome: deny, advice: {level: 3}}', 'advice: expected {"level":3}, got {"level":2,"outcome":"hold"}'],
    [
      '{outcome: deny, policy: {rules: [windows/open]}}',
      'policy.rules: expected ["windows/open"], got ["level/table"]',
    ],
    ['{outcome: deny, policy: {outcome: hold}}', 'policy.outcome: expected hold, got deny'],
  ])('%s', async (expected, told) => {
    const { tests } = await run(`${SCALE}${expected}\n`);
    expect(failures(tests)).toEqual([[told]]);
  });

  it('and when it came as expected, nothing is', async () => {
    const { tests } = await run(
      `${SCALE}{outcome: [hold, deny], by: policy, tier: B, environment: prod, rules: [level/table], fires: [level/table], not_rules: [windows/open], obligations: [], holds: [], message: level 1, advice: {level: 2, outcome: hold}, policy: {outcome: deny, rules: {includes: [level/table]}}}\n`,
    );
    expect(tests.map(({ passed, why, got }) => [passed, why, got?.action])).toEqual([
      [true, [], 'kubernetes:deployments.apps/scale:patch'],
    ]);
  });

  it('holds are compared one by one', async () => {
    const hold = (holds: string): string =>
      `${SCALE.replace('level: 1', 'level: 2')}{outcome: hold, holds: ${holds}}\n`;
    const [one, other] = await Promise.all([
      run(hold('[{kind: people, key: people, people: 1, groups: [production]}]')).then(({ tests }) => failures(tests)),
      run(hold('[{people: 1}, {people: 1}]')).then(({ tests }) => failures(tests)),
    ]);
    expect([one, other]).toEqual([
      [[]],
      [
        [
          'holds: expected [{"people":1},{"people":1}], got [{"kind":"people","key":"people","groups":["production"],"until":"","people":1}]',
        ],
      ],
    ]);
  });

  it('what a call would need to pass is found by judging it again', async () => {
    const { tests } = await run(`${SCALE}{outcome: hold}\n`);
    expect(tests[0]?.why).toEqual(['outcome: expected hold, got deny', 'hint: it would pass if agent.level were 2']);
  });
});

describe('a name that the bundle does not know stops the run, with its line', () => {
  it.each<readonly [string, string, string]>([
    [
      'a rule',
      `${SCALE}{outcome: deny, rules: [level/tabel]}\n`,
      '9:36: scaling in production: in this bundle no rule is called "level/tabel"',
    ],
    [
      'a rule that is to be silent',
      `${SCALE}{outcome: deny, not_rules: [level/tabel]}\n`,
      '9:40: scaling in production: in this bundle no rule is called "level/tabel"',
    ],
    [
      'an environment',
      `${SCALE}{outcome: deny, environment: moon}\n`,
      '9:42: scaling in production: in this bundle no environment is called "moon"',
    ],
    [
      'an escalation',
      `${SCALE}{outcome: deny}\n`.replace('escalates: []', 'escalates: [root]'),
      '4:90: scaling in production: in this bundle no escalation is called "root"',
    ],
    [
      'a runbook',
      `${HEAD}  - {name: r, runbook: dance, alert: {name: a}, permitted: [kubectl get pods]}\n`,
      '6:24: r: permitted: kubectl get pods: in this bundle no runbook is called "dance"',
    ],
    [
      'a section of the settings',
      `${SCALE}{outcome: deny}\n`.replace('agent: {level: 1}', 'settings: {limit: {}}'),
      '8:23: scaling in production: settings.limit: there is no setting "limit" in this bundle',
    ],
    [
      'a setting',
      `${SCALE}{outcome: deny}\n`.replace('agent: {level: 1}', 'settings: {limits: {refus: {}}}'),
      '8:32: scaling in production: settings.limits.refus: unknown key; did you mean refuse?',
    ],
    [
      'a service that no label names',
      `${SCALE}{outcome: deny}\n`.replace('agent: {level: 1}', 'state: {spent: {services: {shop: {prod: {pods: 1}}}}}'),
      '8:38: scaling in production: shop is no service of this call',
    ],
    [
      'a command',
      `${SCALE}{outcome: deny}\n`.replace('kubectl scale', 'kubectl resize'),
      '7:11: scaling in production: kubectl: the command "resize" is not known here',
    ],
  ])('%s', async (_, text, told) => {
    const error: unknown = await run(text).catch((thrown: unknown) => thrown);
    expect([codeOf(error), messageOf(error).replace(/^.*suite\.yaml:|; known are .*$/g, '')]).toEqual([
      'config/invalid',
      told,
    ]);
  });
});

describe('coverage counts what each rule did, also where the verdict does not show it', () => {
  it('fired and silent, by effect', async () => {
    const { coverage } = await run(`${HEAD}  - name: by level
    call: kubectl delete networkpolicy deny-all -n shop
    matrix: {agent.level: [1, 2, 4]}
    expect:
      - {when: {agent.level: 1}, outcome: deny}
      - {outcome: hold}
`);
    const of = (id: string) => coverage?.rules.find(({ rule }) => rule === id);
    // Under the denial of level 1 the hold is not to be seen, but it is there.
    expect(of('risk/review')).toMatchObject({ fired: 3, silent: 0, effects: { hold: 3 } });
    expect(of('level/table')).toMatchObject({ fired: 3, effects: { deny: 1, hold: 2, grant: 0 } });
    expect(of('windows/open')).toMatchObject({ fired: 0, silent: 3, missing: ['no scenario in which it fires'] });
    expect(of('authority/reserved')).toMatchObject({ fired: 0, silent: 3 });
  });
});

describe('the gate is asked as it asks itself', () => {
  it.each<readonly [string, string]>([
    [
      'level 0, whatever the settings say',
      '{agent: {level: 0}, settings: {levels: {"0": {cells: {read: {do: allow}}}}}, call: kubectl get pods, expect: {outcome: deny, by: gate, rules: [gate/level-zero], policy: {outcome: allow}}}',
    ],
    [
      'shadow mode',
      '{agent: {level: 1}, route: {shadow: 2027-01-01}, call: kubectl delete pod a, expect: {outcome: allow, by: shadow, policy: {outcome: deny}}}',
    ],
    [
      'shadow mode that is over',
      '{agent: {level: 1}, route: {shadow: 2026-11-18}, call: kubectl delete pod a, expect: {outcome: deny, by: policy}}',
    ],
    [
      'claims come by their headers',
      '{agent: {level: 4}, claims: {confidence: 0.1234567}, call: kubectl get pods, expect: {outcome: allow}}',
    ],
    [
      'headers of the gate',
      '{headers: {Sallyport-Decision: x}, call: GET /api, expect: {outcome: deny, by: gate, rules: [wire/forbidden-header]}}',
    ],
  ])('%s', async (name, text) => {
    const { tests } = await run(`${HEAD}  - ${text.replace('{', `{name: ${JSON.stringify(name)}, `)}\n`);
    expect(failures(tests)).toEqual([[]]);
  });
});
