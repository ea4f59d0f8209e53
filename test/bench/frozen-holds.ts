import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { textAt } from '../../src/cli/json-fields.ts';
import { isArray, type JsonObject } from '../../src/json.ts';
import { type GateProcess, startGateProcess } from '../gate/gate-process.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../gate/recording-upstream.ts';
import { hopScript, makeBenchFolder } from './bench-folder.ts';
import { limit, median, ratio } from './figures.ts';
import { runLoad } from './load.ts';
import { startHop, stop } from './processes.ts';

const HELD = 1_000;
/** Connections are opened so many at a time, as clients come, not all in one burst. */
const AT_ONCE = 50;
/** Sooner than kubectl, so that all wait soon: the gate measures no more than 16 changes of an agent at once. */
const AGAIN_MS = 200;
const READERS = 16;
const SECONDS = 2;
const TARGET = '/api/v1/namespaces/shop-dev/configmaps/features';
const READ = '/api/v1/namespaces/bench/configmaps/one';

/** 1,000 held calls wait; then their agent is frozen while others read: when all have ended, and what others notice of it. */
export async function benchFrozenHolds({ rounds }: { readonly rounds: number }): Promise<void> {
  const folder = makeBenchFolder();
  const [held, read] = [
    await startRecordingUpstream(),
    await startHop('upstream', [hopScript('upstream'), folder.path]),
  ];
  const route = (name: string, upstream: JsonObject) => ({
    ...{ name, surface: 'kubernetes', at: `/kube/${name}`, environment: 'dev', upstream },
  });
  const gate = await startGateProcess(
    {},
    {
      holds: { perAgent: HELD },
      routes: [
        route('demo', { url: held.url }),
        route('bench', { url: `https://localhost:${read.port}`, ca: folder.caFile }),
      ],
    },
  );
  try {
    const waiting = await gate.token('waiting', 2);
    await gate.token('reading', 3);
    const reading = textAt(
      await gate.admin.post('/v1/agents/reading/tokens', { route: 'bench', why: 'bench' }),
      'token',
    );
    await readers(gate, reading);
    const usual: number[] = [];
    const meanwhile: number[] = [];
    const ended: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const calls = await openHeld(gate, waiting, round);
      await untilWaiting(gate);
      held.forget();
      usual.push(await readers(gate, reading));
      const load = readers(gate, reading);
      await sleep(100);
      const started = performance.now();
      const frozen = await gate.admin.post('/v1/freezes', { scope: { kind: 'agent', agent: 'waiting' }, why: 'bench' });
      const answers = await Promise.all(calls.map(({ answer }) => answer));
      ended.push(Math.max(...answers.map(({ at }) => at)) - started);
      meanwhile.push(await load);
      check(
        answers.map(({ status }) => status),
        held,
      );
      await gate.admin.post(`/v1/freezes/${textAt(frozen, 'id')}/lift`, { why: 'bench' });
    }
    process.stdout.write(`\n${HELD} held calls that wait, then their agent is frozen, ${rounds} times\n`);
    limit('ms until the last has its answer', median(ended), '<= 1000');
    process.stdout.write(
      `  others meanwhile: ${median(meanwhile).toFixed(0)} reads/s, otherwise ${median(usual).toFixed(0)} reads/s\n`,
    );
    ratio('throughput of others, of the usual', median(meanwhile) / median(usual), '>= 0.80');
  } finally {
    await gate.remove();
    await held.close();
    await stop(read.child);
    folder.remove();
  }
}

/** Reads a second, by others, on a route of their own. */
async function readers(gate: GateProcess, token: string): Promise<number> {
  const request = `GET /kube/bench${READ} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`;
  const { perSecond, failed } = await runLoad({
    ...{ port: portOf(gate), ca: gate.caPem, connections: READERS, seconds: SECONDS },
    request: () => request,
  });
  if (failed > 0) throw new Error(`${failed} reads failed`);
  return perSecond;
}

interface Held {
  readonly answer: Promise<{ readonly status: number; readonly at: number }>;
}

async function openHeld(gate: GateProcess, token: string, round: number): Promise<readonly Held[]> {
  const calls: Held[] = [];
  for (let opened = 0; opened < HELD; opened += AT_ONCE) {
    for (let one = opened; one < opened + AT_ONCE; one += 1) calls.push(hold(gate, token, `${round}-${one}`));
    await sleep(50);
  }
  return calls;
}

/** A change of its own, sent again as kubectl does while it is told to; and its answer when there is one. */
function hold(gate: GateProcess, token: string, serial: string): Held {
  const socket: TLSSocket = connect({ port: portOf(gate), host: '127.0.0.1', ca: gate.caPem, servername: 'localhost' });
  const body = JSON.stringify({ data: { serial } });
  const head = [
    `PATCH /kube/demo${TARGET} HTTP/1.1`,
    'host: localhost',
    `authorization: Bearer ${token}`,
    'content-type: application/merge-patch+json',
    'user-agent: kubectl/v1.36.0 (linux/amd64) kubernetes/0123abc',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  const send = () => socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.once('secureConnect', send);
  const answer = new Promise<{ readonly status: number; readonly at: number }>((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => {
      const status = /^HTTP\/1\.1 ([0-9]{3})/.exec(chunk.toString('latin1', 0, 12))?.[1];
      if (status === undefined) return;
      if (status === '429') setTimeout(send, AGAIN_MS);
      else {
        resolve({ status: Number(status), at: performance.now() });
        socket.destroy();
      }
    });
    socket.once('error', reject);
  });
  return { answer };
}

async function untilWaiting(gate: GateProcess): Promise<void> {
  for (let look = 0; look < 1_200; look += 1) {
    const { approvals } = await gate.admin.get('/v1/approvals');
    if (isArray(approvals) && approvals.length === HELD) return;
    await sleep(100);
  }
  throw new Error(`there are not ${HELD} held calls`);
}

function check(statuses: readonly number[], upstream: RecordingUpstream): void {
  const odd = statuses.filter((status) => status !== 403);
  if (odd.length > 0)
    throw new Error(`${odd.length} held calls were answered otherwise: ${[...new Set(odd)].join(', ')}`);
  const ran = upstream.calls().filter(({ method, url }) => method === 'PATCH' && !url.includes('dryRun=All'));
  if (ran.length > 0) throw new Error(`${ran.length} held calls ran`);
}

function portOf(gate: GateProcess): number {
  return Number(new URL(gate.origin).port);
}
