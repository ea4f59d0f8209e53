/**
 * What a call is varied in, in the order in which people read a row. The names are those of invariant files.
 * - `level` of the agent, `act`, `environment` of the target, `window`
 * - `way_back`, `blast` (how far it reaches), `service` (what the target is), `runbook`
 * - the rest is tried at more ordinary calls only: `gate` (what it can discharge), `freeze`, `spent` (within the hour), `gives` (what
 *   the change brings about), `stake` (its risk domain), `evidence` (what the agent brings for it), `grant`, `body`
 */
export const AXIS_NAMES = [
  'level',
  'act',
  'environment',
  'window',
  'way_back',
  'blast',
  'service',
  'runbook',
  'gate',
  'freeze',
  'spent',
  'gives',
  'stake',
  'evidence',
  'grant',
  'body',
] as const;
export type AxisName = (typeof AXIS_NAMES)[number];

/** The axes that some cells try one by one beside the usual ones; `fold` folds those of each apart. */
export const TRIED_AXES: readonly AxisName[] = [
  ...(['way_back', 'gate', 'freeze', 'spent', 'gives', 'stake', 'evidence', 'grant', 'body'] as const),
];

/** One value for each axis, by name: `{level: '2', act: 'write', environment: 'prod', ...}`. */
export type Coordinates = Readonly<Record<AxisName, string>>;

export interface AxisValue {
  readonly name: string;
  /** As part of a sentence about a call: `outside its change window`; empty where an ordinary call needs no mention of it. */
  readonly words: string;
}

export interface Axis {
  readonly name: AxisName;
  /** What the axis is about, for a heading. */
  readonly title: string;
  readonly values: readonly AxisValue[];
  /** The value of the most ordinary call. */
  readonly ordinary: string;
}

const FIXED: Readonly<Record<Exclude<AxisName, 'level' | 'act' | 'environment'>, Omit<Axis, 'name'>>> = {
  window: {
    title: 'change window',
    ordinary: 'open',
    values: [
      { name: 'open', words: '' },
      { name: 'closed', words: 'outside its change window' },
    ],
  },
  way_back: {
    title: 'way back',
    ordinary: 'exact',
    values: [
      { name: 'exact', words: '' },
      { name: 'not_needed', words: 'that needs no way back' },
      { name: 'inexact', words: 'whose way back does not restore exactly what was there' },
      { name: 'none', words: 'without a way back' },
      { name: 'unknown', words: 'whose way back is not known' },
    ],
  },
  blast: {
    title: 'reach',
    ordinary: 'small',
    values: [
      { name: 'nothing', words: '' },
      { name: 'small', words: '' },
      { name: 'limit', words: 'that reaches just as far as tier B may' },
      { name: 'over', words: 'that reaches one object further than tier B may' },
      { name: 'cluster', words: 'whose scope is the cluster' },
      { name: 'unknown', words: 'whose reach is not known' },
    ],
  },
  service: {
    title: 'service',
    ordinary: 'normal',
    values: [
      { name: 'normal', words: '' },
      { name: 'critical', words: 'of a critical service' },
      { name: 'regulated', words: 'of regulated data' },
      { name: 'unknown', words: 'of a service of which neither tier nor regulation is known' },
    ],
  },
  runbook: {
    title: 'runbook',
    ordinary: 'none',
    values: [
      { name: 'none', words: '' },
      { name: 'covering', words: 'under a runbook for it' },
    ],
  },
  gate: {
    title: 'the gate',
    ordinary: 'able',
    values: [
      { name: 'able', words: '' },
      { name: 'unable', words: 'where the gate can discharge no obligation' },
    ],
  },
  freeze: {
    title: 'freeze',
    ordinary: 'none',
    values: [
      { name: 'none', words: '' },
      { name: 'changes', words: 'while changes are frozen' },
      { name: 'everything', words: 'while everything is frozen' },
    ],
  },
  spent: {
    title: 'spent within the hour',
    ordinary: 'little',
    values: [
      { name: 'little', words: '' },
      { name: 'over', words: 'with every hourly budget spent' },
      { name: 'unknown', words: 'when nobody knows what was spent' },
    ],
  },
  gives: {
    title: 'what it gives',
    ordinary: 'nothing',
    values: [
      { name: 'nothing', words: '' },
      { name: 'power', words: 'that gives the gravest of powers' },
      { name: 'unknown', words: 'that gives nobody knows what' },
    ],
  },
  stake: {
    title: 'what is at stake',
    ordinary: 'ordinary',
    values: [
      { name: 'ordinary', words: '' },
      { name: 'sensitive', words: 'in a domain that people look at' },
      { name: 'unknown', words: 'in a domain that nobody knows' },
    ],
  },
  evidence: {
    title: 'evidence',
    ordinary: 'brought',
    values: [
      { name: 'brought', words: '' },
      { name: 'missing', words: 'for which the agent says nothing' },
      { name: 'contradicted', words: 'that its evidence contradicts' },
      { name: 'unknown', words: 'of whose evidence nobody knows' },
    ],
  },
  grant: {
    title: 'grant',
    ordinary: 'covers',
    values: [
      { name: 'covers', words: '' },
      { name: 'elsewhere', words: "outside the agent's grant" },
    ],
  },
  body: {
    title: 'body',
    ordinary: 'readable',
    values: [
      { name: 'readable', words: '' },
      { name: 'unreadable', words: 'whose body cannot be read' },
    ],
  },
};

/** The axes of a matrix; levels and environments are the bundle's own. */
export function createAxes(parts: {
  readonly levels: readonly Axis['values'][number][];
  readonly acts: readonly AxisValue[];
  readonly environments: readonly AxisValue[];
  /** The environment of the most ordinary call. */
  readonly home: string;
}): readonly Axis[] {
  const level = parts.levels[Math.min(2, parts.levels.length - 1)]?.name ?? '';
  return AXIS_NAMES.map((name): Axis => {
    if (name === 'level') return { name, title: 'level', values: parts.levels, ordinary: level };
    if (name === 'act') return { name, title: 'act', values: parts.acts, ordinary: 'write' };
    if (name === 'environment') return { name, title: 'environment', values: parts.environments, ordinary: parts.home };
    return { name, ...FIXED[name] };
  });
}
