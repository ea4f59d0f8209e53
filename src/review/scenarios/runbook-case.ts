import { z } from 'zod';
import { mapping, text } from '../../config/values.ts';
import type { YamlPath } from '../../config/yaml-file.ts';
import { problemsOf } from '../../config/yaml-problems.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import { type CasePart, mappingAt, only, type Variant } from './case-part.ts';
import type { Layer } from './layers.ts';
import { claimsSchema } from './schema/caller.ts';
import { GIVEN } from './schema/given.ts';

const FIELDS = Object.keys(GIVEN);
const CALL = ['name', ...FIELDS, 'evidence', 'without', 'expect'];
const EVIDENCE = Object.keys(claimsSchema.shape).filter((key) => !['runbook', 'alert', 'incident_class'].includes(key));

/** What starts a runbook: the alert that fires. Only its name and class reach the policy, as claims of the agent. */
const alertSchema = mapping({
  name: text('the name of the alert'),
  severity: text('the severity').optional(),
  class: text('the class of the incident').optional(),
  labels: z.record(z.string(), text('text'), { error: 'a mapping of labels' }).optional(),
});

/** What is expected of each list of calls when a call does not say itself. */
const EXPECTED = {
  permitted: { outcome: 'allow' },
  refused: { outcome: ['hold', 'deny'] },
  escalates: { outcome: 'hold' },
} as const;

/**
 * The tests of a runbook's case: under the claims that its alert and evidence make, each call that is permitted passes, each
 * that is refused does not, and what escalates is held for people.
 */
export function runbookVariants(part: CasePart): readonly Variant[] {
  const { given, layers, at, problems } = part;
  for (const key of ['matrix', 'expect', 'call'])
    if (given[key] !== undefined)
      problems.push({
        path: [...at, key],
        at: 'key',
        message: 'does not go with runbook:; calls are listed under permitted, refused, escalates',
      });
  if (given.permitted === undefined && given.refused === undefined && given.escalates === undefined)
    problems.push({ path: at, at: 'value', message: 'a case with a runbook needs permitted, refused or escalates' });
  const claims = [...layers, ...claimLayers(part)];
  const calls = entriesOf(given.permitted);
  return [
    ...listed(part, claims, 'permitted'),
    ...listed(part, claims, 'refused'),
    ...entriesOf(given.escalates).flatMap((one, index) => {
      const where = [...at, 'escalates', index];
      const entry = mappingAt(one, where, CALL, problems);
      if (typeof entry.name !== 'string')
        problems.push({ path: where, at: 'value', message: 'what escalates needs a name: why people are asked' });
      // What makes it escalate is said once for all calls that would pass otherwise.
      const bases: readonly (readonly [Json | undefined, YamlPath])[] =
        entry.call === undefined
          ? calls.map((call, nth) => [call, [...at, 'permitted', nth]] as const)
          : [[undefined, where]];
      if (bases.length === 0)
        problems.push({ path: where, at: 'value', message: 'needs a call, as there is none permitted' });
      return bases.flatMap(([base, baseAt]) => {
        const under = base === undefined ? [] : callLayers(base, baseAt, part);
        return withouts(entry).map(([missing, gap]) =>
          variant(
            part,
            'escalates',
            entry,
            where,
            [...claims, ...under, ...callLayers(entry, where, part), ...gap],
            missing,
            base,
          ),
        );
      });
    }),
  ];
}

function listed(part: CasePart, claims: readonly Layer[], list: 'permitted' | 'refused'): readonly Variant[] {
  return entriesOf(part.given[list]).map((one, index) => {
    const where = [...part.at, list, index];
    const entry = isObject(one) ? mappingAt(one, where, CALL, part.problems) : { call: one };
    return variant(part, list, entry, where, [...claims, ...callLayers(one, where, part)], '', undefined);
  });
}

function variant(
  part: CasePart,
  list: keyof typeof EXPECTED,
  entry: JsonObject,
  where: YamlPath,
  layers: readonly Layer[],
  missing: string,
  base: Json | undefined,
): Variant {
  const call = entry.call ?? (isObject(base) ? base.call : base);
  const title = [
    entry.name,
    missing === '' ? undefined : `without ${missing}`,
    entry.name === undefined || list === 'escalates' ? call : undefined,
  ];
  return {
    name: `${part.name}: ${list}: ${title.filter((word) => typeof word === 'string').join(': ')}`,
    layers,
    cell: {},
    expect: entry.expect ?? EXPECTED[list],
    expectAt: entry.expect === undefined ? where : [...where, 'expect'],
    at: where,
    runbook: String(part.given.runbook),
  };
}

/** A call alone, or with what is different in it. */
function callLayers(one: Json, at: YamlPath, part: CasePart): readonly Layer[] {
  if (!isObject(one)) return [{ value: { call: one }, at, inside: ['call'] }];
  const { evidence } = one;
  const own = { value: only(one, FIELDS), at };
  if (evidence === undefined) return [own];
  const claims = mappingAt(evidence, [...at, 'evidence'], EVIDENCE, part.problems);
  return [own, { value: { claims }, at: [...at, 'evidence'], inside: ['claims'] }];
}

function claimLayers({ given, at, problems }: CasePart): readonly Layer[] {
  const { runbook, alert, evidence } = given;
  const layers: Layer[] = [];
  if (typeof runbook !== 'string')
    problems.push({ path: [...at, 'runbook'], at: 'value', message: 'expected the name of a runbook' });
  else layers.push({ value: { claims: { runbook } }, at: [...at, 'runbook'], inside: ['claims', 'runbook'] });
  const read = alertSchema.safeParse(alert);
  if (!read.success)
    for (const problem of problemsOf(read.error.issues, alert))
      problems.push({ ...problem, path: [...at, 'alert', ...problem.path] });
  else {
    const { name, class: incident } = read.data;
    layers.push({ value: { claims: { alert: name } }, at: [...at, 'alert', 'name'], inside: ['claims', 'alert'] });
    if (incident !== undefined)
      layers.push({
        value: { claims: { incident_class: incident } },
        at: [...at, 'alert', 'class'],
        inside: ['claims', 'incident_class'],
      });
  }
  const claims = mappingAt(evidence ?? {}, [...at, 'evidence'], EVIDENCE, problems);
  layers.push({ value: { claims }, at: [...at, 'evidence'], inside: ['claims'] });
  return layers;
}

/** One test for each piece of evidence that is missing; one in which none is, where nothing is said of that. */
function withouts(entry: JsonObject): readonly (readonly [missing: string, layers: readonly Layer[]])[] {
  const { without } = entry;
  if (without === undefined) return [['', []]];
  return entriesOf(without).map((name) => [
    String(name),
    [{ value: { claims: { [String(name)]: 'unknown' } }, at: [], inside: ['claims', String(name)] }],
  ]);
}

function entriesOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return isArray(value) ? value : [value];
}
