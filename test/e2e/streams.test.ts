import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { ownLab } from '../lab/own-lab.ts';
import { at, decisionsOf, directKubeconfig, items, newestLeaf, reachedAs } from './cluster-gate.ts';
import {
  openStreamLab,
  PLACE,
  PROTOCOLS,
  type Protocol,
  type Running,
  runKubectl,
  type StreamLab,
  startInTerminal,
  startKubectl,
} from './stream-lab.ts';

const lab = ownLab();
const BOTH: readonly Protocol[] = ['WebSocket', 'SPDY'];

interface Who {
  readonly id: string;
  readonly kubeconfig: string;
}

let on: StreamLab;
/** May do what it likes, on the route in shadow mode. */
let free: Who;
/** The same user past the gate. */
let past: string;
/** Files that commands of the pod find. */
let folder: string;
/** Echoes what it is told, as a program of the pod. */
let echo: Server;
beforeAll(async () => {
  on = await openStreamLab(lab);
  free = await agent('demo');
  past = directKubeconfig(lab, on.gate.folder, free.id);
  folder = mkdtempSync(join(tmpdir(), 'sallyport-streams-'));
  echo = createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => undefined).pipe(socket));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
});
afterAll(async () => {
  await on.close();
  echo.close();
  rmSync(folder, { recursive: true, force: true });
});

async function agent(route: 'demo' | 'guarded', level = 3): Promise<Who> {
  const granted = await on.gate.agent({ level }, route);
  return { id: granted.id, kubeconfig: await on.gate.kubeconfig(granted, route) };
}

/** The decisions about streams of an agent since then, oldest first. */
async function streamsOf(id: string, since: number): Promise<readonly JsonObject[]> {
  const found = await decisionsOf(on.gate, id, since);
  return found.filter((one) => String(at(one, 'decided', 'call', 'action')).endsWith(':connect'));
}

const kubectl = (who: string, args: readonly string[], by: Protocol, input?: string) =>
  runKubectl(lab, who, args, PROTOCOLS[by], input);

const echoPort = () => (echo.address() as AddressInfo).port;
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

const SHELL = ['exec', 'shell', '--', 'sh', '-c'];
const TEXT = Array.from({ length: 200_000 }, (_, i) => `line ${i}`).join('\n');

