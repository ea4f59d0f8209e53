import { z } from 'zod';
import { mapping, text } from '../../config/values.ts';
import { readYamlFile, type YamlFile, type YamlPath } from '../../config/yaml-file.ts';
import { invalidFile, type Problem, pathLabel, problemsOf } from '../../config/yaml-problems.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import { type CasePart, mappingAt, only, type Variant } from './case-part.ts';
import { type Layer, mergeLayers, whereWritten } from './layers.ts';
import { cellLabel, cellsOf, rowOf, wrongRows } from './matrix.ts';
import { runbookVariants } from './runbook-case.ts';
import type { Scenario, Suite } from './scenario.ts';
import { EXPECTATION, type Expectation } from './schema/expectation.ts';
import { GIVEN, type Given } from './schema/given.ts';

const FIELDS = Object.keys(GIVEN);
const RUNBOOK = ['runbook', 'alert', 'evidence', 'permitted', 'refused', 'escalates'];
const CASE = ['name', ...FIELDS, 'matrix', 'expect', ...RUNBOOK];
/** Scenarios of one file, at most. */
const MOST_SCENARIOS = 20_000;

const givenSchema = mapping(GIVEN);
const expectationSchema = mapping(EXPECTATION);
const suiteSchema = mapping({
  suite: text('the title of the suite'),
  defaults: z.unknown().optional(),
  cases: z.array(z.unknown(), { error: 'a list of cases' }).min(1, { error: 'at least one case' }),
});

/**
 * Reads a file of scenarios and lays its matrices out. Nothing is judged yet; rules and other names of the policy are not
 * known here.
 * @throws SallyportError `config/invalid`, a line per problem, each beginning with `file:line:column`
 */
export function readSuite(file: string): Suite {
  const yaml = readYamlFile(file, 'a suite of scenarios');
  const shape = suiteSchema.safeParse(yaml.value);
  if (!shape.success) throw invalidFile(yaml, problemsOf(shape.error.issues, yaml.value));
  const problems: Problem[] = [];
  const value: JsonObject = isObject(yaml.value) ? yaml.value : {};
  const defaults = mappingAt(value.defaults ?? {}, ['defaults'], FIELDS, problems);
  const cases = isArray(value.cases) ? value.cases : [];
  const reader = new SuiteReader(yaml, { value: defaults, at: ['defaults'] }, problems);
  const scenarios = cases.flatMap((one, index) => reader.read(one, ['cases', index]));
  problems.push(...twins(cases));
  if (problems.length === 0) problems.push(...sameNames(scenarios));
  if (problems.length > 0) throw invalidFile(yaml, distinct(problems));
  return { title: shape.data.suite, file, scenarios };
}

class SuiteReader {
  readonly #yaml: YamlFile;
  readonly #defaults: Layer;
  readonly #problems: Problem[];
  #count = 0;

  constructor(yaml: YamlFile, defaults: Layer, problems: Problem[]) {
    this.#yaml = yaml;
    this.#defaults = defaults;
    this.#problems = problems;
  }

