import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageBundle } from '../../config/file.ts';
import { messageOf, SallyportError } from '../../errors.ts';
import type { Matrix } from '../authority/matrix.ts';
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
 * Holds the statements of files against a matrix, broken ones first.
 * @param files each with what errors call it
 * @throws SallyportError `config/invalid` with file and line
 */
export async function proveFiles(
  matrix: Matrix,
  files: readonly { readonly path: string; readonly name: string }[],
): Promise<readonly InvariantSummary[]> {
  const { axes } = matrix.space;
  const read = await Promise.all(
    files.map(async ({ path, name }) => readInvariants(name, await readText(path, name), axes, matrix.recipe.ground)),
  );
  return prove(matrix, read.flat())
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
