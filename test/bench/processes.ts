import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { endWithUs } from '../lab/processes.ts';

/** A process of a benchmark: where it listens, and what it has cost so far. */
export interface Hop {
  readonly name: string;
  readonly port: number;
  readonly pids: readonly number[];
  readonly child: ChildProcess;
}

/** Starts a hop script that prints its port on its first line. */
export async function startHop(
  name: string,
  args: readonly string[],
  alsoCounted: readonly number[] = [],
): Promise<Hop> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  endWithUs(child);
  const { stdout } = child;
  if (stdout === null) throw new Error('a piped process has no stdout');
  for await (const line of createInterface({ input: stdout })) {
    return { name, port: Number(line), child, pids: [pidOf(child), ...alsoCounted] };
  }
  throw new Error(`${name} ended before it listened`);
}

/** Starts any program, its output in a file. */
export function startProgram(program: string, args: readonly string[], log: string): ChildProcess {
  const out = openSync(log, 'w');
  const child = spawn(program, args, { stdio: ['ignore', out, out] });
  endWithUs(child);
  return child;
}

export function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`${child.spawnfile} did not start`);
  return child.pid;
}

export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

/** Seconds of processor that processes have used so far, all threads, user and system (Linux). */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / 100;
}

/** Bytes of physical memory that a process has now (Linux). */
export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}
