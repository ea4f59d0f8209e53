import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { isObject, type Json, type JsonObject } from '../../../src/json.ts';
import { askRecipe, type Judged, judgedBundle } from '../../../src/review/authority/authority.ts';
import { stands, type Where } from '../../../src/review/authority/fold.ts';
import { layOut } from '../../../src/review/authority/layout.ts';
import { judgeMatrix, type Matrix } from '../../../src/review/authority/matrix.ts';
import { buildBundle } from '../../../src/review/build.ts';
import { copyLibrary, pinnedOpa } from '../library.ts';

/** The time at which the calls of the tests' matrices are made. */
export const AT = '2026-11-20T10:00:00.000Z';

/** A change of the policy library that a reviewer should hear of. */
export interface Mutant {
  /** Values in place of the shipped ones, by path: `levels.2.cells.b.do`. The first name is the file's. */
  readonly settings?: Readonly<Record<string, Json>>;
  /** Text in place of other text, in files under `sallyport/`. */
  readonly rego?: readonly (readonly [file: string, from: string, to: string])[];
}

const UNCHECKED = ['settings.rego', 'some problem in check.problems', 'some problem in check.nothing'] as const;

/** Builds the mutant with the real OPA. @throws Error where there is nothing to change at a path or in a file */
export async function buildMutant({ settings = {}, rego = [] }: Mutant): Promise<Judged> {
  const library = await copyLibrary();
  try {
    for (const [path, value] of Object.entries(settings)) {
      const [name = '', ...steps] = path.split('.');
      const file = join(library.rego, 'data', `${name}.yaml`);
      const content: JsonObject = parse(await readFile(file, 'utf8'));
      await writeFile(file, stringify({ ...content, [name]: replaced(content[name], steps, value) }));
    }
    // Its maker does not check what the settings mean either: invariants are for whatever comes.
    for (const [name, from, to] of [...rego, UNCHECKED]) {
      const file = join(library.rego, 'sallyport', name);
      const text = await readFile(file, 'utf8');
      if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
      await writeFile(file, text.replace(from, to));
    }
    const out = join(library.folder, 'mutant.tar.gz');
    await buildBundle({ rego: library.rego, out, opa: await pinnedOpa(), version: '0.0.0' });
    return judgedBundle(await readFile(out));
  } finally {
    await library.remove();
  }
}

function replaced(value: Json | undefined, [name, ...rest]: readonly string[], by: Json): Json {
  if (name === undefined) return by;
  if (!isObject(value)) throw new Error(`there is no ${name}`);
  return { ...value, [name]: replaced(value[name], rest, by) };
}

/** The cells of a matrix that have one of these values on each of these axes; the others are not judged. */
export async function partOf(judged: Judged, values: Where): Promise<Matrix> {
  const recipe = await askRecipe(judged, AT);
  const space = layOut(recipe);
  const only = (cell: number): boolean => stands(space, values, space.positions(cell));
  return judgeMatrix({ source: judged.source, recipe, only });
}