describe.each(BOTH)('kubectl over %s, when it may', (by) => {
  it.each<[string, readonly string[], string | undefined, object]>([
    ['exec', ['exec', 'shell', '--', 'echo', 'hello'], undefined, { code: 0, stdout: 'hello\n', stderr: '' }],
    [
      'exec that fails',
      [...SHELL, 'echo out; echo err >&2; exit 3'],
      undefined,
      { code: 3, stdout: 'out\n', stderr: 'err\ncommand terminated with exit code 3\n' },
    ],
    ['exec with an input', ['exec', '-i', 'shell', '--', 'cat'], 'to and fro', { code: 0, stdout: 'to and fro' }],
    [
      'exec with a large input',
      ['exec', '-i', 'shell', '--', 'sha256sum'],
      TEXT,
      { code: 0, stdout: `${sha256(TEXT)}  -\n` },
    ],
    ['exec with a large output', [...SHELL, 'seq 1 300000'], undefined, { code: 0, stderr: '' }],
    ['exec with -t and no terminal', ['exec', '-t', 'shell', '--', 'echo', 'hi'], undefined, { code: 0 }],
    ['exec in a container by name', ['exec', 'shell', '-c', 'main', '--', 'true'], undefined, { code: 0 }],
    ['exec in a container that is not there', ['exec', 'shell', '-c', 'nobody', '--', 'true'], undefined, { code: 1 }],
    ['exec of a program that is not there', ['exec', 'shell', '--', 'no-such-program'], undefined, { code: 1 }],
    ['exec in a pod that is not there', ['exec', 'nobody', '--', 'true'], undefined, { code: 1 }],
    ['attach', ['attach', '-i', 'shell'], 'ahoy', { code: 0, stdout: expect.stringContaining('attached\nahoy') }],
    ['logs -f', ['logs', '-f', 'shell'], undefined, { code: 0, stdout: expect.stringContaining('log line 29\n') }],
  ])('%s says and ends as without the gate', async (_what, args, input, expected) => {
    const [gated, direct] = await Promise.all([
      kubectl(free.kubeconfig, args, by, input),
      kubectl(past, args, by, input),
    ]);
    expect(gated).toMatchObject(expected);
    expect(normal(gated)).toEqual(normal(direct));
  });

  it('exec -it has a terminal of the caller’s size', async () => {
    // The size is told after the command has begun.
    const sized = 'while [ "$(stty size)" = "0 0" ]; do sleep 0.1; done; stty size';
    const words = `exec -it shell -- sh -c '${sized}; test -t 0 && test -t 1 && echo a terminal; exit 4'`;
    const [gated, direct] = await Promise.all(
      [free.kubeconfig, past].map((who) => startInTerminal(lab, who, words, PROTOCOLS[by]).ended),
    );
    expect(gated).toMatchObject({ code: 4, stdout: expect.stringContaining('33 77\r\na terminal\r\n') });
    expect(gated).toEqual(direct);
  });

  it('cp brings files there and back as they are', async () => {
    const bytes = randomBytes(3_000_000);
    const [here, there, back] = ['here', 'there', 'back'].map((name) => join(folder, `${name}-${by}`));
    mkdirSync(String(there));
    writeFileSync(String(here), bytes);
    const copies = [
      ['cp', String(here), `shell:${there}/file`],
      ['cp', `shell:${there}/file`, String(back)],
    ];
    for (const args of copies) expect(await kubectl(free.kubeconfig, args, by)).toMatchObject({ code: 0 });
    for (const file of [`${there}/file`, String(back)]) expect(sha256(readFileSync(file))).toBe(sha256(bytes));
  });

  it('port-forward carries what several connections say at once', async () => {
    const since = await newestLeaf(on.gate);
    const forward = startKubectl(lab, free.kubeconfig, ['port-forward', 'pod/shell', `:${echoPort()}`], PROTOCOLS[by]);
    const port = await forwardedPort(forward);
    const sent = [1, 100_000, 2_000_000].map((size) => randomBytes(size));
    const heard = await Promise.all(sent.map((bytes) => sayTo(port, bytes)));
    expect(heard.map(sha256)).toEqual(sent.map(sha256));
    forward.child.kill('SIGINT');
    await forward.ended;
    await expect
      .poll(async () => (await streamsOf(free.id, since)).map((one) => at(one, 'outcome')))
      .toMatchObject([{ sent: true, status: 101, end: expect.stringMatching(/^(complete|caller-left)$/) }]);
    const [decision] = await streamsOf(free.id, since);
    for (const way of ['bytes_in', 'bytes_out'])
      expect(Number(at(decision, 'outcome', 'stream', way))).toBeGreaterThan(2_100_000);
    expect(at(decision, 'decided', 'input', 'action')).toMatchObject({
      ...{ class: 'connect', resource: 'pods/portforward', args: { ports: 'unknown' } },
    });
  });

  it('is recorded with command, container and what went each way', async () => {
    const since = await newestLeaf(on.gate);
    const args = ['exec', '-i', 'shell', '-c', 'main', '--', 'sh', '-c', 'cat', '--token', 'tea-and-honey'];
    expect(await kubectl(free.kubeconfig, args, by, 'twelve bytes')).toMatchObject({ code: 0, stdout: 'twelve bytes' });
    const ended = async () => (await streamsOf(free.id, since)).filter((one) => at(one, 'outcome') !== null);
    await expect.poll(async () => (await ended()).length).toBe(1);
    const [decision] = await ended();
    expect(decision).toMatchObject({
      decided: {
        ...{ did: 'allow', by: 'shadow' },
        call: { action: 'kubernetes:pods/exec:connect', namespace: PLACE, name: 'shell' },
        input: {
          call: { method: by === 'SPDY' ? 'POST' : 'GET', body: 'streamed' },
          action: {
            args: {
              ...{ container: 'main', stdin: true, stdout: true, stderr: true },
              command: ['sh', '-c', 'cat', '--token', expect.stringMatching(/^hmac-sha256:/)],
            },
          },
          target: { exists: true },
        },
      },
      outcome: { state: 'answered', end: 'complete', status: 101 },
    });
    expect(JSON.stringify(decision)).not.toContain('tea-and-honey');
    for (const way of ['bytes_in', 'bytes_out'])
      expect(Number(at(decision, 'outcome', 'stream', way))).toBeGreaterThan(12);
  });
});

