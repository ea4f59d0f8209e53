import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfigFor } from '../../src/cli/kubeconfig.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { median, ratio } from './figures.ts';
import { type BenchGate, startBenchGate } from './gate-process.ts';
import { residentBytes } from './processes.ts';

const OBJECTS = 50;
const REACHED = 10_000;
const AT_ONCE = 32;
const PLACE = 'bench';
const CONFIG_MAPS = `/api/v1/namespaces/${PLACE}/configmaps`;
const MIB = 2 ** 20;

/**
 * Against a real API server: `kubectl apply` of 50 objects, made and then changed, with and without the gate; and how long
 * it takes, and in how much memory, to measure a deletion by a selector that reaches 10,000 objects.
 */
export async function benchCluster(options: { readonly rounds: number }): Promise<void> {
  const lab = await startLab();
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  try {
    const labels = { 'sallyport.dev/environment': 'dev', 'sallyport.dev/service': 'shop' };
    await kubectl(lab, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: PLACE, labels } });
    const gate = await startBenchGate({ kubeconfig: lab.gate });
    try {
      await benchApply(lab, gate, folder, options.rounds);
      await benchSelector(lab, gate);
    } finally {
      await gate.remove();
    }
  } finally {
    await lab.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function benchApply(lab: Lab, gate: BenchGate, folder: string, rounds: number): Promise<void> {
  const kubeconfig = join(folder, 'agent.kubeconfig');
  const server = `https://127.0.0.1:${gate.port}${gate.prefix}`;
  const { route, agent, token } = gate;
  const { text } = kubeconfigFor({ route, agent, server, caPem: gate.ca, token });
  writeFileSync(kubeconfig, text, { mode: 0o600 });
  const ways = [
    { name: 'straight', kubeconfig: lab.admin, times: [] as number[] },
    { name: 'sallyport', kubeconfig, times: [] as number[] },
  ] as const;
  for (let round = 0; round < rounds; round += 1) {
    for (const way of ways) {
      const names = Array.from({ length: OBJECTS }, (_, i) => `${way.name}-${round}-${i}`);
      const list = (colour: string) => ({ apiVersion: 'v1', kind: 'List', items: names.map(configMap({ colour })) });
      const started = performance.now();
      await kubectl(lab, list('blue'), way.kubeconfig);
      await kubectl(lab, list('red'), way.kubeconfig);
      way.times.push(performance.now() - started);
    }
  }
  const [straight, gated] = ways;
  process.stdout.write(`\nkubectl apply of ${OBJECTS} objects, made and then changed, ${rounds} times\n`);
  for (const { name, times } of ways)
    process.stdout.write(`  ${name.padEnd(10)} median ${median(times).toFixed(0)} ms\n`);
  ratio('time, of the time without the gate', median(gated.times) / median(straight.times), '<= 2');
}

async function benchSelector(lab: Lab, gate: BenchGate): Promise<void> {
  await fill(lab);
  const agent = new Agent({ ca: gate.ca, keepAlive: true });
  const before = residentBytes(gate.pid);
  let largest = before;
  const looking = setInterval(() => {
    largest = Math.max(largest, residentBytes(gate.pid));
  }, 10);
  const started = performance.now();
  const url = `https://127.0.0.1:${gate.port}${gate.prefix}${CONFIG_MAPS}?labelSelector=many%3Dyes`;
  const { status, body } = await send(url, {
    method: 'DELETE',
    agent,
    headers: { authorization: `Bearer ${gate.token}` },
  });
  const took = (performance.now() - started) / 1000;
  clearInterval(looking);
  agent.destroy();
  if (status !== 403) throw new Error(`a deletion of ${REACHED} objects was answered ${status}: ${body}`);
  process.stdout.write(`\nA deletion by a selector that reaches ${REACHED} objects, measured and held\n`);
  ratio('seconds', took, '< 2');
  ratio('MiB more memory meanwhile', (largest - before) / MIB, '< 64');
}

/** Makes the objects that the selector reaches, straight on the API server. */
async function fill(lab: Lab): Promise<void> {
  const [user] = JSON.parse(readFileSync(lab.admin, 'utf8')).users;
  const decode = (text: string) => Buffer.from(text, 'base64');
  const agent = new Agent({
    keepAlive: true,
    ca: readFileSync(lab.ca),
    cert: decode(user.user['client-certificate-data']),
    key: decode(user.user['client-key-data']),
  });
  let next = 0;
  const worker = async () => {
    while (next < REACHED) {
      next += 1;
      const object = JSON.stringify(configMap({ text: 'x'.repeat(500) }, { many: 'yes' })(`many-${next}`));
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(object) };
      const { status, body } = await send(lab.server + CONFIG_MAPS, { method: 'POST', agent, headers }, object);
      if (status !== 201) throw new Error(body);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  agent.destroy();
}

function configMap(data: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>> = {}) {
  return (name: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: PLACE, labels },
    data,
  });
}

/** `kubectl apply`, which must succeed; by default as the administrator. */
async function kubectl(lab: Lab, objects: object, kubeconfig = lab.admin): Promise<void> {
  const { code, stderr } = await lab.kubectl(['apply', '-f', '-'], { input: JSON.stringify(objects), kubeconfig });
  if (code !== 0) throw new Error(`kubectl apply ended with ${code}: ${stderr}`);
}

function send(
  url: string,
  options: { readonly method: string; readonly agent: Agent; readonly headers: Record<string, string | number> },
  sent = '',
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const sending = request(url, options, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      answer.once('error', reject).once('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    sending.once('error', reject).end(sent);
  });
}
