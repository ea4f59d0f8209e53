import { startGateLab } from '../gate/gate-lab.ts';
import { hopScript, makeBenchFolder } from './bench-folder.ts';
import { runLoad } from './load.ts';
import { startHop, stop } from './processes.ts';

/**
 * Reads through a gate in this process; after every tenth of them the heap is collected and looked at. What the slope would
 * come to over all calls is printed beside the heap. Needs `--expose-gc`.
 */
export async function benchHeap(calls: number): Promise<void> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('run with --expose-gc');
  const folder = makeBenchFolder();
  const upstream = await startHop('upstream', [hopScript('upstream'), folder.path]);
  const lab = await startGateLab({
    upstream: { url: `https://localhost:${upstream.port}`, ca: folder.caFile },
    route: { environment: 'dev' },
  });
  try {
    const { token } = await lab.agent({ level: 3 });
    const request = `GET /kube/demo/api/v1/namespaces/bench/configmaps/one HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`;
    const some = async (count: number) => {
      const { failed } = await runLoad({
        port: lab.gate.listen.port,
        ca: lab.gate.caPem,
        connections: 16,
        calls: count,
        request: () => request,
      });
      if (failed > 0) throw new Error(`${failed} calls failed`);
      gc();
      gc();
      return process.memoryUsage().heapUsed / 2 ** 20;
    };
    await some(calls / 5);
    const heaps: number[] = [];
    for (let i = 0; i < 10; i += 1) heaps.push(await some(calls / 10));
    process.stdout.write(
      `\nHeap after collection, over ${calls} reads (MiB)\n  ${heaps.map((heap) => heap.toFixed(1)).join('  ')}\n`,
    );
    process.stdout.write(`  slope over all of them: ${(slopeOf(heaps) * 10).toFixed(2)} MiB   (wanted: none)\n`);
  } finally {
    await lab.close();
    await stop(upstream.child);
    folder.remove();
  }
}

/** Least squares, per step. */
function slopeOf(values: readonly number[]): number {
  const n = values.length;
  const meanX = (n - 1) / 2;
  const meanY = values.reduce((sum, value) => sum + value, 0) / n;
  let above = 0;
  let below = 0;
  for (const [x, y] of values.entries()) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return above / below;
}
