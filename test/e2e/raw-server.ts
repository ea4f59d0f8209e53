import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { Lab } from '../lab/lab.ts';
import { userOf } from './credentials.ts';

/** What the API server says to the administrator, past the gate, byte for byte. */
export interface RawServer {
  ask(method: string, path: string, sent?: RawRequest): Promise<RawAnswer>;
  close(): void;
}

interface RawRequest {
  readonly accept?: string;
  readonly type?: string;
  readonly body?: string | Uint8Array;
}

interface RawAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export function openRawServer(lab: Lab): RawServer {
  const user = userOf(lab.admin);
  const agent = new Agent({
    keepAlive: true,
    ca: readFileSync(lab.ca),
    cert: Buffer.from(String(user['client-certificate-data']), 'base64'),
    key: Buffer.from(String(user['client-key-data']), 'base64'),
  });
  return {
    ask: (method, path, { accept = 'application/json', type, body } = {}) =>
      new Promise((resolve, reject) => {
        const headers = { accept, ...(type === undefined ? {} : { 'content-type': type }) };
        const asking = request(`${lab.server}${path}`, { method, agent, headers }, (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }));
        });
        asking.on('error', reject).end(body);
      }),
    close: () => agent.destroy(),
  };
}
