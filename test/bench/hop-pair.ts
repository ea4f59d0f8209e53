import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../lab/certificates.ts';
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
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  const authority = createAuthority(new Date());
  const pair = authority.server(['localhost'], ['127.0.0.1']);
  writeFileSync(join(folder, 'ca.pem'), authority.certificate);
  writeFileSync(join(folder, 'key.pem'), pair.key);
  writeFileSync(join(folder, 'cert.pem'), pair.certificate);
  const script = (name: string) => new URL(`hops/${name}.ts`, import.meta.url).pathname;
  const upstream = await startHop('upstream', [script(upstreamScript), folder]);
  const target = `https://localhost:${upstream.port}`;
  const bare = await startHop('bare http-proxy-middleware', [script('bare'), folder, target]);
  const gate = await startBenchGate({ url: target, ca: join(folder, 'ca.pem') });
  const [pid = 0] = bare.pids;
  try {
    await run([
      { name: bare.name, port: bare.port, pid, ca: authority.certificate, prefix: '', token: 'none' },
      { name: 'sallyport', port: gate.port, pid: gate.pid, ca: gate.ca, prefix: gate.prefix, token: gate.token },
    ]);
  } finally {
    await gate.remove();
    for (const { child } of [bare, upstream]) await stop(child);
    rmSync(folder, { recursive: true, force: true });
  }
}
