import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { authorityOf, judgedBundle } from '../../../src/review/authority/authority.ts';
import type { Matrix } from '../../../src/review/authority/matrix.ts';
import { holdAgainst, prove } from '../../../src/review/invariants/prove.ts';
import { readInvariants } from '../../../src/review/invariants/read.ts';
import { FIRST_TIME, ROOT } from '../library.ts';
import { MUTANTS } from './mutant-table.ts';
import { AT, buildMutant, partOf } from './mutants.ts';

const FILE = 'rego/invariants.yaml';

async function invariantsFor({ space, recipe }: Matrix) {
  return readInvariants(FILE, await readFile(join(ROOT, FILE), 'utf8'), space.axes, recipe.ground);
}

describe('the invariants of the library', () => {
  let matrix: Matrix;
  beforeAll(async () => {
    const bundle = await readFile(join(ROOT, 'bundles', 'sallyport.tar.gz'));
    matrix = await authorityOf(judgedBundle(bundle), { at: AT });
  }, FIRST_TIME);

  it('hold over the whole matrix of the bundle that comes with the gate', async () => {
    const proofs = prove(matrix, await invariantsFor(matrix));
    expect(proofs.filter(({ broken }) => broken > 0).map(({ counterexample }) => counterexample?.says)).toEqual([]);
    expect(matrix.results.filter(({ fault }) => fault !== undefined)).toEqual([]);
    expect(matrix.space.size).toBeGreaterThanOrEqual(50_000);
    expect(proofs.length).toBeGreaterThanOrEqual(20);
  });

  it.each(MUTANTS)(
    'tell of $what',
    async ({ mutant, among, broken }) => {
      const part = await partOf(await buildMutant(mutant), among);
      const proofs = holdAgainst(part, await invariantsFor(part));
      const found = proofs.flatMap(({ invariant, counterexample }) =>
        counterexample === undefined ? [] : [[invariant.name, counterexample.says]],
      );
      expect(Object.fromEntries(found)).toEqual(broken);
    },
    FIRST_TIME,
  );

  it('are each broken by one of those', async () => {
    const broken = new Set(MUTANTS.flatMap((one) => Object.keys(one.broken)));
    const names = (await invariantsFor(matrix)).map(({ name }) => name);
    expect([...broken].sort()).toEqual([...names].sort());
  });
});
