import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { textAt } from '../../src/cli/json-fields.ts';
import { isObject, type JsonObject } from '../../src/json.ts';
import type { GateLab } from './gate-lab.ts';

const CLI = resolve(import.meta.dirname, '../../src/cli.ts');

/** One event of the stream. */
export interface Seen {
  readonly event: string;
  readonly data: JsonObject;
}

/** Everything that came on an event stream since it was opened. */
export interface Stream {
  all(): readonly Seen[];
  /** Decisions and notifications about an agent. */
  of(agent: string): readonly Seen[];
  /** All about one decision. */
  about(id: string): readonly Seen[];
  stop(): Promise<void>;
}

/** Opens the event stream of the operations API; resolves once the gate has a reader for it. */
export async function followStream(lab: GateLab): Promise<Stream> {
  const seen: Seen[] = [];
  const stop = new AbortController();
  const reading = (async () => {
    for await (const each of lab.admin.stream('/v1/decisions/stream', stop.signal)) seen.push(each);
  })();
  await untilSeen(lab, () => seen.some(({ event }) => event === 'change'));
  return {
    all: () => seen,
    of: (agent) => seen.filter(({ data }) => isObject(data.data) && textAt(data.data, 'agent', 'id') === agent),
    about: (id) => seen.filter(({ data }) => data.id === id),
    async stop() {
      stop.abort();
      await reading;
    },
  };
}

/** `sallyport decisions tail` in a process of its own. */
export interface Tail {
  /** What it has printed, without changes of agents and operators. */
  lines(): readonly string[];
  /** SIGTERM. */
  stop(): Promise<{ readonly code: number | null; readonly err: string }>;
}

/** Starts it with a viewer's token; resolves once it prints. */
export async function tailDecisions(lab: GateLab): Promise<Tail> {
  const viewer = await lab.admin.post('/v1/operators', { name: 'viewer', role: 'viewer', groups: [] });
  const config = join(lab.folder, 'tail.yaml');
  const route = { name: 'demo', surface: 'kubernetes', at: '/kube/demo', upstream: { url: 'http://127.0.0.1:1' } };
  const operate = `127.0.0.1:${lab.gate.operate.port}`;
  await writeFile(config, JSON.stringify({ operate, state: 'state', routes: [route] }));
  const child = spawn(process.execPath, [CLI, 'decisions', 'tail', '--config', config], {
    env: { PATH: process.env.PATH, SALLYPORT_TOKEN: textAt(viewer, 'token') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.err += text;
  });
  await untilSeen(lab, () => {
    if (child.exitCode !== null) throw new Error(`decisions tail ended with ${child.exitCode}: ${output.err}`);
    return output.out.includes(' change ');
  });
  return {
    lines: () => output.out.split('\n').filter((line) => line !== '' && !line.includes(' change ')),
    async stop() {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
      return { code: child.exitCode, err: output.err };
    },
  };
}

/** The stream says nothing when it opens, so agents are granted until one of the grants is heard of. */
async function untilSeen(lab: GateLab, heard: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!heard()) {
    if (Date.now() > deadline) throw new Error('the event stream did not open');
    await lab.agent({ level: 0 });
  }
}
