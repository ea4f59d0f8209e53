import { once } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { type ConnectionOptions, createServer, type Server, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dial } from '../../../src/settle/stream/dial.ts';
import { type Authority, createAuthority } from '../../lab/certificates.ts';

let authority: Authority;
let server: Server;
/** Those that have shaken hands, by the name that they asked for. */
const names: (string | false | null)[] = [];
const open = new Set<Socket>();
beforeAll(async () => {
  authority = createAuthority(new Date());
  const { key, certificate: cert } = authority.server(['localhost', 'cluster.example'], ['127.0.0.1']);
  server = createServer({ key, cert, ALPNProtocols: ['http/1.1'] }, (socket: TLSSocket) => {
    names.push(socket.servername);
    open.add(socket);
    socket.on('error', () => undefined).resume();
  });
  // Where localhost is more than one address, the name is looked up as the caller does.
  server.listen(0, 'localhost');
  await once(server, 'listening');
});
afterAll(async () => {
  for (const socket of open) socket.destroy();
  server.close();
  await once(server, 'close');
});

function portOf(listening: { address(): unknown }): number {
  const address = listening.address();
  return typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0;
}

/** `open` once the connection stands, else the code of what stood in its way. */
function dialled(origin: string, tls: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = dial({ origin, tls }, () => {
      resolve('open');
      socket.resume().end();
    });
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });
}

describe('a connection for a stream', () => {
  it.each<[string, ConnectionOptions, string]>([
    ['asks for the name of the origin', {}, 'localhost'],
    ['asks for the name that the configuration gives', { servername: 'cluster.example' }, 'cluster.example'],
  ])('%s', async (_what, tls, name) => {
    names.splice(0);
    const origin = `https://localhost:${portOf(server)}`;
    expect(await dialled(origin, { ca: authority.certificate, ...tls })).toBe('open');
    await expect.poll(() => names).toEqual([name]);
  });

  it.each<[string, ConnectionOptions, string]>([
    ['an authority that is not trusted', {}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['a name that is not its own', { servername: 'elsewhere.example' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('is none to a server with %s', async (_what, tls, code) => {
    const ca = code.startsWith('ERR') ? { ca: authority.certificate } : {};
    expect(await dialled(`https://localhost:${portOf(server)}`, { ...ca, ...tls })).toBe(code);
  });

  it('may be a plain one', async () => {
    const plain = createTcpServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    expect(await dialled(`http://127.0.0.1:${portOf(plain)}`, {})).toBe('open');
    const port = portOf(plain);
    plain.close();
    await once(plain, 'close');
    expect(await dialled(`http://127.0.0.1:${port}`, {})).toBe('ECONNREFUSED');
  });
});
