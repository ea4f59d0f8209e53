import type { Server } from 'node:net';
import type { Address } from '../config.ts';
import { messageOf, SallyportError } from '../errors.ts';

/**
 * Binds a server to its address. @returns the address with the port that was taken
 * @throws SallyportError `config/invalid` when the address is taken or not this machine's
 */
export async function bind(server: Server, { host, port }: Address): Promise<Address> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (cause) {
    throw new SallyportError('config/invalid', `cannot listen on ${host}:${port}: ${messageOf(cause)}`, {
      fix: 'stop what listens there, or choose another address under listen: and operate: in sallyport.yaml',
      cause,
    });
  }
  const bound = server.address();
  return { host, port: bound === null || typeof bound === 'string' ? port : bound.port };
}
