import { afterAll, describe, expect, it } from 'vitest';
import { suiteFolder } from './suite-file.ts';

const suites = suiteFolder();
afterAll(() => suites.remove());

const head = 'suite: S\ndefaults: {time: 2026-11-18T10:00:00Z}\ncases:\n';

describe('a suite', () => {
  it('merges the defaults into each case, member by member', () => {
    const { title, scenarios } = suites.read(`
suite: Restarts
defaults:
  time: 2026-11-18T10:00:00Z
  agent: {level: 3, team: web}
  facts: {blast: {objects: 1, pods: 3}, escalates: [image]}
cases:
  - name: one
    call: kubectl get pods
    agent: {level: 4}
    facts: {blast: {pods: 5}, escalates: []}
    expect: {outcome: allow}
`);
    const [scenario] = scenarios;
    expect([title, scenario?.name, scenario?.line]).toEqual(['Restarts', 'one', 8]);
    expect(scenario?.given.agent).toMatchObject({ level: 4, team: 'web', id: 'agent' });
    expect(scenario?.given.facts).toMatchObject({
      escalates: [],
      blast: { objects: 1, pods: 5, namespaces: 1, open: false },
    });
    expect(scenario?.expect.outcome).toEqual(['allow']);
  });

  it('lays a matrix out, and gives each cell the first row that fits', () => {
    const { scenarios } = suites.read(`${head}
  - name: m
    call: kubectl get pods
    matrix: {agent.level: [0, 1, 5], facts.environment: [dev, prod]}
    expect:
      - {when: {agent.level: [0, 1], facts.environment: prod}, outcome: deny}
      - {when: {agent.level: 0}, outcome: hold}
      - {outcome: allow}
`);
    expect(
      scenarios.map(({ name, given, expect: wanted, expectLine }) => [
        name,
        given.agent.level,
        given.facts.environment,
        wanted.outcome[0],
        expectLine,
      ]),
    ).toEqual([
      ['m [agent.level=0, facts.environment=dev]', 0, 'dev', 'hold', 10],
      ['m [agent.level=0, facts.environment=prod]', 0, 'prod', 'deny', 9],
      ['m [agent.level=1, facts.environment=dev]', 1, 'dev', 'allow', 11],
      ['m [agent.level=1, facts.environment=prod]', 1, 'prod', 'deny', 9],
      ['m [agent.level=5, facts.environment=dev]', 5, 'dev', 'allow', 11],
      ['m [agent.level=5, facts.environment=prod]', 5, 'prod', 'allow', 11],
    ]);
  });

  it('makes tests of a runbook, one for each call and each missing piece of evidence', () => {
    const { scenarios } = suites.read(`${head}
  - name: r
    runbook: restart
    alert: {name: Crash, severity: page, class: crash, labels: {service: web}}
    evidence: {reason: it crashes, confidence: 0.9}
    permitted: [kubectl rollout restart deployment/web]
    refused:
      - {name: not the pod, call: kubectl delete pod web-1, agent: {level: 5}}
    escalates:
      - {name: blind, without: [reason, confidence]}
      - {name: unsure, evidence: {confidence: 0.2}, expect: {outcome: deny}}
`);
    const restart = 'kubectl rollout restart deployment/web';
    expect(
      scenarios.map(({ name, given: { call, claims }, expect: wanted }) => [
        name,
        call,
        claims.reason,
        claims.confidence,
        wanted.outcome,
      ]),
    ).toEqual([
      [`r: permitted: ${restart}`, restart, 'it crashes', 0.9, ['allow']],
      ['r: refused: not the pod', 'kubectl delete pod web-1', 'it crashes', 0.9, ['hold', 'deny']],
      [`r: escalates: blind: without reason: ${restart}`, restart, 'unknown', 0.9, ['hold']],
      [`r: escalates: blind: without confidence: ${restart}`, restart, 'it crashes', 'unknown', ['hold']],
      [`r: escalates: unsure: ${restart}`, restart, 'it crashes', 0.2, ['deny']],
    ]);
    expect(scenarios.map(({ given: { claims } }) => [claims.runbook, claims.alert, claims.incident_class])).toEqual(
      scenarios.map(() => ['restart', 'Crash', 'crash']),
    );
  });
});

