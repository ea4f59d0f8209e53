import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** A program of the lab, running until it is stopped or this process ends, however it ends. */
export interface Service {
  readonly name: string;
  /** Set once the program has ended by itself. */
  exited(): boolean;
  /** The last lines of its log. */
  tail(lines: number): string;
  /** Asks it to stop, kills it after five seconds, and resolves when it is gone. */
  stop(): Promise<void>;
}

const ours = new Set<ChildProcess>();
let listening = false;

/** Kills a child when this process exits, unless it has ended before. */
export function endWithUs(child: ChildProcess): void {
  if (!listening) process.once('exit', () => ours.forEach((each) => void each.kill('SIGKILL')));
  listening = true;
  ours.add(child);
  child.once('exit', () => ours.delete(child));
}

/** Starts a program whose output goes to `log`. */
export function startService(
  name: string,
  program: string,
  args: readonly string[],
  cwd: string,
  log: string,
): Service {
  const file = openSync(log, 'a');
  const child = spawn(program, args, { cwd, stdio: ['ignore', file, file] });
  closeSync(file);
  let ended = false;
  const gone = new Promise<void>((resolve) => {
    const end = () => {
      ended = true;
      resolve();
    };
    child.once('exit', end);
    child.once('error', end);
  });
  const reaper = child.pid === undefined ? undefined : startReaper(child.pid);
  return {
    name,
    exited: () => ended,
    tail: (lines) => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'),
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await gone;
      clearTimeout(timer);
      reaper?.kill('SIGKILL');
    },
  };
}

/**
 * A shell that ends `pid` when its standard input closes: that happens even when this process is killed with -9, where
 * no exit hook runs.
 */
function startReaper(pid: number): ChildProcess {
  const script = 'read -r _; kill "$1"; sleep 3; kill -9 "$1"';
  const reaper = spawn('sh', ['-c', script, 'reaper', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  reaper.unref();
  // The pipe must not keep a finished test run alive either.
  if (reaper.stdin !== null && 'unref' in reaper.stdin && typeof reaper.stdin.unref === 'function')
    reaper.stdin.unref();
  return reaper;
}

/** Ports on the loopback interface that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
