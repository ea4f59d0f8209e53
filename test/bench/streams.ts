import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { median, ratio } from './figures.ts';
import { type Way, withHopPair } from './hop-pair.ts';
import { residentBytes } from './processes.ts';

const WATCHES = 2_000;
/** Connections are opened so many at a time, as clients come, not all in one burst. */
const AT_ONCE = 50;
const KIB = 1024;
const MIB = KIB * KIB;
const LOG_BYTES = 500 * MIB;

/** 2,000 open watches, each told of an event a second; then 500 MiB of a log: the gate beside a bare hop. */
export async function benchStreams(options: { readonly seconds: number; readonly rounds: number }): Promise<void> {
  await withHopPair('streams', async ([bare, gate]) => {
    const watched = [await watches(bare, options.seconds), await watches(gate, options.seconds)] as const;
    process.stdout.write(`\n${WATCHES} open watches, one event a second for each, for ${options.seconds} s\n`);
    for (const { name, latencies, perWatch } of watched) {
      process.stdout.write(
        `  ${name.padEnd(32)} event latency median ${median(latencies).toFixed(1)} ms, ${(perWatch / KIB).toFixed(0)} KiB a watch\n`,
      );
    }
    ratio('event latency, of the bare hop', median(watched[1].latencies) / median(watched[0].latencies), '<= 1.5');
    ratio('KiB of memory a watch', watched[1].perWatch / KIB, '< 100');

    const runs = new Map([bare, gate].map(({ name }) => [name, { rates: [] as number[], peak: 0 }]));
    for (let round = 0; round < options.rounds; round += 1) {
      for (const way of [bare, gate]) {
        const { rate, grown } = await log(way);
        const run = runs.get(way.name);
        run?.rates.push(rate);
        if (run !== undefined) run.peak = Math.max(run.peak, grown);
      }
    }
    process.stdout.write(`\nA log of ${LOG_BYTES / MIB} MiB, ${options.rounds} times\n`);
    for (const [name, { rates, peak }] of runs) {
      process.stdout.write(
        `  ${name.padEnd(32)} ${(median(rates) / MIB).toFixed(0)} MiB/s, at most ${(peak / MIB).toFixed(0)} MiB more memory meanwhile\n`,
      );
    }
    const rateOf = ({ name }: Way) => median(runs.get(name)?.rates);
    ratio('rate of a log, of the bare hop', rateOf(gate) / rateOf(bare), '>= 0.60');
  });
}

interface Watched {
  readonly name: string;
  /** Milliseconds from the upstream's write to the client's read. */
  readonly latencies: readonly number[];
  /** Bytes of resident memory. */
  readonly perWatch: number;
}

async function watches(way: Way, seconds: number): Promise<Watched> {
  const before = residentBytes(way.pid);
  const latencies: number[] = [];
  const sockets: TLSSocket[] = [];
  let measuring = false;
  const told = (text: string, now: bigint): void => {
    if (!measuring) return;
    for (const [, sent = ''] of text.matchAll(/"sent":"(\d+)"/g)) latencies.push(Number(now - BigInt(sent)) / 1e6);
  };
  for (let opened = 0; opened < WATCHES; opened += AT_ONCE) {
    sockets.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => watch(way, told)))));
  }
  await sleep(2_000);
  const perWatch = (residentBytes(way.pid) - before) / WATCHES;
  measuring = true;
  await sleep(seconds * 1000);
  for (const socket of sockets) socket.destroy();
  if (latencies.length < (WATCHES * seconds) / 2)
    throw new Error(`${way.name}: only ${latencies.length} events arrived`);
  await sleep(1_000);
  return { name: way.name, latencies, perWatch };
}

/** Opens a watch and resolves once its answer has begun. */
function watch(way: Way, told: (text: string, now: bigint) => void): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = open(way, '/api/v1/namespaces/bench/configmaps?watch=1');
    socket.once('error', reject);
    socket.once('data', (chunk: Buffer) => {
      if (!chunk.toString('latin1').startsWith('HTTP/1.1 200')) reject(new Error(`${way.name}: ${chunk}`));
      resolve(socket);
    });
    socket.on('data', (chunk: Buffer) => told(chunk.toString('latin1'), process.hrtime.bigint()));
  });
}

/** Reads a whole log; bytes a second, and by how much the hop's memory was larger than before at its largest. */
async function log(way: Way): Promise<{ readonly rate: number; readonly grown: number }> {
  const before = residentBytes(way.pid);
  let largest = before;
  const looking = setInterval(() => {
    largest = Math.max(largest, residentBytes(way.pid));
  }, 50);
  const started = performance.now();
  const bytes = await new Promise<number>((resolve, reject) => {
    let size = 0;
    const socket = open(way, `/api/v1/namespaces/bench/pods/one/log?follow=true&limitBytes=${LOG_BYTES}`, 'close');
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length;
    });
    socket.once('error', reject).once('end', () => resolve(size));
  });
  clearInterval(looking);
  if (bytes < LOG_BYTES) throw new Error(`${way.name}: the log ended after ${bytes} bytes`);
  return { rate: (bytes * 1000) / (performance.now() - started), grown: largest - before };
}

function open(way: Way, path: string, connection = 'keep-alive'): TLSSocket {
  const socket = connect({ port: way.port, host: '127.0.0.1', ca: way.ca, servername: 'localhost' });
  const head = [
    `GET ${way.prefix}${path} HTTP/1.1`,
    'host: localhost',
    `authorization: Bearer ${way.token}`,
    `connection: ${connection}`,
  ];
  socket.once('secureConnect', () => socket.write(`${head.join('\r\n')}\r\n\r\n`));
  return socket;
}
