import { readBundle } from '../../decide/bundle.ts';
import type { PolicyOptions } from '../../decide/policy.ts';
import type { JsonObject } from '../../json.ts';
import { recipeOf } from './ask.ts';
import { blackoutOf } from './blackout.ts';
import { bundleSource, type JudgeSource, makeJudge } from './judge-source.ts';
import { judgeMatrix, type Matrix, type MatrixOptions } from './matrix.ts';
import type { Recipe } from './recipe.ts';

/** A judge that may be made on any thread, and the data that it judges by. */
export interface Judged {
  readonly source: JudgeSource;
  /** As policy sees them: `settings.*`, with what a site replaces. */
  readonly data: JsonObject;
}

/** One bundle, by its archive. @throws SallyportError `bundle/invalid` */
export function judgedBundle(archive: Uint8Array, limits: Pick<PolicyOptions, 'fuel' | 'memoryMiB'> = {}): Judged {
  return { source: bundleSource(archive, limits), data: readBundle(archive).data };
}

/**
 * What the calls of a matrix are made of under a judge.
 * @param at RFC 3339, UTC, milliseconds: when the calls are made
 * @param also names of environments besides those of the data: what another bundle names
 * @throws SallyportError `bundle/invalid`
 */
export async function askRecipe({ source, data }: Judged, at: string, also: readonly string[] = []): Promise<Recipe> {
  const judge = await makeJudge(source);
  const shut = await makeJudge(source, blackoutOf(at));
  return recipeOf({ judge, shut, data, at, also });
}

/** The whole matrix of a judge. @throws SallyportError `bundle/invalid`, `policy/fault` */
export async function authorityOf(
  judged: Judged,
  options: { readonly at: string } & Pick<MatrixOptions, 'workers' | 'signal'>,
): Promise<Matrix> {
  const { at, ...rest } = options;
  return judgeMatrix({ source: judged.source, recipe: await askRecipe(judged, at), ...rest });
}
