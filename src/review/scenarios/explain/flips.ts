import type { YamlPath } from '../../../config/yaml-file.ts';
import { valueAt } from '../../../config/yaml-problems.ts';
import type { Outcome } from '../../../decide/verdict.ts';
import { canonicalJson, isObject, type Json, type JsonObject } from '../../../json.ts';
import type { Seat } from '../bench.ts';
import type { CallWriter } from '../calls/call-writer.ts';
import { checkScenario } from '../check-scenario.ts';
import { type Ran, runScenario } from '../run-scenario.ts';
import type { Scenario } from '../scenario.ts';
import type { Given } from '../schema/given.ts';

/** One thing that, if it were different, would change what becomes of the call. */
export interface Flip {
  /** The field of the case, as a matrix names it. */
  readonly field: string;
  readonly value: Json;
  readonly outcome: Outcome;
  /** What the scenario expects would come of it. */
  readonly asExpected: boolean;
}

/** Judges the scenario again with one thing after another different, and gives those that change its outcome. */
export function findFlips(scenario: Scenario, ran: Ran, seat: Seat, writer: CallWriter): readonly Flip[] {
  const bare: Seat = { ...seat, probe: undefined };
  const flips = alternatives(scenario.given, seat.settings).flatMap(({ path, value, given }) => {
    const other = runScenario(given, bare, writer);
    const outcome = other.decision.did;
    if (outcome === ran.decision.did) return [];
    const asExpected = checkScenario(scenario.expect, other).length === 0;
    return [{ field: path.join('.'), value, outcome, asExpected }];
  });
  // The less that has to change, the more it says.
  return flips.filter(
    ({ field, outcome }) => !flips.some((less) => less.outcome === outcome && less.field.startsWith(`${field}.`)),
  );
}

/** `would be allowed if agent.level were 4 or 5` */
export function flipLines(flips: readonly Flip[]): readonly string[] {
  const groups = Map.groupBy(flips, ({ field, outcome }) => `${ORDER.indexOf(outcome)} ${field}`);
  return [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, members]) => {
      const [first] = members;
      const values = members
        .map(({ value }) => (typeof value === 'string' ? value : JSON.stringify(value)))
        .join(' or ');
      return first === undefined ? '' : `would be ${DONE[first.outcome]} if ${first.field} were ${values}`;
    });
}

/** The one that would make it pass, else the first that makes a difference. */
export function nearestHint(flips: readonly Flip[]): string | undefined {
  const flip = flips.find(({ asExpected }) => asExpected);
  if (flip === undefined) return undefined;
  return `it would pass if ${flip.field} were ${typeof flip.value === 'string' ? flip.value : JSON.stringify(flip.value)}`;
}

const ORDER: readonly Outcome[] = ['allow', 'hold', 'deny'];
const DONE: Readonly<Record<Outcome, string>> = { allow: 'allowed', hold: 'held', deny: 'denied' };
const HOUR = 3_600_000;

interface Alternative {
  readonly path: YamlPath;
  readonly value: Json;
  readonly given: Given;
}

function alternatives(given: Given, settings: JsonObject): readonly Alternative[] {
  return [...candidates(given, settings)].flatMap(([path, value]) => {
    const there = valueAt(given, path);
    if (there !== undefined && canonicalJson(JSON.parse(JSON.stringify(there))) === canonicalJson(value)) return [];
    return [{ path, value, given: withValue(given, path, value) }];
  });
}

/** The values that each field might as well have: those that the settings and the format know. */
function* candidates(given: Given, settings: JsonObject): Generator<readonly [path: YamlPath, value: Json]> {
  for (const level of [0, 1, 2, 3, 4, 5]) yield [['agent', 'level'], level];
  yield [['agent', 'narrowed'], []];
  yield [['agent', 'scope'], EVERYTHING];
  for (const name of namesIn(settings.environments, 'names')) yield [['facts', 'environment'], name];
  if (given.route.environment !== 'none')
    for (const name of ['none', ...namesIn(settings.environments, 'names')]) yield [['route', 'environment'], name];
  for (const label of ['service', 'tier', 'team', 'regulated']) {
    yield [['facts', label], 'none'];
    yield [['facts', label], 'unknown'];
  }
  if (isObject(given.facts.blast))
    for (const [name, value] of Object.entries(SMALL)) yield [['facts', 'blast', name], value];
  yield [['facts', 'blast'], SMALL];
  yield [['facts', 'blast'], 'unknown'];
  yield [['facts', 'escalates'], []];
  yield [['facts', 'escalates'], 'unknown'];
  for (const how of ['inverse', 'not_needed']) yield [['facts', 'way_back'], { how, exact: true, captured: true }];
  yield [['facts', 'way_back'], { how: 'none', exact: true, captured: true }];
  yield [['facts', 'touches_authority'], false];
  for (const name of ['unknown', ...Object.keys(isObject(settings.runbooks) ? settings.runbooks : {})])
    yield [['claims', 'runbook'], name];
  for (const confidence of [0, 1]) yield [['claims', 'confidence'], confidence];
  yield [['state', 'freezes'], []];
  yield [['state', 'counts'], {}];
  yield [['state', 'spent'], {}];
  yield [['state', 'failures'], 0];
  yield [['state', 'unknown'], []];
  yield [
    ['state', 'can'],
    ['notify', 'capture', 'verify', 'canary', 'fallback', 'dry-run-first', 'as-dry-run'],
  ];
  for (const hours of [-12, -6, 6, 12, 24, 48, 72]) {
    yield [['time'], new Date(Date.parse(given.time) + hours * HOUR).toISOString()];
  }
  if (/^kubectl /.test(given.call) && !/--dry-run|\s--\s/.test(given.call))
    yield [['call'], `${given.call} --dry-run=server`];
}

const SMALL: JsonObject = {
  known: true,
  objects: 1,
  replicas: 1,
  pods: 1,
  share: 0.1,
  namespaces: 1,
  scope: 'object',
  open: false,
};
const EVERYTHING: JsonObject = Object.fromEntries(
  ['routes', 'environments', 'services', 'teams', 'namespaces', 'accounts', 'tools'].map((name) => [name, ['*']]),
);

function namesIn(settings: Json | undefined, key: string): readonly string[] {
  const names = isObject(settings) ? settings[key] : undefined;
  return isObject(names) ? Object.keys(names) : [];
}

/** The case with another value at one place; the values above are of the shape that the fields have. */
function withValue<Whole extends object>(whole: Whole, [step, ...rest]: YamlPath, value: Json): Whole {
  if (step === undefined) return whole;
  const inner: unknown = Reflect.get(whole, step);
  const replaced =
    rest.length === 0 ? value : withValue(typeof inner === 'object' && inner !== null ? inner : {}, rest, value);
  return { ...whole, [step]: replaced };
}
