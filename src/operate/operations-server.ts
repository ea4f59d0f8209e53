import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Express } from 'express';
import type { Address } from '../config.ts';
import { bind } from '../listen/bind.ts';

export interface OperationsServer {
  readonly address: Address & { readonly origin: string };
  close(): Promise<void>;
}

/** Opens the operators' side of the gate: TLS, or plain HTTP where the configuration allows it on loopback. */
export async function serveOperations(
  app: Express,
  options: { readonly address: Address; readonly tls: { readonly cert: string; readonly key: string } | undefined },
): Promise<OperationsServer> {
  const { address, tls } = options;
  const bounds = { maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 30_000 };
  const server: Server =
    tls === undefined
      ? createHttpServer(bounds, app)
      : createHttpsServer({ ...bounds, ...tls, minVersion: 'TLSv1.2' }, app);
  const { port } = await bind(server, address);
  return {
    address: { host: address.host, port, origin: originOf({ host: address.host, port, insecure: tls === undefined }) },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** How clients on this machine reach an address. */
export function originOf({ host, port, insecure }: Address & { readonly insecure: boolean }): string {
  return `${insecure ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
