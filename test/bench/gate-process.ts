import type { ChildProcess } from 'node:child_process';
import type { JsonObject } from '../../src/json.ts';
import { ROUTE } from '../gate/gate-lab.ts';
import { startGateProcess } from '../gate/gate-process.ts';
import { pidOf } from './processes.ts';

/** A gate in a process of its own, with one route, and one agent of level 3 that may go everywhere. */
export interface BenchGate {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  readonly ca: string;
  readonly route: string;
  /** Before the upstream's own path. */
  readonly prefix: string;
  readonly agent: string;
  readonly token: string;
  /** Ends it, and removes what it kept. */
  remove(): Promise<void>;
}

/** Starts the gate in front of an upstream of environment dev. */
export async function startBenchGate(upstream: JsonObject): Promise<BenchGate> {
  const prefix = `/kube/${ROUTE}`;
  const route = { name: ROUTE, surface: 'kubernetes', at: prefix, environment: 'dev', upstream };
  const gate = await startGateProcess(upstream, { routes: [route] });
  const agent = 'bench';
  return {
    child: gate.child,
    pid: pidOf(gate.child),
    port: Number(new URL(gate.origin).port),
    ca: gate.caPem,
    route: ROUTE,
    prefix,
    agent,
    token: await gate.token(agent, 3),
    remove: () => gate.remove(),
  };
}
