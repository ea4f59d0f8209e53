import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/json.ts';
import { authorityOf, type Judged } from '../../../src/review/authority/authority.ts';
import { inputOf } from '../../../src/review/authority/cell-input.ts';
import { createInputWriter } from '../../../src/review/authority/input-writer.ts';
import { makeJudge } from '../../../src/review/authority/judge-source.ts';
import { judgeMatrix, type Matrix } from '../../../src/review/authority/matrix.ts';
import { resultOf } from '../../../src/review/authority/result.ts';
import { FIRST_TIME } from '../library.ts';
import { TINY_AT, tinyBundle } from './tiny.ts';

describe('a matrix', () => {
  let judged: Judged;
  let matrix: Matrix;
  beforeAll(async () => {
    judged = await tinyBundle();
    matrix = await authorityOf(judged, { at: TINY_AT, workers: 2 });
  }, FIRST_TIME);

  it('is the same with any number of workers', { timeout: FIRST_TIME }, async () => {
    const one = await judgeMatrix({ source: judged.source, recipe: matrix.recipe, workers: 1 });
    expect(one.results).toEqual(matrix.results);
    expect(Buffer.from(one.of.buffer).equals(Buffer.from(matrix.of.buffer))).toBe(true);
    expect(Buffer.from(one.fuel.buffer).equals(Buffer.from(matrix.fuel.buffer))).toBe(true);
  });

  it('says of a cell what its judge says of the whole input', async () => {
    const judge = await makeJudge(judged.source);
    const write = createInputWriter(matrix.recipe);
    for (let cell = 0; cell < matrix.space.size; cell += 97) {
      const at = matrix.space.coordinates(cell);
      const input = inputOf(matrix.recipe, at);
      expect(write(at)).toBe(canonicalJson(input));
      expect(input.call.time).toBe(TINY_AT);
      expect(matrix.results[matrix.of[cell] ?? -1]).toEqual(resultOf(judge.judge(input)));
    }
  });

  it('finds every cell again by its coordinates', () => {
    const seen = new Set<string>();
    for (let cell = 0; cell < matrix.space.size; cell += 1) {
      const positions = matrix.space.positions(cell);
      if (matrix.space.cellAt(positions) !== cell) throw new Error(`cell ${cell} is lost`);
      seen.add(positions.join());
    }
    expect(seen.size).toBe(matrix.space.size);
  });

  it('fails as a whole where a bundle cannot be loaded', { timeout: FIRST_TIME }, async () => {
    const options = { archive: new Uint8Array([1, 2, 3]) };
    await expect(judgeMatrix({ source: { ...judged.source, options }, recipe: matrix.recipe })).rejects.toThrow(
      expect.objectContaining({ code: 'bundle/invalid' }),
    );
  });
});
