import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolicyInput } from '../../../decide/input.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../../json.ts';
import { run } from '../../opa.ts';
import { ruleFile } from '../rule-file.ts';

/** A condition of a rule that was looked at, and whether it held. */
export interface Condition {
  readonly rule: string;
  readonly file: string;
  readonly row: number;
  readonly text: string;
  readonly held: boolean;
}

/** Where to trace: the Rego, the settings in force, the OPA. */
export interface Tracing {
  readonly opa: string;
  /** The library's folder. */
  readonly rego: string;
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * The conditions that the rules rest on, as `opa eval --explain full` looked at them on this input.
 * @returns nothing where OPA cannot say
 */
export async function traceRules(
  tracing: Tracing,
  settings: JsonObject,
  input: PolicyInput,
  rules: readonly string[],
): Promise<readonly Condition[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-trace-'));
  try {
    await writeFile(join(folder, 'data.json'), JSON.stringify({ settings }));
    await writeFile(join(folder, 'input.json'), JSON.stringify(input));
    const conditions: Condition[] = [];
    const lines = new Map([...tracing.sources].map(([name, text]) => [name, text.split('\n')]));
    for (const rule of rules) {
      const file = ruleFile(rule);
      // A site's own rules are not in the library's folder.
      if (!lines.has(file) || file.startsWith('site/')) continue;
      const path = file.split('/').slice(0, -1).join('.');
      const query = `data.${path}.answer`;
      const places = ['-d', join(folder, 'data.json'), '-d', 'sallyport', '-i', join(folder, 'input.json')];
      const { status, stdout } = await run(tracing.opa, ['eval', ...places, '--explain', 'full', '-f', 'json', query], {
        cwd: tracing.rego,
      });
      if (status === 0) conditions.push(...conditionsIn(JSON.parse(stdout), rule, lines));
    }
    return conditions;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Place {
  readonly file: string;
  readonly row: number;
}

/** How one query of the trace came about: by which line, and whether what it looks at decides anything. */
interface Query {
  readonly decides: boolean;
  readonly spawnedBy: Place | undefined;
  at: Place | undefined;
}

/** A rule that leaves its findings to another. */
const HANDS_ON = /^\} else := [a-z_.]+$|^answer := [a-z_.]+ if \{$/;
/** More would not be read. */
const MOST = 30;

/**
 * The conditions that were looked at, in that order; one that was looked at several times holds if it did once. What is evaluated only to
 * word a message or to make a value is left out.
 */
function conditionsIn(
  answer: Json,
  rule: string,
  sources: ReadonlyMap<string, readonly string[]>,
): readonly Condition[] {
  const events = isObject(answer) && isArray(answer.explanation) ? answer.explanation.filter(isObject) : [];
  const textAt = ({ file, row }: Place): string => sources.get(file)?.[row - 1]?.trim() ?? '';
  const queries = new Map<unknown, Query>();
  const seen = new Map<string, { readonly place: Place; evals: number; fails: number }>();
  for (const { Op: op, Location: location, QueryID: id, ParentID: parent } of events) {
    const place = placeOf(location);
    let query = queries.get(id);
    if (query === undefined) {
      const above = queries.get(parent);
      const by = above?.at;
      const decides =
        above === undefined ||
        (above.decides &&
          (by === undefined || textAt(by) === '' || isCondition(textAt(by)) || HANDS_ON.test(textAt(by))));
      query = { decides, spawnedBy: by, at: undefined };
      queries.set(id, query);
    }
    if (place === undefined || !query.decides) continue;
    if (op === 'Eval') query.at = place;
    // What `not` negates is evaluated in a query of its own, on the same line: the line is the outer one's.
    const inner = query.spawnedBy?.file === place.file && query.spawnedBy.row === place.row;
    if (inner || !isCondition(textAt(place)) || (op !== 'Eval' && op !== 'Fail')) continue;
    const key = `${place.file}:${place.row}`;
    const count = seen.get(key) ?? { place, evals: 0, fails: 0 };
    if (op === 'Eval') count.evals += 1;
    else count.fails += 1;
    seen.set(key, count);
  }
  return [...seen.values()].slice(0, MOST).map(({ place, evals, fails }) => ({
    rule,
    ...place,
    text: textAt(place).replace(/ \{$|^\} else := .* if \{$/, ''),
    held: fails < evals,
  }));
}

function placeOf(location: Json | undefined): Place | undefined {
  const { file, row } = isObject(location) ? location : {};
  return typeof file === 'string' && typeof row === 'number' && file !== '' ? { file, row } : undefined;
}

/** Not the head of a rule, an assignment, or a member of a value. */
function isCondition(text: string): boolean {
  return text !== '' && !/:=|^["{}[\]]|^some |^(default|import|package) /.test(text);
}

/** `holds: count(excess) > 0  (sallyport/risk.rego:126)` */
export function conditionText({ file, row, text, held }: Condition): string {
  return `${held ? 'holds:' : 'fails:'} ${text}  (${file}:${row})`;
}
