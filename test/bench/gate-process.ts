import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { clientOf } from '../../src/cli/context.ts';
import { textAt } from '../../src/cli/json-fields.ts';
import { readConfig } from '../../src/config/file.ts';
import type { JsonObject } from '../../src/json.ts';
import { freePort, pidOf } from './processes.ts';

/** A gate in a process of its own, and one agent that may go everywhere. */
export interface GateProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  readonly ca: string;
  readonly token: string;
}

const ANY = ['*'];
const EVERYWHERE = {
  routes: ANY,
  environments: ANY,
  services: ANY,
  teams: ANY,
  namespaces: ANY,
  accounts: ANY,
  tools: ANY,
};

/** Starts `sallyport serve` on free ports with one route, `/kube/bench`, and grants an agent of level 3. */
export async function startGateProcess(
  folder: string,
  upstream: JsonObject,
  node: readonly string[] = [],
): Promise<GateProcess> {
  const [port, operate] = [await freePort(), await freePort()];
  const file = join(folder, 'sallyport.yaml');
  await writeFile(
    file,
    stringify({
      listen: `127.0.0.1:${port}`,
      operate: `127.0.0.1:${operate}`,
      routes: [{ name: 'bench', surface: 'kubernetes', at: '/kube/bench', environment: 'dev', upstream }],
    }),
  );
  const child = spawn(process.execPath, [...node, resolve('src/cli.ts'), 'serve', '--config', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const config = readConfig(file);
  const secret = join(config.state, 'bootstrap-secret');
  for (let tries = 0; !existsSync(secret); tries += 1) {
    if (tries > 200 || child.exitCode !== null) throw new Error('the gate did not start');
    await sleep(50);
  }
  await sleep(100);
  const nobody = await clientOf(config, undefined, 'nowhere');
  const bootstrapped = await nobody.post('/v1/operators/bootstrap', {
    secret: (await readFile(secret, 'utf8')).trim(),
    name: 'bench',
  });
  const admin = await clientOf(config, textAt(bootstrapped, 'token'), 'the benchmark');
  await admin.post('/v1/agents', {
    id: 'bench',
    team: 'bench',
    owner: 'bench',
    level: 3,
    scope: EVERYWHERE,
    why: 'benchmark',
  });
  const issued = await admin.post('/v1/agents/bench/tokens', { route: 'bench', why: 'benchmark' });
  return {
    child,
    pid: pidOf(child),
    port,
    ca: await readFile(join(config.state, 'ca.pem'), 'utf8'),
    token: textAt(issued, 'token'),
  };
}
