import type { YamlPath } from '../../config/yaml-file.ts';
import type { Problem } from '../../config/yaml-problems.ts';
import { canonicalJson, isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import { type Layer, nest } from './layers.ts';

/** More cells than this in one case are a mistake: nobody reads them. */
export const MOST_CELLS = 10_000;

/** One cell: what it sets, and where that is written. */
export interface Cell {
  readonly values: Readonly<Record<string, Json>>;
  readonly layers: readonly Layer[];
}

interface Axis {
  readonly name: string;
  readonly path: YamlPath;
  readonly values: readonly Json[];
}

/** Every combination of a matrix's values, in the order that they are written in; one empty cell where there is no matrix. */
export function cellsOf(
  matrix: Json | undefined,
  at: YamlPath,
  known: readonly string[],
  problems: Problem[],
): readonly Cell[] {
  const axes = readAxes(matrix, at, known, problems);
  let cells: readonly Cell[] = [{ values: {}, layers: [] }];
  for (const { name, path, values } of axes) {
    if (cells.length * values.length > MOST_CELLS) {
      problems.push({ path: at, at: 'key', message: `has more than ${MOST_CELLS} cells` });
      return [];
    }
    cells = cells.flatMap((cell) =>
      values.map((value, index) => ({
        values: { ...cell.values, [name]: value },
        layers: [...cell.layers, { value: nest(path, value), at: [...at, name, index], inside: path }],
      })),
    );
  }
  return cells;
}

function readAxes(
  matrix: Json | undefined,
  at: YamlPath,
  known: readonly string[],
  problems: Problem[],
): readonly Axis[] {
  if (matrix === undefined) return [];
  if (!isObject(matrix) || Object.keys(matrix).length === 0) {
    problems.push({
      path: at,
      at: 'value',
      message: 'expected fields with the values that each takes: {agent.level: [0, 1]}',
    });
    return [];
  }
  return Object.entries(matrix).flatMap(([name, values]) => {
    const path = name.split('.');
    const wrong = wrongAxis(path, values, known);
    if (wrong === undefined && isArray(values)) return [{ name, path, values }];
    problems.push({ path: [...at, name], at: 'key', message: wrong ?? 'expected a list of values' });
    return [];
  });
}

function wrongAxis(path: readonly string[], values: Json, known: readonly string[]): string | undefined {
  if (!known.includes(path[0] ?? ''))
    return `no field of a case; expected one of ${known.join(', ')}, and what is in it`;
  if (!isArray(values) || values.length === 0) return 'expected a list of values';
  const distinct = new Set(values.map(canonicalJson));
  return distinct.size === values.length ? undefined : 'a value is listed twice';
}

/** `agent.level=3, facts.environment=prod` */
export function cellLabel(values: Readonly<Record<string, Json>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

/**
 * The row of a table of expectations for a cell: the first of which every `when` agrees. A row without `when` takes what is left.
 * @returns its index, or -1
 */
export function rowOf(rows: readonly Json[], values: Readonly<Record<string, Json>>): number {
  return rows.findIndex((row) => {
    const when: JsonObject = isObject(row) && isObject(row.when) ? row.when : {};
    return Object.entries(when).every(([name, wanted]) => {
      const value = values[name];
      return value !== undefined && alternatives(wanted).some((one) => canonicalJson(one) === canonicalJson(value));
    });
  });
}

/** What is wrong with the `when` of the rows: axes that there are not, values that no axis takes. */
export function wrongRows(rows: readonly Json[], matrix: Json | undefined, at: YamlPath): readonly Problem[] {
  const axes = isObject(matrix) ? matrix : {};
  return rows.flatMap((row, index): readonly Problem[] => {
    const when = isObject(row) ? row.when : undefined;
    if (when === undefined) return [];
    const here = [...at, index, 'when'];
    if (!isObject(when)) return [{ path: here, at: 'value', message: 'expected fields of the matrix with values' }];
    return Object.entries(when).flatMap(([name, wanted]): readonly Problem[] => {
      const values = Object.hasOwn(axes, name) ? axes[name] : undefined;
      const path = [...here, name];
      if (!isArray(values))
        return [
          {
            path,
            at: 'key',
            message: `no field of the matrix; it has ${Object.keys(axes).join(', ') || 'none'}`,
          },
        ];
      const there = new Set(values.map(canonicalJson));
      return alternatives(wanted)
        .filter((one) => !there.has(canonicalJson(one)))
        .map(
          (one): Problem => ({
            path,
            at: 'value',
            message: `the matrix never takes the value ${JSON.stringify(one)}`,
          }),
        );
    });
  });
}

function alternatives(wanted: Json): readonly Json[] {
  return isArray(wanted) ? wanted : [wanted];
}