  read(one: Json, at: YamlPath): readonly Scenario[] {
    const given = mappingAt(one, at, CASE, this.#problems);
    const { name } = given;
    if (typeof name !== 'string' || name.trim() === '') {
      this.#problems.push({ path: [...at, 'name'], at: 'value', message: 'expected the name of the case' });
      return [];
    }
    const layers = [this.#defaults, { value: only(given, FIELDS), at }];
    const part = { given, name, layers, at, problems: this.#problems };
    const variants = given.runbook === undefined ? this.#cells(part) : runbookVariants(part);
    this.#count += variants.length;
    if (this.#count > MOST_SCENARIOS) {
      this.#problems.push({ path: at, at: 'value', message: `the file has more than ${MOST_SCENARIOS} scenarios` });
      return [];
    }
    return variants.flatMap((variant) => this.#scenario(variant));
  }

  #cells({ given, name, layers, at }: CasePart): readonly Variant[] {
    for (const key of RUNBOOK.slice(1))
      if (given[key] !== undefined)
        this.#problems.push({ path: [...at, key], at: 'key', message: 'belongs to a case with a runbook' });
    const { matrix, expect } = given;
    if (expect === undefined) {
      this.#problems.push({
        path: at,
        at: 'value',
        message: `${JSON.stringify(name)} expects nothing; give it expect:`,
      });
      return [];
    }
    const before = this.#problems.length;
    const cells = cellsOf(matrix, [...at, 'matrix'], FIELDS, this.#problems);
    if (this.#problems.length > before) return [];
    const tabled = isArray(expect);
    const rows = tabled ? expect : [expect];
    const expectAt = [...at, 'expect'];
    if (tabled) this.#problems.push(...wrongRows(rows, matrix, expectAt));
    const used = new Set<number>();
    const variants = cells.flatMap((cell): readonly Variant[] => {
      const row = tabled ? rowOf(rows, cell.values) : 0;
      used.add(row);
      const label = cellLabel(cell.values);
      if (row === -1) {
        this.#problems.push({ path: expectAt, at: 'key', message: `no row for the cell ${label}` });
        return [];
      }
      return [
        {
          name: label === '' ? name : `${name} [${label}]`,
          layers: [...layers, ...cell.layers],
          cell: cell.values,
          expect: rows[row] ?? null,
          expectAt: tabled ? [...expectAt, row] : expectAt,
          at,
          runbook: undefined,
        },
      ];
    });
    if (cells.length > 0)
      for (const index of rows.keys())
        if (!used.has(index))
          this.#problems.push({ path: [...expectAt, index], at: 'value', message: 'no cell comes to this row' });
    return variants;
  }

  #scenario({ name, layers, cell, expect, expectAt, at, runbook }: Variant): readonly Scenario[] {
    const merged = mergeLayers(layers);
    const given = givenSchema.safeParse(merged);
    const wanted: Json = isObject(expect)
      ? Object.fromEntries(Object.entries(expect).filter(([key]) => key !== 'when'))
      : expect;
    const expected = expectationSchema.safeParse(wanted);
    if (!given.success)
      for (const problem of problemsOf(given.error.issues, merged)) this.#problems.push(located(problem, layers, at));
    if (!expected.success)
      for (const problem of problemsOf(expected.error.issues, wanted))
        this.#problems.push({ ...problem, path: [...expectAt, ...problem.path] });
    if (!given.success || !expected.success) return [];
    const place = (path: YamlPath) => this.#yaml.place(path);
    return [
      {
        name,
        at,
        line: place([...at, 'name']).line,
        given: given.data satisfies Given,
        expect: expected.data satisfies Expectation,
        expectLine: place(expectAt).line,
        runbook,
        cell,
        placeOf: ([first, ...rest]) =>
          place(first === 'expect' ? [...expectAt, ...rest] : (whereWritten(layers, [first ?? '', ...rest]) ?? at)),
      },
    ];
  }
}

/** Cases of one name: whoever reads a report could not tell them apart. */
function twins(cases: readonly Json[]): readonly Problem[] {
  const names = cases.map((one) => (isObject(one) ? one.name : undefined));
  return names.flatMap((name, index): readonly Problem[] =>
    typeof name === 'string' && names.indexOf(name) < index
      ? [{ path: ['cases', index, 'name'], at: 'value', message: `the name of cases[${names.indexOf(name)}] too` }]
      : [],
  );
}

/** A call that a runbook's case lists twice. */
function sameNames(scenarios: readonly Scenario[]): readonly Problem[] {
  const seen = new Set<string>();
  return scenarios.flatMap(({ name, at }): readonly Problem[] => {
    const again = seen.has(name);
    seen.add(name);
    return again
      ? [{ path: at, at: 'value', message: `${JSON.stringify(name)} is tested twice; give one of them a name` }]
      : [];
  });
}

/** Where it is written; what is written nowhere is missing in the case. */
function located(problem: Problem, layers: readonly Layer[], at: YamlPath): Problem {
  const path = whereWritten(layers, problem.path);
  if (path !== undefined) return { ...problem, path };
  return { path: at, at: 'value', message: `${pathLabel(problem.path)}: ${problem.message}` };
}

/** One for each place: many cells stumble over the same, and the first to say so knows best. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  const byPlace = new Map<string, Problem>();
  for (const problem of problems) {
    const key = JSON.stringify([problem.path, problem.at]);
    if (!byPlace.has(key)) byPlace.set(key, problem);
  }
  return [...byPlace.values()];
}
