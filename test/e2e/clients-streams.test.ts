import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownLab } from '../lab/own-lab.ts';
import { HERE, STREAMS } from './clients-commands.ts';
import { comparable, type OpenGate, openGate, openTwins, type Twins, type } from './clients-lab.ts';
import { container, pod } from './twin-objects.ts';

const lab = ownLab();
const { olderKubectl } = lab.clients;

let open: OpenGate;
let folder: string;
let twins: Twins;
/** Sends back what it is told, as a program of the pod. */
let echo: Server;
beforeAll(async () => {
  open = await openGate(lab);
  folder = await mkdtemp(join(tmpdir(), 'sallyport-streams-'));
  await writeFile(join(folder, 'here'), HERE);
  twins = await openTwins(lab, 'clients-streams', [
    { ...pod('shell'), spec: { containers: [container({ stdin: true })] } },
  ]);
  echo = createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => socket.destroy()).pipe(socket));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
});
afterAll(async () => {
  echo.close();
  await open.close();
  await twins.close();
  await rm(folder, { recursive: true });
});

describe.each([
  ['of the server’s version', lab.kubectlBinary],
  ...(olderKubectl === undefined ? [] : [['three minor versions behind', olderKubectl] as const]),
] as const)('kubectl %s, through the gate', (_, program) => {
  it.each(STREAMS)(
    'does and says what it does and says without it: $run',
    async ({ run, input, compare, code = 0 }) => {
      const [gated, direct] = await Promise.all(
        (
          [
            [twins.gate, open.agent.kubeconfig],
            [twins.solo, open.past],
          ] as const
        ).map(async ([namespace, kubeconfig]) => {
          const done = await type(lab, run, namespace, { program, kubeconfig, input, cwd: folder });
          return { ...done, stdout: comparable(done.stdout, compare), stderr: comparable(done.stderr, compare) };
        }),
      );
      expect(gated).toEqual(direct);
      expect(direct).toMatchObject({ code });
    },
  );

  it('has brought back what it brought there', async () => {
    for (const namespace of [twins.gate, twins.solo])
      expect(await readFile(join(folder, `back-${namespace}`), 'utf8')).toBe(HERE);
  });

  it.each(['gate', 'solo'] as const)(
    'forwards a port as a program of the pod answers it, by way of %s',
    async (way) => {
      const kubeconfig = way === 'gate' ? open.agent.kubeconfig : open.past;
      const { port } = echo.address() as AddressInfo;
      const child = spawn(program, ['-n', twins[way], 'port-forward', 'pod/shell', `:${port}`], {
        env: { PATH: process.env.PATH ?? '', HOME: folder, KUBECONFIG: kubeconfig },
        stdio: ['ignore', 'pipe', 'inherit'],
        timeout: 60_000,
        killSignal: 'SIGKILL',
      });
      const gone = once(child, 'exit');
      try {
        const [line] = await once(createInterface({ input: child.stdout }), 'line');
        expect(line).toMatch(new RegExp(`^Forwarding from 127.0.0.1:\\d+ -> ${port}$`));
        const local = Number(/:(\d+) ->/.exec(line)?.[1]);
        for (const words of ['one', HERE]) {
          const socket = connect(local, '127.0.0.1');
          socket.end(words);
          expect((await text(socket)) === words).toBe(true);
        }
      } finally {
        child.kill('SIGTERM');
        await gone;
      }
    },
  );
});
