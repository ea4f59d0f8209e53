import type { z } from 'zod';
import { SallyportError } from '../errors.ts';
import type { YamlFile, YamlPath } from './yaml-file.ts';

/** One thing that is wrong with a value of a YAML file. */
export interface Problem {
  readonly path: YamlPath;
  /** What the line and column point at. */
  readonly at: 'value' | 'key';
  readonly message: string;
}

/** A string that `${env:NAME}` or `${file:PATH}` brought in. `raw` is what the file says and all that is ever shown. */
export class Brought {
  readonly raw: string;
  readonly text: string;
  constructor(raw: string, text: string) {
    this.raw = raw;
    this.text = text;
  }
}

/** Values under these keys are not repeated in errors, whatever they are. */
const SECRET_KEYS: ReadonlySet<string | number | undefined> = new Set([
  'token',
  'clientSecret',
  'headers',
  'key',
  'password',
  'client-key-data',
  'client-certificate-data',
  'certificate-authority-data',
  'env',
  'args',
  'value',
]);

/** Marks a zod issue whose message is the whole sentence and not only what was expected. */
export const WHOLE = { whole: true } as const;

/**
 * What zod found, in sentences. Schemas put what they expect into the issue's message (`expected` is added here); a
 * strict mapping puts the list of its keys there.
 */
export function problemsOf(issues: readonly z.core.$ZodIssue[], value: unknown): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key], at: 'key', message: unknownKey(key, issue.message) }));
    }
    if (issue.code === 'custom' && issue.params?.whole === true) {
      return [{ path, at: issue.params.at === 'key' ? 'key' : 'value', message: issue.message }];
    }
    const found = valueAt(value, path);
    const message =
      found === undefined
        ? `missing; expected ${issue.message}`
        : `expected ${issue.message}, got ${show(path, found)}`;
    return [{ path, at: 'value', message }];
  });
}

/** All problems as one error, in the order of the file, a line each: `file:line:column: path: message`. */
export function invalidFile(yaml: YamlFile, problems: readonly Problem[], label = pathLabel): SallyportError {
  const placed = problems.map((problem) => ({ ...problem, ...yaml.place(problem.path, problem.at) }));
  placed.sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = placed.map(({ line, column, path, message }) => {
    const name = label(path);
    return `${yaml.file}:${line}:${column}: ${name === '' ? '' : `${name}: `}${message}`;
  });
  return new SallyportError('config/invalid', lines.join('\n'));
}

/** `routes[1].mode` */
export function pathLabel(path: YamlPath): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${step}`)).join('');
}

/** The value at a path, or undefined. */
export function valueAt(value: unknown, path: YamlPath): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = Reflect.get(current, step);
  }
  return current;
}

/** A found value as an error may show it: short, on one line, never a secret. */
export function show(path: YamlPath, value: unknown): string {
  if (value === null) return 'nothing';
  if (value instanceof Brought) return `the value of ${value.raw}`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (path.some((step) => SECRET_KEYS.has(step))) {
    return typeof value === 'string' ? 'text (not shown)' : `a ${typeof value} (not shown)`;
  }
  if (typeof value !== 'string') return String(value);
  const masked = value.replace(/(\/\/)[^/@]*@/, '$1***@');
  return JSON.stringify(masked.length > 80 ? `${masked.slice(0, 77)}...` : masked);
}

/** For a key that is not one of `known` (names joined by ", "). */
export function unknownKey(key: string, known: string): string {
  const near = nearest(key, known.split(', '));
  return near === undefined ? `unknown key; expected one of ${known}` : `unknown key; did you mean ${near}?`;
}

/** The candidate that is the fewest edits away, when that is few enough to be a slip of the hand. */
function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: { candidate: string; edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (best === undefined || edits < best.edits) best = { candidate, edits };
  }
  return best !== undefined && best.edits <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
