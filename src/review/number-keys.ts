import { isArray, isObject, type Json, type JsonObject } from '../json.ts';

/** Where Rego may select from data by a number that is written down: worth parsing. */
export const MAY_SELECT_BY_NUMBER = /[\w"\]]\s*\[\s*\d/;

/** One step of a reference: a key that is written down, or undefined for one that is only known when it runs. */
type Step = string | number | undefined;

/**
 * OPA's own evaluator finds the member "2" of an object in data by the number 2, modules do not: `opa test` and the gate
 * would answer differently.
 * @param ast a module as `opa parse --format json` prints it
 * @returns the references that do so, as they are written, for instance `data.nested[2]`
 */
export function selectionsByNumber(ast: Json, data: JsonObject): readonly string[] {
  return dataReferences(ast, importsOf(ast))
    .filter((steps) => steps.some((step) => typeof step === 'number') && finds(data, steps))
    .map((steps) => `data${steps.map(printStep).join('')}`);
}

function printStep(step: Step): string {
  if (step === undefined) return '[_]';
  return typeof step === 'number' ? `[${step}]` : `.${step}`;
}

/** Whether a number of the path meets an object that has it as a name. */
function finds(value: Json | undefined, [step, ...rest]: readonly Step[]): boolean {
  if (step === undefined) {
    if (rest.length === 0) return false;
    return (isObject(value) ? Object.values(value) : isArray(value) ? value : []).some((one) => finds(one, rest));
  }
  if (isArray(value)) return typeof step === 'number' && finds(value[step], rest);
  if (!isObject(value) || !Object.hasOwn(value, String(step))) return false;
  return typeof step === 'number' || finds(value[String(step)], rest);
}

/** What imports of data are called in the module. */
function importsOf(ast: Json): ReadonlyMap<string, readonly Step[]> {
  const names = new Map<string, readonly Step[]>([['data', []]]);
  const imports = isObject(ast) && isArray(ast.imports) ? ast.imports.filter(isObject) : [];
  for (const { path, alias } of imports) {
    const terms = isObject(path) && isArray(path.value) ? path.value : [];
    const [head, ...steps] = terms.map(stepOf);
    const name = typeof alias === 'string' ? alias : steps.at(-1);
    if (head === 'data' && typeof name === 'string') names.set(name, steps);
  }
  return names;
}

function dataReferences(ast: Json, names: ReadonlyMap<string, readonly Step[]>): (readonly Step[])[] {
  if (isArray(ast)) return ast.flatMap((one) => dataReferences(one, names));
  if (!isObject(ast)) return [];
  const inner = Object.values(ast).flatMap((one) => dataReferences(one, names));
  if (ast.type !== 'ref' || !isArray(ast.value)) return inner;
  const [head, ...steps] = ast.value;
  const start = isObject(head) && typeof head.value === 'string' ? names.get(head.value) : undefined;
  return start ? [...inner, [...start, ...steps.map(stepOf)]] : inner;
}

function stepOf(term: Json): Step {
  if (!isObject(term)) return undefined;
  const { type, value } = term;
  if (type === 'string' || type === 'var') return type === 'var' && value !== 'data' ? undefined : String(value);
  return type === 'number' && typeof value === 'number' ? value : undefined;
}
