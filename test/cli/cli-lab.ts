import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Role } from '../../src/identify/permissions.ts';
import { type OperationsLab, openOperationsLab } from '../operate/operations-lab.ts';

const CLI = resolve(import.meta.dirname, '../../src/cli.ts');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A running operations API and the command line in a folder with its configuration. */
export interface CliLab {
  readonly operations: OperationsLab;
  readonly folder: string;
  /** Runs `sallyport ...` with the token of a role, or without one. */
  run(role: Role | undefined, ...args: readonly string[]): Promise<Ended>;
  close(): Promise<void>;
}

export async function openCliLab(): Promise<CliLab> {
  return cliLabOf(await openOperationsLab());
}

/** The command line before an operations API that is already running; closed with it. */
export async function cliLabOf(operations: OperationsLab): Promise<CliLab> {
  const folder = operations.state;
  await writeConfig(folder, { operate: `127.0.0.1:${operations.port}`, operateInsecure: true });
  return {
    operations,
    folder,
    run: (role, ...args) =>
      runCli(folder, role === undefined ? {} : { SALLYPORT_TOKEN: operations.tokens[role] }, args),
    close: () => operations.close(),
  };
}

/** Writes `sallyport.yaml` into the folder, which is the state folder too. */
export async function writeConfig(folder: string, changed: object): Promise<void> {
  const config = {
    state: '.',
    routes: [{ name: 'staging', surface: 'kubernetes', at: '/kube/staging', upstream: { url: 'http://127.0.0.1:1' } }],
    ...changed,
  };
  await writeFile(join(folder, 'sallyport.yaml'), JSON.stringify(config));
}

/** Runs the real program in a process of its own. @param onOut called with what came on stdout so far; may stop it. */
export function runCli(
  folder: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[],
  onOut: (text: string, stop: () => void) => void = () => {},
): Promise<Ended> {
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
      onOut(out, () => child.kill('SIGTERM'));
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      err += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => done({ code, out, err }));
  });
}
