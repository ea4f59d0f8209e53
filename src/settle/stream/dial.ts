import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

/** An upstream: `https://host:port`, and how its TLS is checked. */
export interface Place {
  readonly origin: string;
  readonly tls: ConnectionOptions;
}

/**
 * Opens a connection for one stream alone: none that has carried other calls, and none that others are given afterwards.
 * @param then told when the connection stands, with TLS where there is any; nothing was written on it yet
 */
export function dial({ origin, tls }: Place, then: (socket: Socket) => void): Socket {
  const { protocol, hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  // Half-closed is a state of a stream; and a silent peer that is gone shows only by being asked.
  const options = { host, allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  if (protocol !== 'https:') {
    const socket = connect({ ...options, port: Number(port || 80) });
    return socket.once('connect', () => then(socket));
  }
  const named = isIP(host) === 0 ? { servername: host } : {};
  const secure = { ALPNProtocols: ['http/1.1'], ...named, ...tls };
  const socket = connectTls({ ...options, ...secure, port: Number(port || 443) });
  return socket.once('secureConnect', () => then(socket));
}

/** How long a connection is silent before the peer is asked whether it is still there. */
export const KEEP_ALIVE_MS = 60_000;
