import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { textAt } from '../../src/cli/json-fields.ts';
import type { JsonObject } from '../../src/json.ts';
import { OperationsClient } from '../../src/operate/client.ts';
import { endWithUs, freePorts } from '../lab/processes.ts';
import { EVERYWHERE, ROUTE } from './gate-lab.ts';

const CLI = resolve(import.meta.dirname, '../../src/cli.ts');

/** The real program in a process of its own, on ports and a state that stay when it is killed and started again. */
export interface GateProcess {
  readonly origin: string;
  readonly caPem: string;
  /** The process as it runs now. */
  readonly child: ChildProcess;
  /** The folder of its database, keys and CA. */
  readonly state: string;
  /** Grants an agent everything at a level, and gives it a token. */
  token(id: string, level: number): Promise<string>;
  start(): Promise<void>;
  /** Root's client. */
  readonly admin: OperationsClient;
  /** Adds an operator; their client. */
  operator(name: string, role: string, groups?: readonly string[]): Promise<OperationsClient>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  remove(): Promise<void>;
}

/** Writes a configuration with one route to `upstream` (and `more` members), starts the program on it and bootstraps an administrator. */
export async function startGateProcess(upstream: JsonObject, more: JsonObject = {}): Promise<GateProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-process-'));
  const state = join(folder, 'state');
  const [listen, operate] = await freePorts(2);
  const config = {
    listen: `127.0.0.1:${listen}`,
    operate: `127.0.0.1:${operate}`,
    state: 'state',
    // Tests of what waits say so; the others are told at once.
    holds: { wait: '0ms' },
    routes: [{ name: ROUTE, surface: 'kubernetes', at: `/kube/${ROUTE}`, upstream }],
    ...more,
  };
  const file = join(folder, 'sallyport.yaml');
  await writeFile(file, JSON.stringify(config));
  let child = await serve(file);
  const caPem = await readFile(join(state, 'ca.pem'), 'utf8');
  const client = (token: string | undefined) =>
    new OperationsClient({ origin: `https://127.0.0.1:${operate}`, ca: [caPem], token, tokenFrom: 'the test' });
  const secret = (await readFile(join(state, 'bootstrap-secret'), 'utf8')).trim();
  const root = await client(undefined).post('/v1/operators/bootstrap', { secret, name: 'root' });
  const admin = client(textAt(root, 'token'));
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    const ended = once(child, 'close');
    child.kill(signal);
    await ended;
    return child.exitCode;
  };
  return {
    origin: `https://127.0.0.1:${listen}`,
    caPem,
    admin,
    async operator(name, role, groups = []) {
      return client(textAt(await admin.post('/v1/operators', { name, role, groups: [...groups] }), 'token'));
    },
    get child() {
      return child;
    },
    state,
    async token(id, level) {
      const grant = { id, level, team: 'shop', owner: 'root', why: 'a test', scope: SCOPE };
      await admin.post('/v1/agents', grant);
      const issued = await admin.post(`/v1/agents/${id}/tokens`, { route: ROUTE, why: 'a test' });
      return textAt(issued, 'token');
    },
    async start() {
      child = await serve(file);
    },
    async kill() {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    async remove() {
      if (child.exitCode === null && child.signalCode === null) await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const SCOPE: JsonObject = Object.fromEntries(Object.entries(EVERYWHERE).map(([name, values]) => [name, [...values]]));

async function serve(config: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [CLI, 'serve', '--config', config, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  await new Promise<void>((ready, reject) => {
    child.stdout.once('data', () => ready());
    child.once('close', (code) => reject(new Error(`the gate ended with ${code}: ${complaints}`)));
  });
  return child;
}
