import { request } from 'node:http';
import { startGateLab } from '../gate/gate-lab.ts';
import { startRecordingUpstream } from '../gate/recording-upstream.ts';
import { median, ratio } from './figures.ts';

const PATCHES = 200;
const PATH = '/apis/apps/v1/namespaces/shop-dev/deployments/web';

/** PATCH of a deployment, one after the other: straight to the upstream, and through the gate, which measures it first. */
export async function benchWrites(): Promise<void> {
  const upstream = await startRecordingUpstream();
  const lab = await startGateLab({ upstream: { url: upstream.url } });
  try {
    const { token } = await lab.agent({ level: 3 });
    const body = (i: number) => JSON.stringify({ metadata: { annotations: { step: String(i) } } });
    const direct: number[] = [];
    const gated: number[] = [];
    const own: number[] = [];
    upstream.forget();
    for (let i = 0; i < PATCHES; i += 1) {
      direct.push(await timed(() => patchDirectly(upstream.url + PATH, body(2 * i))));
      const asked = upstream.reached.length;
      const took = await timed(async () => {
        const answer = await lab.call('PATCH', `/kube/demo${PATH}`, {
          token,
          body: body(2 * i + 1),
          headers: { 'content-type': 'application/merge-patch+json' },
        });
        if (answer.status !== 200) throw new Error(answer.body);
      });
      gated.push(took);
      own.push(upstream.reached.length - asked);
    }
    const calls = Math.max(...own);
    process.stdout.write(`\nPATCH of a deployment, one after the other (${PATCHES} each)\n`);
    process.stdout.write(`  straight   median ${median(direct).toFixed(2)} ms, 1 upstream call\n`);
    process.stdout.write(`  sallyport  median ${median(gated).toFixed(2)} ms, ${calls} upstream calls\n`);
    const share = Math.max(0, median(gated) - calls * median(direct)) / median(gated);
    process.stdout.write(
      `  the gate's own share of its time, upstream calls taken off: ${(share * 100).toFixed(0)} %\n`,
    );
    ratio('upstream calls more than without the gate', calls - 1, '<= 2');
  } finally {
    await lab.close();
    await upstream.close();
  }
}

async function timed(act: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}

function patchDirectly(url: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/merge-patch+json', 'content-length': Buffer.byteLength(body) };
    const sending = request(url, { method: 'PATCH', headers }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`status ${answer.statusCode}`)),
      );
    });
    sending.on('error', reject);
    sending.end(body);
  });
}
