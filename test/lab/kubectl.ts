import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { LabAddress } from './lab.ts';

export interface KubectlOptions {
  readonly kubeconfig?: string;
  /** What kubectl reads from its standard input. */
  readonly input?: string;
  /** Another program than the kubectl of the server's version: an older one, Helm. */
  readonly program?: string;
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its working folder. */
  readonly cwd?: string;
}

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const WITHIN = 60_000;

/** Runs kubectl with a home folder of the lab's own, by default as the administrator. */
export function runKubectl(lab: LabAddress, args: readonly string[], options: KubectlOptions): Promise<KubectlResult> {
  const home = join(lab.folder, 'home');
  mkdirSync(home, { recursive: true });
  const { kubeconfig = lab.admin, program = lab.kubectlBinary, env = {}, cwd } = options;
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH ?? '', HOME: home, KUBECONFIG: kubeconfig, ...env },
    cwd,
    timeout: WITHIN,
    killSignal: 'SIGKILL',
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  // A kubectl that refuses its arguments ends without reading: the broken pipe is no error of ours.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === null)
        reject(
          new Error(
            `${basename(program)} ${args.join(' ')} was ended by ${signal} after ${WITHIN} ms\n${output.stderr}`,
          ),
        );
      else resolve({ code, ...output });
    });
  });
}
