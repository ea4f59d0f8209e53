import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageBundle } from '../../config/file.ts';
import { messageOf, SallyportError } from '../../errors.ts';
import { layOut } from '../authority/layout.ts';
import type { Matrix } from '../authority/matrix.ts';
import type { Recipe } from '../authority/recipe.ts';
import type { Invariant } from '../invariants/invariant.ts';
import { prove } from '../invariants/prove.ts';
import { readInvariants } from '../invariants/read.ts';

/** What came of one invariant. */
export interface InvariantSummary {
  readonly name: string;
  readonly why: string;
  readonly file: string;
  readonly line: number;
  /** How many cells, or pairs of cells, it was held against. */
  readonly checked: number;
  readonly broken: number;
  /** The smallest one, in a sentence; null where there is none. */
  readonly counterexample: string | null;
}

/** The statements that the library ships. */
export function shippedInvariants(): string {
  return join(dirname(packageBundle()), '..', 'rego', 'invariants.yaml');
}

/**
 * Reads files of statements, as they are about the calls of a matrix.
 * @param files each with what errors call it
 * @throws SallyportError `config/invalid` with file and line
 */
export async function readFiles(
  recipe: Recipe,
  files: readonly { readonly path: string; readonly name: string }[],
): Promise<readonly Invariant[]> {
  const { axes } = layOut(recipe);
  const read = files.map(async ({ path, name }) =>
    readInvariants(name, await readText(path, name), axes, recipe.ground),
  );
  return (await Promise.all(read)).flat();
}

/** Holds statements against a matrix, broken ones first. @throws SallyportError `config/invalid` for those about no call */
export function summarizeProofs(matrix: Matrix, invariants: readonly Invariant[]): readonly InvariantSummary[] {
  return prove(matrix, invariants)
    .map(({ invariant: { name, why, file, line }, checked, broken, counterexample }) => ({
      ...{ name, why, file, line, checked, broken },
      counterexample: counterexample?.says ?? null,
    }))
    .toSorted((one, other) => Number(other.broken > 0) - Number(one.broken > 0));
}

async function readText(path: string, name: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause) => {
    throw new SallyportError('config/invalid', `${name}: it cannot be read: ${messageOf(cause)}`, { cause });
  });
}