describe.each(BOTH)('kubectl over %s, when it may not', (by) => {
  it.each<[string, string, () => readonly string[], commands?: number]>([
    ['exec', 'pods/exec', () => ['exec', '-i', 'shell', '--', 'sh', '-c', 'cat']],
    ['attach', 'pods/attach', () => ['attach', '-i', 'shell']],
    ['port-forward', 'pods/portforward', () => ['port-forward', 'pod/shell', `:${echoPort()}`]],
    // It looks first whether it copies into a folder.
    ['cp there', 'pods/exec', () => ['cp', join(folder, 'denied'), `shell:${folder}/denied-there`], 2],
    ['cp back', 'pods/exec', () => ['cp', `shell:${folder}/denied`, join(folder, 'denied-back')]],
  ])('%s shows the reason, is one decision for each command, and the node hears nothing', async (...row) => {
    const [, resource, args, commands = 1] = row;
    writeFileSync(join(folder, 'denied'), 'not for everybody');
    const observer = await agent('guarded', 1);
    const before = on.node();
    expect(before.length).toBeGreaterThan(0);
    const { code, stderr } = await kubectl(observer.kubeconfig, args(), by, 'secret input');
    expect(code).toBe(1);
    expect(stderr).toContain('pods "shell" is forbidden: level/table: level 1 (observer) may not do the ');
    const denied = await streamsOf(observer.id, -1);
    expect(denied.map((one) => [at(one, 'decided', 'did'), at(one, 'decided', 'call', 'action')])).toEqual(
      Array.from({ length: commands }, () => ['deny', `kubernetes:${resource}:connect`]),
    );
    expect(new Set(denied.map((one) => at(one, 'decided', 'call', 'path'))).size).toBe(commands);
    expect(stderr).toContain(`[${at(denied.at(-1), 'id')}]`);
    expect(on.node()).toEqual(before);
    const reached = await reachedAs(lab, observer.id);
    expect(reached.filter(({ requestURI }) => /\/(exec|attach|portforward)/.test(requestURI))).toEqual([]);
  });
});

describe.each(BOTH)('kubectl over %s, in the middle', (by) => {
  const FREEZE = (id: string) =>
    on.gate.admin.post('/v1/freezes', { scope: { kind: 'agent', agent: id }, why: 'a test' });
  const REVOKE = (id: string) => on.gate.admin.post(`/v1/agents/${id}/revoke`, { why: 'a test' });

  it.each([
    ['a freeze', FREEZE],
    ['a revocation', REVOKE],
  ])('exec is ended by %s', async (_what, withdraw) => {
    const { id, kubeconfig } = await agent('demo');
    const exec = startKubectl(lab, kubeconfig, ['exec', '-i', 'shell', '--', 'cat'], PROTOCOLS[by]);
    exec.child.stdin?.write('still there\n');
    await expect.poll(exec.stdout, { timeout: 20_000 }).toBe('still there\n');
    await withdraw(id);
    const { code, stdout } = await exec.ended;
    expect(stdout).toBe('still there\n');
    // Over SPDY, kubectl takes a connection that is gone for the end of the command, past the gate too.
    if (by === 'WebSocket') expect(code).toBe(1);
    await expect
      .poll(async () => (await streamsOf(id, -1)).map((one) => at(one, 'outcome')))
      .toMatchObject([{ state: 'cut', end: 'cut', status: 101 }]);
  });

  it('a forwarded connection is ended by a freeze', async () => {
    const { id, kubeconfig } = await agent('demo');
    const forward = startKubectl(lab, kubeconfig, ['port-forward', 'pod/shell', `:${echoPort()}`], PROTOCOLS[by]);
    const socket = connect(await forwardedPort(forward), '127.0.0.1');
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    socket.write('ping');
    const [pong] = await once(socket, 'data');
    expect(String(pong)).toBe('ping');
    await FREEZE(id);
    await closed;
    forward.child.kill('SIGINT');
    await forward.ended;
    expect(items([...(await streamsOf(id, -1))]).map((one) => at(one, 'outcome', 'state'))).toEqual(['cut']);
  });
});

/** What differs by who asks, or from run to run. */
function normal({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) {
  return { code, stdout, stderr: stderr.replaceAll(/https:\/\/127\.0\.0\.1:\d+(\/kube\/demo)?/g, 'SERVER') };
}

async function forwardedPort(forward: Running): Promise<number> {
  const found = () => /Forwarding from 127\.0\.0\.1:(\d+) ->/.exec(forward.stdout())?.[1];
  await expect.poll(() => found() ?? forward.stderr(), { timeout: 20_000 }).toMatch(/^\d+$/);
  return Number(found());
}

/** Says it all, and hears as much. */
async function sayTo(port: number, bytes: Uint8Array): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  let left = bytes.length;
  socket.write(bytes);
  await new Promise<void>((resolve, reject) => {
    socket.once('close', () => reject(new Error(`the connection ended ${left} bytes too early`)));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      left -= chunk.length;
      if (left <= 0) resolve();
    });
  });
  socket.destroy();
  return Buffer.concat(chunks);
}
