import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly secure: boolean;
  /** As it came: headers, an empty line, the text. */
  readonly raw: string;
}

/** A mail server on loopback that keeps what it gets. */
export interface MailServer {
  readonly port: number;
  readonly got: readonly Mail[];
  /** Who connects, also without a mail. */
  readonly connections: () => number;
  until(count: number): Promise<readonly Mail[]>;
  close(): Promise<void>;
}

export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const got: Mail[] = [];
  let connections = 0;
  let came = Promise.withResolvers<void>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: options.secure === true || options.key !== undefined ? [] : ['STARTTLS'],
    onConnect(_session, done) {
      connections += 1;
      done();
    },
    async onData(stream, session, done) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(Buffer.from(chunk));
      const { mailFrom, rcptTo } = session.envelope;
      got.push({
        from: mailFrom === false ? '' : mailFrom.address,
        to: rcptTo.map(({ address }) => address),
        user: session.user,
        secure: session.secure,
        raw: Buffer.concat(chunks).toString('utf8'),
      });
      done();
      came.resolve();
      came = Promise.withResolvers();
    },
    ...options,
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  return {
    port,
    got,
    connections: () => connections,
    async until(count) {
      while (got.length < count) await came.promise;
      return got;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
