import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findOpa } from '../../src/review/opa.ts';
import { freePorts } from '../lab/processes.ts';
import { hopScript, makeBenchFolder } from './bench-folder.ts';
import { median, ratio } from './figures.ts';
import { startBenchGate } from './gate-process.ts';
import { allowedRead } from './inputs.ts';
import { type LoadResult, runLoad } from './load.ts';
import { cpuSeconds, type Hop, pidOf, startHop, startProgram, stop } from './processes.ts';

const CONNECTIONS = 16;
const PATH = '/api/v1/namespaces/bench/configmaps/one';

interface Contender {
  readonly hop: Hop;
  readonly ca: string;
  readonly prefix: string;
  readonly token: string;
}

interface Measured {
  readonly perSecond: number[];
  readonly p99: number[];
  readonly cpu: number[];
}

/**
 * GET of a 1 KiB object at 16 connections through three hops, in turns, with the same TLS on both sides: a bare
 * http-proxy-middleware hop, the gate (full library, recording and fsync on), and a Node proxy that asks an OPA server.
 */
export async function benchReads(options: { readonly seconds: number; readonly rounds: number }): Promise<void> {
  const folder = makeBenchFolder();
  const upstream = await startHop('upstream', [hopScript('upstream'), folder.path]);
  const target = `https://localhost:${upstream.port}`;
  const [opaPort] = await freePorts(1);
  const opa = startProgram(
    await findOpa(),
    [
      'run',
      '--server',
      '--addr',
      `127.0.0.1:${opaPort}`,
      '--set',
      'decision_logs.console=true',
      'settings:rego/data',
      'rego/sallyport',
    ],
    join(folder.path, 'opa.log'),
  );
  writeFileSync(join(folder.path, 'input.json'), JSON.stringify(allowedRead()));
  const bare = await startHop('bare http-proxy-middleware', [hopScript('bare'), folder.path, target]);
  const asking = await startHop(
    'proxy asking opa run --server',
    [hopScript('asking-opa'), folder.path, target, `http://127.0.0.1:${opaPort}`, join(folder.path, 'input.json')],
    [pidOf(opa)],
  );
  const gate = await startBenchGate({ url: target, ca: folder.caFile });
  const contenders: Contender[] = [
    { hop: bare, ca: folder.ca, prefix: '', token: 'none' },
    {
      hop: { name: 'sallyport', port: gate.port, child: gate.child, pids: [gate.pid] },
      ca: gate.ca,
      prefix: gate.prefix,
      token: gate.token,
    },
    { hop: asking, ca: folder.ca, prefix: '', token: 'none' },
  ];
  await sleep(1000);
  const measured = contenders.map((): Measured => ({ perSecond: [], p99: [], cpu: [] }));
  try {
    for (const contender of contenders) await load(contender, 2);
    for (let round = 0; round < options.rounds; round += 1) {
      for (const [index, contender] of contenders.entries()) {
        const before = cpuSeconds(contender.hop.pids);
        const result = await load(contender, options.seconds);
        if (result.failed > 0)
          throw new Error(`${contender.hop.name}: ${result.failed} of ${result.calls} calls failed`);
        const m = measured[index];
        m?.perSecond.push(result.perSecond);
        m?.p99.push(result.p99);
        m?.cpu.push(((cpuSeconds(contender.hop.pids) - before) * 1000) / result.calls);
      }
    }
  } finally {
    for (const { hop } of contenders) await stop(hop.child);
    await gate.remove();
    await stop(opa);
    await stop(upstream.child);
    folder.remove();
  }
  report(contenders, measured);
}

function load({ hop, ca, prefix, token }: Contender, seconds: number): Promise<LoadResult> {
  const request = `GET ${prefix}${PATH} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\naccept: application/json\r\n\r\n`;
  return runLoad({ port: hop.port, ca, connections: CONNECTIONS, seconds, request: () => request });
}

function report(contenders: readonly Contender[], measured: readonly Measured[]): void {
  process.stdout.write(`\nGET of 1 KiB, ${CONNECTIONS} connections, TLS on both sides (medians of the rounds)\n`);
  const rows = contenders.map(({ hop }, index) => {
    const m = measured[index];
    return { name: hop.name, perSecond: median(m?.perSecond), p99: median(m?.p99), cpu: median(m?.cpu) };
  });
  for (const { name, perSecond, p99, cpu } of rows) {
    process.stdout.write(
      `  ${name.padEnd(32)} ${perSecond.toFixed(0).padStart(6)}/s   p99 ${p99.toFixed(1).padStart(6)} ms   ${cpu.toFixed(3)} ms CPU a call\n`,
    );
  }
  const [bare, gate, asking] = rows;
  if (bare === undefined || gate === undefined || asking === undefined) return;
  ratio('throughput, of the bare hop', gate.perSecond / bare.perSecond, '>= 0.50');
  ratio('throughput, of the proxy asking OPA', gate.perSecond / asking.perSecond, '>= 1.40');
  ratio('p99, of the proxy asking OPA', gate.p99 / asking.p99, '< 1');
  ratio('CPU a call, of the bare hop', gate.cpu / bare.cpu, '<= 2.2');
}
