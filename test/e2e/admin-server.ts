import { type Agent, request } from 'node:https';
import { isObject, type Json, type JsonObject } from '../../src/json.ts';
import type { Lab } from '../lab/lab.ts';
import { administrator, items } from './cluster-gate.ts';
import type { Sent } from './judged-call.ts';

/** The API server as the administrator calls it, past the gate; without a kubectl for each call. */
export interface AdminServer {
  /** Does what `sent` says. @throws Error when the server refuses it */
  call(sent: Sent): Promise<JsonObject>;
  /** The objects of a list. */
  list(path: string): Promise<readonly Json[]>;
  /** An object; undefined where there is none. */
  read(path: string): Promise<JsonObject | undefined>;
  close(): void;
}

export function openAdminServer(lab: Lab): AdminServer {
  const agent = administrator(lab);
  const ask = async (sent: Sent): Promise<readonly [number, JsonObject]> => {
    const [status, text] = await exchange(lab, agent, sent);
    const value: Json = JSON.parse(text);
    return [status, isObject(value) ? value : {}];
  };
  const call = async (sent: Sent) => {
    const [status, answer] = await ask(sent);
    if (status >= 300) throw new Error(`${sent.method} ${sent.path}: ${status} ${String(answer.message)}`);
    return answer;
  };
  return {
    call,
    list: async (path) => items((await call({ method: 'GET', path })).items),
    async read(path) {
      const [status, answer] = await ask({ method: 'GET', path });
      if (status === 404) return undefined;
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${String(answer.message)}`);
      return answer;
    },
    close: () => agent.destroy(),
  };
}

function exchange(lab: Lab, agent: Agent, { method, path, body, type }: Sent): Promise<readonly [number, string]> {
  const bytes = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  // A DELETE gets no length by itself.
  const headers =
    bytes === ''
      ? {}
      : { 'content-type': type ?? 'application/json', 'content-length': String(Buffer.byteLength(bytes)) };
  return new Promise((resolve, reject) => {
    const asking = request(`${lab.server}${path}`, { method, agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve([answer.statusCode ?? 0, Buffer.concat(chunks).toString('utf8')]));
    });
    asking.on('error', reject).end(bytes);
  });
}
