import { connect, type TLSSocket } from 'node:tls';

/** One answer as it came off the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface Spoken {
  /** The answers to what was said, in order; interim ones (1xx) and the sentinel's are left out. */
  readonly answers: readonly RawAnswer[];
  /** Every byte that came back, as latin1. */
  readonly text: string;
}

export interface Place {
  /** `https://127.0.0.1:port`. */
  readonly origin: string;
  readonly caPem: string;
}

/**
 * Says something that Node's client would refuse to send, and listens until the connection is closed. After the first
 * answer, if the connection is still open, a plain request follows that is answered with 404 and closes it: whatever was
 * smuggled in would be answered before it, and shows.
 */
export function speak(place: Place, said: string | Buffer): Promise<Spoken> {
  return new Promise((resolve, reject) => {
    const socket = dial(place);
    const chunks: Buffer[] = [];
    const toHead = said.toString().startsWith('HEAD ');
    let sentinel = false;
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (sentinel || readAnswers(Buffer.concat(chunks), toHead).length === 0) return;
      sentinel = true;
      socket.write(SENTINEL);
    });
    // A connection that the gate cuts while bytes of ours are under way ends with an error; what came is what counts.
    socket.on('error', (error) => chunks.length === 0 && !socket.authorized && reject(error));
    socket.once('close', () => {
      const received = Buffer.concat(chunks);
      const answers = readAnswers(received, toHead);
      if (sentinel && answers.length > 1 && answers.at(-1)?.body.includes('no route at this path')) answers.pop();
      resolve({ answers, text: received.toString('latin1') });
    });
    socket.once('secureConnect', () => socket.write(typeof said === 'string' ? Buffer.from(said, 'latin1') : said));
  });
}

const SENTINEL = 'GET /sentinel HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n';

/** A TLS connection to the gate. */
export function dial({ origin, caPem }: Place): TLSSocket {
  const { hostname, port } = new URL(origin);
  return connect({ host: hostname, port: Number(port), ca: caPem, ALPNProtocols: ['http/1.1'] });
}

/** The complete answers at the start of what was received. @param toHead the first one has no body, whatever it says */
function readAnswers(received: Buffer, toHead: boolean): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = received.toString('latin1');
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return answers;
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
    const headers = new Map(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    rest = rest.slice(end + 4);
    if (status < 200) continue;
    const read = toHead && answers.length === 0 ? { body: '', rest } : readBody(headers, rest);
    if (read === undefined) return answers;
    answers.push({ status, headers, body: read.body });
    rest = read.rest;
  }
}

function readBody(headers: ReadonlyMap<string, string>, rest: string): { body: string; rest: string } | undefined {
  if (headers.get('transfer-encoding') === 'chunked') {
    const end = rest.indexOf('0\r\n\r\n');
    return end < 0 ? undefined : { body: rest.slice(0, end), rest: rest.slice(end + 5) };
  }
  const length = Number(headers.get('content-length') ?? '0');
  return rest.length < length ? undefined : { body: rest.slice(0, length), rest: rest.slice(length) };
}
