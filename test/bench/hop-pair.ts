import { hopScript, makeBenchFolder } from './bench-folder.ts';
import { startBenchGate } from './gate-process.ts';
import { startHop, stop } from './processes.ts';

/** One way to an upstream: with the same TLS on both sides. */
export interface Way {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly ca: string;
  /** Before the upstream's own path. */
  readonly prefix: string;
  readonly token: string;
}

/** An upstream script of `hops/`, and two ways to it: a bare http-proxy-middleware hop, and the gate. */
export async function withHopPair(
  upstreamScript: string,
  run: (ways: readonly [bare: Way, gate: Way]) => Promise<void>,
) {
  const folder = makeBenchFolder();
  const upstream = await startHop('upstream', [hopScript(upstreamScript), folder.path]);
  const target = `https://localhost:${upstream.port}`;
  const bare = await startHop('bare http-proxy-middleware', [hopScript('bare'), folder.path, target]);
  const gate = await startBenchGate({ url: target, ca: folder.caFile });
  const [pid = 0] = bare.pids;
  try {
    await run([
      { name: bare.name, port: bare.port, pid, ca: folder.ca, prefix: '', token: 'none' },
      { name: 'sallyport', port: gate.port, pid: gate.pid, ca: gate.ca, prefix: gate.prefix, token: gate.token },
    ]);
  } finally {
    await gate.remove();
    for (const { child } of [bare, upstream]) await stop(child);
    folder.remove();
  }
}
