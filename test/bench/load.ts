import { connect, type TLSSocket } from 'node:tls';

/** What one run of load saw. Times in milliseconds. */
export interface LoadResult {
  readonly calls: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Answers that were not 2xx. */
  readonly failed: number;
}

export interface LoadOptions {
  readonly port: number;
  readonly ca: string;
  readonly connections: number;
  /** How long; or else how many calls. */
  readonly seconds?: number;
  readonly calls?: number;
  /** A whole HTTP/1.1 request, head and body, of which connection `n` sends its call `i`. */
  readonly request: (n: number, i: number) => string;
}

/**
 * Sends the same kind of call over kept-alive TLS connections, each as fast as it is answered, and reads answers by their
 * Content-Length or chunks. Written on bare sockets, so that the generator costs little beside what it measures.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const times: number[] = [];
  const state = {
    failed: 0,
    until: performance.now() + (options.seconds ?? 3600) * 1000,
    left: options.calls ?? Number.POSITIVE_INFINITY,
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: options.connections }, (_, n) => runConnection(options, n, times, state)));
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0;
  return {
    calls: times.length,
    seconds,
    perSecond: times.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
    failed: state.failed,
  };
}

function runConnection(
  options: LoadOptions,
  n: number,
  times: number[],
  state: { failed: number; left: number; readonly until: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      port: options.port,
      host: '127.0.0.1',
      ca: options.ca,
      servername: 'localhost',
    });
    socket.setNoDelay(true);
    let sent = 0;
    let i = 0;
    let buffered: Buffer = Buffer.alloc(0);
    const next = () => {
      if (performance.now() >= state.until || state.left <= 0) {
        socket.end();
        return resolve();
      }
      state.left -= 1;
      sent = performance.now();
      socket.write(options.request(n, i));
      i += 1;
    };
    socket.on('secureConnect', next);
    socket.on('data', (chunk: Buffer) => {
      buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
      const end = endOfAnswer(buffered);
      if (end === -1) return;
      times.push(performance.now() - sent);
      if (buffered[9] !== 0x32) state.failed += 1;
      buffered = buffered.subarray(end);
      next();
    });
    socket.on('error', reject);
    socket.on('close', () =>
      performance.now() < state.until ? reject(new Error('the connection was closed')) : resolve(),
    );
  });
}

/** Where the first answer in the buffer ends, or -1 while it is not whole. */
function endOfAnswer(buffer: Buffer): number {
  const head = buffer.indexOf('\r\n\r\n');
  if (head === -1) return -1;
  const text = buffer.toString('latin1', 0, head).toLowerCase();
  const length = /\r\ncontent-length: (\d+)/.exec(text);
  if (length !== null) {
    const end = head + 4 + Number(length[1]);
    return buffer.length >= end ? end : -1;
  }
  const last = buffer.indexOf('0\r\n\r\n', head + 4);
  return last === -1 ? -1 : last + 5;
}
