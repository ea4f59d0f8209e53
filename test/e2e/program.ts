import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export const CLI = resolve(import.meta.dirname, '../../src/cli.ts');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A program that goes on until it is stopped. */
export interface Running {
  /** What it has said so far. */
  readonly said: { readonly out: string; readonly err: string };
  /** SIGTERM; resolves when it is gone. */
  stop(): Promise<Ended>;
}

export interface RunOptions {
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** `sallyport ...`, the real program in a process of its own, that ends by itself. */
export async function sallyport(args: readonly string[], options: RunOptions): Promise<Ended> {
  const program = start(args, options);
  await program.gone;
  return program.ended();
}

/** `sallyport ...` that goes on; resolves once it has said `ready`. @throws Error when it ends before */
export async function sallyportUntil(ready: string, args: readonly string[], options: RunOptions): Promise<Running> {
  const program = start(args, options);
  while (!`${program.said.out}${program.said.err}`.includes(ready)) {
    const ended = await Promise.race([program.gone.then(() => true), program.heard().then(() => false)]);
    if (ended) throw new Error(`sallyport ${args[0]} ended with ${program.ended().code}: ${program.said.err}`);
  }
  return {
    said: program.said,
    async stop() {
      program.child.kill('SIGTERM');
      await program.gone;
      return program.ended();
    },
  };
}

/**
 * `sallyport serve ...`, accepting calls. Without a configuration its ports are fixed; where another gate on this
 * machine has them, this waits for it to end.
 */
export async function serve(args: readonly string[], options: RunOptions): Promise<Running> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sallyportUntil('operators: ', ['serve', ...args], options);
    } catch (thrown) {
      if (attempt === 60 || !(thrown instanceof Error && thrown.message.includes('EADDRINUSE'))) throw thrown;
      await setTimeout(1_000);
    }
  }
}

function start(args: readonly string[], { folder, env = {} }: RunOptions) {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  return {
    child,
    said,
    gone: once(child, 'close'),
    heard: () => Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]),
    ended: (): Ended => ({ code: child.exitCode, ...said }),
  };
}
