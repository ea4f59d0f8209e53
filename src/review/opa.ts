import { execFile } from 'node:child_process';
import { access, constants, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { SallyportError } from '../errors.ts';

/** The OPA that the committed bundle is built with. */
export const OPA_VERSION = '1.22.0';

const HINT = `install OPA ${OPA_VERSION} or newer and put it on PATH or name it in OPA, or install Go so that it can be built`;

export interface FindOpaOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Only this very version will do, so that the module comes out byte for byte; otherwise any newer one does too. */
  readonly exact?: boolean;
  /** With `exact`, another version than `OPA_VERSION`; such a one is never built here, only found. */
  readonly version?: string;
  /** Where the one line goes that announces a build; default stderr. */
  readonly announce?: (line: string) => void;
}

/**
 * The path of an OPA binary: the one that `OPA` names, `opa` on PATH, one that was built before, or else one built by
 * `go install` into the cache folder (`$XDG_CACHE_HOME` or `~/.cache`, `sallyport/opa/<version>`), which takes about a minute.
 * @throws SallyportError `usage/invalid` when `OPA` names none that will do, or there is none and it cannot be built.
 */
export async function findOpa(options: FindOpaOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  const named = env.OPA;
  if (named !== undefined && named !== '') return checkNamed(named, options);
  for (const folder of (env.PATH ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const candidate = join(folder, 'opa');
    if ((await isExecutable(candidate)) && (await suits(candidate, options))) return candidate;
  }
  const wanted = options.version ?? OPA_VERSION;
  if (wanted !== OPA_VERSION) {
    throw new SallyportError('usage/invalid', `there is no OPA ${wanted} on PATH`, {
      fix: `put OPA ${wanted} on PATH or name it in OPA`,
    });
  }
  const cache = join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sallyport', 'opa', OPA_VERSION);
  const cached = join(cache, 'opa');
  if ((await isExecutable(cached)) && (await suits(cached, options))) return cached;
  return installOpa(cache, env, options.announce ?? ((line) => process.stderr.write(`${line}\n`)));
}

async function checkNamed(path: string, options: FindOpaOptions): Promise<string> {
  const version = await versionOf(path);
  if (version === undefined) {
    throw new SallyportError('usage/invalid', `OPA names ${path}, which is not an OPA that can be run`, { fix: HINT });
  }
  if (await suits(path, options)) return path;
  const wanted = options.exact === true ? `exactly ${options.version ?? OPA_VERSION}` : `at least ${OPA_VERSION}`;
  throw new SallyportError('usage/invalid', `OPA names ${path}, which is version ${version}; it must be ${wanted}`, {
    fix: HINT,
  });
}

async function suits(path: string, options: FindOpaOptions): Promise<boolean> {
  const version = await versionOf(path);
  if (version === undefined) return false;
  return options.exact === true ? version === (options.version ?? OPA_VERSION) : atLeast(version, OPA_VERSION);
}

function atLeast(version: string, least: string): boolean {
  const have = version.split('.').map(Number);
  for (const [index, wanted] of least.split('.').map(Number).entries()) {
    const part = have[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

async function versionOf(path: string): Promise<string | undefined> {
  const { stdout } = await run(path, ['version'], {}).catch(() => ({ stdout: '' }));
  return /^Version: (\d+\.\d+\.\d+)/m.exec(stdout)?.[1];
}

async function installOpa(folder: string, env: NodeJS.ProcessEnv, announce: (line: string) => void): Promise<string> {
  announce(`building OPA ${OPA_VERSION} once, which takes about a minute`);
  const staging = `${folder}.${process.pid}`;
  await mkdir(staging, { recursive: true });
  try {
    const go = { ...env, GOBIN: staging, CGO_ENABLED: '0' };
    const done = await run('go', ['install', `github.com/open-policy-agent/opa@v${OPA_VERSION}`], { env: go });
    if (done.status !== 0)
      throw new SallyportError('usage/invalid', `OPA could not be built: ${done.stderr.trim()}`, { fix: HINT });
    await mkdir(folder, { recursive: true });
    await rename(join(staging, 'opa'), join(folder, 'opa'));
  } catch (cause) {
    if (cause instanceof SallyportError) throw cause;
    throw new SallyportError('usage/invalid', 'there is no OPA here, and no Go to build it with', { fix: HINT, cause });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return join(folder, 'opa');
}

/** How a program ended: its exit status and what it printed. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end.
 * @throws Error when it cannot be started, or does not end within `timeout` milliseconds.
 */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly timeout?: number },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...options, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ status: error.code, stdout, stderr });
      else reject(error);
    });
  });
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
