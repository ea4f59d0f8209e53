import { z } from 'zod';
import { leaf, mapping, refuse, text, whole } from '../../config/values.ts';
import { parseYaml } from '../../config/yaml-file.ts';
import { invalidFile, type Problem, problemsOf } from '../../config/yaml-problems.ts';
import { OBLIGATIONS, type Outcome, type Tier } from '../../decide/verdict.ts';
import { isObject } from '../../json.ts';
import { AXIS_NAMES, type Axis } from '../authority/axes.ts';
import type { Ground } from '../authority/ground.ts';
import type { Demand, Expectation, Invariant } from './invariant.ts';
import { selector, stepOf } from './selector.ts';

const OUTCOMES: readonly Outcome[] = ['allow', 'hold', 'deny'];
const TIERS: readonly Tier[] = ['A', 'B', 'C'];
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/**
 * Reads a file of invariants, as they are about the axes of a matrix.
 * @throws SallyportError `config/invalid` with a line for each thing that is wrong, where it stands: an axis, a value or a field
 * that there is not, a name that is given twice, a statement that expects nothing
 */
export function readInvariants(
  file: string,
  content: string,
  axes: readonly Axis[],
  ground: Ground,
): readonly Invariant[] {
  const yaml = parseYaml(file, content, 'a list of invariants');
  const read = schemaOf(axes, ground).safeParse(yaml.value);
  if (!read.success) throw invalidFile(yaml, problemsOf(read.error.issues, yaml.value));
  const { invariants } = read.data;
  const problems = invariants.flatMap(({ name }, index): Problem[] => {
    const again = invariants.findIndex((other) => other.name === name) < index;
    const message = `the name ${name} was already given above; expected a name of its own`;
    return again ? [{ path: ['invariants', index, 'name'], at: 'value', message }] : [];
  });
  if (problems.length > 0) throw invalidFile(yaml, problems);
  return invariants.map((one, index) => ({ ...one, file, line: yaml.place(['invariants', index]).line }));
}

function schemaOf(axes: readonly Axis[], ground: Ground) {
  const one = mapping({
    name: text('a name in small letters, like no-deletions-at-night', NAME),
    why: text('why this must be so, in a sentence'),
    for: aboutSchema(axes, ground).prefault({}),
    expect: expectationSchema().optional(),
    never_more_permissive: orderSchema(axes, ground).optional(),
  }).transform(({ name, why, for: { tier, ...about }, expect, never_more_permissive: order }, context) => {
    const demand: Demand | undefined = order ?? (expect === undefined ? undefined : { kind: 'result', expect });
    if (demand === undefined || (order !== undefined && expect !== undefined)) {
      context.addIssue({ code: 'custom', message: 'either expect or never_more_permissive, and not both' });
      return z.NEVER;
    }
    const named: Readonly<Record<string, ReadonlySet<number> | undefined>> = about;
    const all = axes.map(({ values, name: axis }) => named[axis] ?? new Set(values.map((_, at) => at)));
    return { name, why, about: all, tiers: tier, demand };
  });
  return mapping({
    invariants: z.array(one, { error: 'a list of invariants' }).min(1, { error: 'at least one invariant' }),
  });
}

function aboutSchema(axes: readonly Axis[], ground: Ground) {
  const of = (name: (typeof AXIS_NAMES)[number]) => {
    const axis = axes.find((one) => one.name === name);
    if (axis === undefined) throw new TypeError(`there is no axis ${name}`);
    return selector(axis, ground).optional();
  };
  return mapping({
    ...{ level: of('level'), act: of('act'), environment: of('environment'), window: of('window') },
    ...{ way_back: of('way_back'), blast: of('blast'), service: of('service'), runbook: of('runbook') },
    ...{ gate: of('gate'), freeze: of('freeze'), spent: of('spent'), gives: of('gives'), stake: of('stake') },
    ...{ evidence: of('evidence'), grant: of('grant'), body: of('body'), tier: several(TIERS).optional() },
  });
}

function expectationSchema() {
  return mapping({
    outcome: several(OUTCOMES).optional(),
    people: mapping({ at_least: whole(1, 100, ' of people') }).optional(),
    obligations: z
      .array(
        leaf(`one of ${OBLIGATIONS.join(', ')}`, (value) => OBLIGATIONS.find((one) => one === value)),
        { error: 'a list of obligations' },
      )
      .default([]),
    tier: several(TIERS).optional(),
  }).transform(({ outcome, people, obligations, tier }, context): Expectation => {
    if (outcome === undefined && people === undefined && tier === undefined && obligations.length === 0) {
      context.addIssue({ code: 'custom', message: 'at least one of outcome, people, obligations, tier' });
    }
    return { outcome, people: people?.at_least, obligations, tier };
  });
}

/** One of these values, a list of them, or `{not: ...}`. */
function several<T extends string>(values: readonly T[]) {
  const read = (value: unknown): ReadonlySet<T> | undefined => {
    const names: readonly unknown[] = Array.isArray(value) ? value : [value];
    const found = values.filter((one) => names.includes(one));
    return found.length > 0 && found.length === names.length ? new Set(found) : undefined;
  };
  return leaf(`one of ${values.join(', ')}, a list of them, or {not: ...}`, (value) => {
    if (!isObject(value)) return read(value);
    if (Object.keys(value).join() !== 'not') return undefined;
    const without = read(value.not);
    return without && new Set(values.filter((one) => !without.has(one)));
  });
}

function orderSchema(axes: readonly Axis[], ground: Ground) {
  const expected = 'a mapping with one axis and a list of its values, from the more permissive to the less';
  return leaf<Demand>(expected, (value) => {
    if (!isObject(value)) return undefined;
    const [[name, names] = [], ...more] = Object.entries(value);
    if (name === undefined || more.length > 0 || !Array.isArray(names)) return undefined;
    const index = axes.findIndex((axis) => axis.name === name);
    const axis = axes[index];
    if (axis === undefined)
      return refuse(`${JSON.stringify(name)} is no axis; expected one of ${AXIS_NAMES.join(', ')}`);
    const steps = names.map((step: unknown) => stepOf(axis, ground, step));
    const known = steps.filter((step) => step !== undefined);
    return known.length < 2 || known.length < steps.length ? undefined : { kind: 'order', axis: index, steps: known };
  });
}