describe('what is wrong is told with its line', () => {
  const one = (fields: string): string => `${head}  - {name: a, call: kubectl get pods, ${fields}}\n`;
  it.each<readonly [string, string, readonly string[]]>([
    ['no case', 'suite: S\ncases: []\n', ['2:8: cases: expected at least one case, got a list']],
    ['no title', 'cases: [{name: a}]\n', ['1:1: suite: missing; expected the title of the suite']],
    ['nothing expected', one('agent: {}'), ['4:5: cases[0]: "a" expects nothing; give it expect:']],
    [
      'no outcome',
      one('expect: {tier: A}'),
      ['4:47: cases[0].expect.outcome: missing; expected allow, hold, deny, or a list of them'],
    ],
    [
      'a field that there is not',
      one('fakts: {}, expect: {outcome: allow}'),
      ['4:39: cases[0].fakts: unknown key; did you mean facts?'],
    ],
    [
      'a fact that there is not',
      one('facts: {blast: {podz: 1}}, expect: {outcome: allow}'),
      ['4:55: cases[0].facts.blast.podz: unknown key; did you mean pods?'],
    ],
    [
      'a level that there is not',
      one('agent: {level: 6}, expect: {outcome: allow}'),
      ['4:54: cases[0].agent.level: expected a level from 0 to 5, got 6'],
    ],
    [
      'an outcome that there is not',
      one('expect: {outcome: permit}'),
      ['4:57: cases[0].expect.outcome: expected allow, hold, deny, or a list of them, got "permit"'],
    ],
    [
      'an obligation that there is not',
      one('expect: {outcome: allow, obligations: [shout]}'),
      [
        '4:77: cases[0].expect.obligations: expected a list of notify, capture, verify, canary, fallback, dry-run-first, as-dry-run, or a mapping of them to their parameters, got a list',
      ],
    ],
    [
      'a label of another kind',
      one('facts: {environment: [dev]}, expect: {outcome: allow}'),
      ['4:60: cases[0].facts.environment: expected a label value, none or unknown, got a list'],
    ],
    [
      'a time that there is not',
      'suite: S\ncases:\n  - {name: a, call: kubectl get pods, time: 2026-02-30, expect: {outcome: allow}}\n',
      [
        '3:45: cases[0].time: expected a date like 2026-12-01 or an RFC 3339 time like 2026-12-01T18:00:00Z, got "2026-02-30"',
      ],
    ],
    [
      'no time',
      'suite: S\ncases:\n  - {name: a, call: kubectl get pods, expect: {outcome: allow}}\n',
      ['3:5: cases[0]: time: missing; expected a date like 2026-12-01 or an RFC 3339 time like 2026-12-01T18:00:00Z'],
    ],
    [
      'two cases of one name',
      `${one('expect: {outcome: allow}')}  - {name: a, call: kubectl get pods, expect: {outcome: deny}}\n`,
      ['5:12: cases[1].name: the name of cases[0] too'],
    ],
    [
      'a mistake in the defaults',
      'suite: S\ndefaults: {time: 2026-11-18T10:00:00Z, agent: {levl: 1}}\ncases:\n  - {name: a, call: x, expect: {outcome: allow}}\n  - {name: b, call: x, expect: {outcome: allow}}\n',
      ['2:48: defaults.agent.levl: unknown key; did you mean level?'],
    ],
    [
      'a row that no cell comes to',
      one('matrix: {agent.level: [0]}, expect: [{outcome: allow}, {when: {agent.level: 0}, outcome: deny}]'),
      ['4:94: cases[0].expect[1]: no cell comes to this row'],
    ],
    [
      'a cell without a row',
      one('matrix: {agent.level: [0, 1]}, expect: [{when: {agent.level: 0}, outcome: deny}]'),
      ['4:70: cases[0].expect: no row for the cell agent.level=1'],
    ],
    [
      'a row for an axis that there is not',
      one('matrix: {agent.level: [0]}, expect: [{when: {agent.lvl: 0}, outcome: deny}, {outcome: allow}]'),
      [
        '4:76: cases[0].expect[0]: no cell comes to this row',
        '4:84: cases[0].expect[0].when.agent.lvl: no field of the matrix; it has agent.level',
      ],
    ],
    [
      'a row for a value that no cell has',
      one('matrix: {agent.level: [0]}, expect: [{when: {agent.level: [0, 9]}, outcome: deny}]'),
      ['4:97: cases[0].expect[0].when.agent.level: the matrix never takes the value 9'],
    ],
    [
      'an axis that is no field',
      one('matrix: {level: [0]}, expect: {outcome: deny}'),
      [
        '4:48: cases[0].matrix.level: no field of a case; expected one of call, object, body, headers, time, agent, reverts, route, claims, signals, facts, state, settings, and what is in it',
      ],
    ],
    [
      'an axis that is no field of the agent',
      one('matrix: {agent.levl: [0]}, expect: {outcome: deny}'),
      ['4:61: cases[0].matrix.agent.levl[0]: unknown key; did you mean level?'],
    ],
    [
      'a value of an axis twice',
      one('matrix: {agent.level: [0, 0]}, expect: {outcome: deny}'),
      ['4:48: cases[0].matrix.agent.level: a value is listed twice'],
    ],
    [
      'an axis without values',
      one('matrix: {agent.level: []}, expect: {outcome: deny}'),
      ['4:48: cases[0].matrix.agent.level: expected a list of values'],
    ],
    [
      'evidence outside of a runbook',
      one('evidence: {reason: x}, expect: {outcome: deny}'),
      ['4:39: cases[0].evidence: belongs to a case with a runbook'],
    ],
    [
      'a runbook that tests nothing',
      `${head}  - {name: a, runbook: r, alert: {name: x}}\n`,
      ['4:5: cases[0]: a case with a runbook needs permitted, refused or escalates'],
    ],
    [
      'a runbook without an alert',
      `${head}  - {name: a, runbook: r, permitted: [kubectl get pods]}\n`,
      ['4:5: cases[0].alert: missing; expected a mapping with name, severity, class, labels'],
    ],
    [
      'evidence that there is not',
      `${head}  - {name: a, runbook: r, alert: {name: x}, evidence: {gut: feeling}, permitted: [kubectl get pods]}\n`,
      [
        '4:56: cases[0].evidence.gut: unknown key; expected one of reason, incident, intent, confidence, plan, links, success_signal',
      ],
    ],
    [
      'a call that is listed twice',
      `${head}  - {name: a, runbook: r, alert: {name: x}, permitted: [kubectl get pods, kubectl get pods]}\n`,
      ['4:75: cases[0].permitted[1]: "a: permitted: kubectl get pods" is tested twice; give one of them a name'],
    ],
  ])('%s', (_, text, wrong) => {
    expect(suites.problems(text)).toEqual(wrong);
  });
});
