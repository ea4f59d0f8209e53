import { SallyportError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { run } from './opa.ts';

/** Who built a bundle, when and of what: for those who review it, and the serial by which gates tell older from newer. */
export interface BuildFacts {
  readonly facts: JsonObject;
  /** Milliseconds since 1970 of the time of the build. */
  readonly serial: number;
}

/**
 * Facts about a build that is about to be made: who (as told, else as CI or git name them), when (`SOURCE_DATE_EPOCH` where it
 * is set, so that a build can be repeated), the commit and whether the folder differs from it, the versions of the product and
 * of OPA. What nobody knows is left out.
 * @param from.folder what is built; whose commit it is
 * @param from.opa the OPA, or undefined when none is needed
 * @throws SallyportError `usage/invalid` when SOURCE_DATE_EPOCH is no time
 */
export async function buildFacts(from: {
  readonly env: NodeJS.ProcessEnv;
  readonly now: Date;
  readonly by: string | undefined;
  readonly folder: string;
  readonly opa: string | undefined;
  readonly version: string;
}): Promise<BuildFacts> {
  const { env, folder } = from;
  const at = sourceDate(env) ?? from.now;
  const git = async (...args: readonly string[]) => await output('git', ['-C', folder, ...args]);
  const commit = env.GITHUB_SHA || env.CI_COMMIT_SHA || (await git('rev-parse', 'HEAD'));
  const status = commit === undefined ? undefined : await git('status', '--porcelain', '--', '.');
  const facts: Readonly<Record<string, string | boolean | undefined>> = {
    by: from.by ?? (env.GITHUB_ACTOR || env.GITLAB_USER_LOGIN || (await git('config', 'user.name'))),
    at: at.toISOString(),
    commit,
    modified: status === undefined ? undefined : status !== '',
    opa: from.opa === undefined ? undefined : await opaVersion(from.opa),
    sallyport: from.version,
  };
  const known = Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return { facts: Object.fromEntries(known), serial: at.getTime() };
}

/** https://reproducible-builds.org/specs/source-date-epoch/ */
function sourceDate({ SOURCE_DATE_EPOCH: epoch }: NodeJS.ProcessEnv): Date | undefined {
  if (epoch === undefined || epoch === '') return undefined;
  const date = new Date(Number(epoch) * 1000);
  if (/^[0-9]{1,11}$/.test(epoch) && !Number.isNaN(date.getTime())) return date;
  throw new SallyportError(
    'usage/invalid',
    `SOURCE_DATE_EPOCH is ${JSON.stringify(epoch)}, expected seconds since 1970`,
  );
}

async function opaVersion(opa: string): Promise<string | undefined> {
  return /^Version: (\S+)/m.exec((await output(opa, ['version'])) ?? '')?.[1];
}

/** What a program printed, without white space around; undefined when it failed or is not there. */
async function output(program: string, args: readonly string[]): Promise<string | undefined> {
  const ended = await run(program, args, {}).catch(() => undefined);
  return ended?.status === 0 ? ended.stdout.trim() : undefined;
}
