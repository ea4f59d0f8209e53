import { readBundle } from '../../decide/bundle.ts';
import { createJudge, type Judge } from '../../decide/judge.ts';
import { loadPolicy, type PolicyOptions } from '../../decide/policy.ts';
import { SallyportError } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';

/**
 * Where judges come from, told in plain data, so that a worker can make its own: the address of a module that exports a
 * `JudgeFactory` by the name of `judgeFrom`, and what that is given.
 */
export interface JudgeSource {
  /** A `file:` URL. */
  readonly module: string;
  /** What `judgeFrom` gets; it must survive a structured clone. */
  readonly options: unknown;
}

/**
 * Makes a judge. `amend` is applied to the data that are in force before the policy is loaded with them.
 * @throws SallyportError `bundle/invalid`
 */
export type JudgeFactory<Options> = (options: Options, amend: (data: JsonObject) => JsonObject) => Promise<Judge>;

/** What a single bundle is judged by. */
interface BundleJudge extends Pick<PolicyOptions, 'fuel' | 'memoryMiB'> {
  readonly archive: Uint8Array;
}

/** The judge of one bundle. Its signature is not looked at. */
export function bundleSource(archive: Uint8Array, limits: Pick<PolicyOptions, 'fuel' | 'memoryMiB'> = {}): JudgeSource {
  const options: BundleJudge = { archive, ...limits };
  return { module: import.meta.url, options };
}

/** The factory of `bundleSource`, which `makeJudge` finds by its name. @public */
export async function judgeFrom(
  { archive, ...limits }: BundleJudge,
  amend: (data: JsonObject) => JsonObject,
): Promise<Judge> {
  const { wasm, data, contentDigest: bundleDigest, revision } = readBundle(archive);
  return createJudge(await loadPolicy({ wasm, data: amend(data) }, limits), { bundleDigest, revision });
}

/** Makes the judge of a source. @throws SallyportError `bundle/invalid` */
export async function makeJudge(source: JudgeSource, amend = (data: JsonObject) => data): Promise<Judge> {
  const module: { readonly judgeFrom?: unknown } = await import(source.module);
  const factory = module.judgeFrom;
  if (!isFactory(factory)) throw new SallyportError('bundle/invalid', `${source.module} exports no judgeFrom`);
  return factory(source.options, amend);
}

function isFactory(value: unknown): value is JudgeFactory<unknown> {
  return typeof value === 'function';
}
