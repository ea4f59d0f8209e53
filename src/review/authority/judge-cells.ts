import type { Judge } from '../../decide/judge.ts';
import { blackoutOf } from './blackout.ts';
import { createInputWriter } from './input-writer.ts';
import { makeJudge } from './judge-source.ts';
import { layOut } from './layout.ts';
import type { JudgedPart, Part, Task } from './matrix-task.ts';
import { type CellResult, resultOf } from './result.ts';

/** Judges cells, on this thread. */
export type CellJudge = (part: Part) => JudgedPart;

/** Makes what judges the cells of a task. @throws SallyportError `bundle/invalid` */
export async function createCellJudge({ source, recipe }: Task): Promise<CellJudge> {
  const space = layOut(recipe);
  const write = createInputWriter(recipe);
  const open = await makeJudge(source);
  const added = Object.values(recipe.times).some(({ blackout }) => blackout);
  const shut = added ? await makeJudge(source, blackoutOf(recipe.at)) : open;
  return ({ cells }) => {
    const results: CellResult[] = [];
    const known = new Map<string, number>();
    const of = new Uint32Array(cells.length);
    const fuel = new Uint32Array(cells.length);
    for (const [position, cell] of cells.entries()) {
      const at = space.coordinates(cell);
      const closedForIt = at.window === 'closed' && recipe.times[at.environment]?.blackout === true;
      const judge: Judge = closedForIt ? shut : open;
      const judgement = judge.judge(write(at));
      const result = resultOf(judgement);
      const key = JSON.stringify(result);
      let index = known.get(key);
      if (index === undefined) {
        index = results.length;
        results.push(result);
        known.set(key, index);
      }
      of[position] = index;
      fuel[position] = judgement.fuel;
    }
    return { cells, results, of, fuel };
  };
}
