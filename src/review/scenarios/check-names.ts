import type { YamlPath } from '../../config/yaml-file.ts';
import { pathLabel } from '../../config/yaml-problems.ts';
import { SallyportError } from '../../errors.ts';
import { isObject } from '../../json.ts';
import type { Bench, Seat } from './bench.ts';
import type { Scenario } from './scenario.ts';
import type { ExpectedRules } from './schema/expectation.ts';

/** What the gate refuses by itself, and what the library's main says when rules fail it. */
const OTHER_RULES: ReadonlySet<string> = new Set([
  ...['gate/authority', 'gate/freeze', 'gate/level-zero', 'gate/scope', 'gate/unreadable'],
  ...['gate/input-too-large', 'gate/policy-fault'],
  ...['main/bad-finding', 'main/broken', 'main/default-deny', 'main/no-answer'],
  ...['wire/forbidden-header', 'wire/malformed', 'wire/too-large'],
]);

/**
 * Refuses a scenario that names what the bundle does not have: it would be tested against nothing.
 * @throws SallyportError `config/invalid`, with the line
 */
export function checkNames(file: string, scenario: Scenario, seat: Seat): void {
  const { expect, given } = scenario;
  const lists: readonly (readonly [ExpectedRules | undefined, YamlPath])[] = [
    [expect.rules, ['expect', 'rules']],
    [exactly(expect.fires), ['expect', 'fires']],
    [exactly(expect.not_rules), ['expect', 'not_rules']],
    [expect.policy?.rules, ['expect', 'policy', 'rules']],
  ];
  const known = new Set(seat.probe?.rules.map(({ id }) => id));
  for (const [list, path] of lists) {
    const strange = list?.rules.find((rule) => !known.has(rule) && !OTHER_RULES.has(rule));
    if (strange !== undefined)
      throw unknown(
        file,
        scenario,
        path,
        `in this bundle no rule is called ${JSON.stringify(strange)}`,
        'its rules are in its manifest: `sallyport test --json` lists them under coverage',
      );
  }
  const { environments, runbooks, risk } = seat.settings;
  const places = isObject(environments) && isObject(environments.names) ? environments.names : undefined;
  const { environment } = expect;
  if (
    environment !== undefined &&
    places !== undefined &&
    environment !== 'unknown' &&
    !Object.hasOwn(places, environment)
  )
    throw unknown(
      file,
      scenario,
      ['expect', 'environment'],
      `in this bundle no environment is called ${JSON.stringify(environment)}`,
      `it has ${Object.keys(places).join(', ')}`,
    );
  const budgets = given.state.spent.services ?? {};
  const underWay = given.state.counts.under_way?.services ?? {};
  const services = servicesOf(scenario);
  for (const [named, path] of [
    [budgets, ['state', 'spent', 'services']],
    [underWay, ['state', 'counts', 'under_way', 'services']],
  ] as const) {
    const strange = Object.keys(named).find((name) => !services.includes(name));
    if (strange !== undefined)
      throw unknown(
        file,
        scenario,
        [...path, strange],
        `${strange} is no service of this call`,
        'name it by facts.service too',
      );
  }
  const { runbook } = given.claims;
  const isCase = scenario.runbook !== undefined;
  if (
    isCase &&
    runbook !== undefined &&
    runbook !== 'unknown' &&
    isObject(runbooks) &&
    !Object.hasOwn(runbooks, runbook)
  )
    throw unknown(
      file,
      scenario,
      ['claims', 'runbook'],
      `in this bundle no runbook is called ${JSON.stringify(runbook)}`,
      `it has ${Object.keys(runbooks).join(', ')}`,
    );
  const escalations = isObject(risk) && isObject(risk.escalations) ? risk.escalations : undefined;
  const { escalates } = given.facts;
  const odd = Array.isArray(escalates)
    ? escalates.find((name) => escalations !== undefined && !Object.hasOwn(escalations, name))
    : undefined;
  if (odd !== undefined)
    throw unknown(
      file,
      scenario,
      ['facts', 'escalates'],
      `in this bundle no escalation is called ${JSON.stringify(odd)}`,
      'risk.yaml lists them under escalations',
    );
}

/** What the labels name: of other services the gate tells nothing. */
function servicesOf({ given: { facts, route } }: Scenario): readonly (string | undefined)[] {
  return [facts.service, facts.labels?.namespace?.service, facts.labels?.object?.service, route.service];
}

/** As `checkNames`, for what the policy has to be loaded with. */
export function checkSettings(file: string, scenario: Scenario, bench: Bench): void {
  const [problem] = bench.wrongSettings(scenario.given.settings ?? {});
  if (problem === undefined) return;
  const { line, column } = scenario.placeOf(['settings', ...problem.path]);
  const where = pathLabel(['settings', ...problem.path]);
  throw new SallyportError(
    'config/invalid',
    `${file}:${line}:${column}: ${scenario.name}: ${where}: ${problem.message}`,
  );
}

function exactly(rules: readonly string[] | undefined): ExpectedRules | undefined {
  return rules === undefined ? undefined : { exact: true, rules };
}

function unknown(file: string, scenario: Scenario, path: YamlPath, what: string, fix: string): SallyportError {
  const { line, column } = scenario.placeOf(path);
  return new SallyportError('config/invalid', `${file}:${line}:${column}: ${scenario.name}: ${what}`, {
    fix,
  });
}
