import { request } from 'node:http';
import { isObject, type JsonObject } from '../../src/json.ts';
import type { GateLab } from './gate-lab.ts';
import type { RecordingUpstream } from './recording-upstream.ts';

export const FEATURES = '/api/v1/namespaces/shop-dev/configmaps/features';
export const MERGE = { 'content-type': 'application/merge-patch+json' };
/** Says that a request is not one of the gate's. */
export const DIRECT = 'x-again';

/** What stands behind the gate, asked and changed by somebody else. */
export function direct(
  upstream: RecordingUpstream,
  method: string,
  path: string,
  body?: JsonObject,
): Promise<JsonObject> {
  const type = method === 'PATCH' ? MERGE : { 'content-type': 'application/json' };
  return pass(upstream, method, path, body === undefined ? '' : JSON.stringify(body), { ...type, [DIRECT]: 'yes' });
}

/** A request as it is, past the gate. */
export function pass(
  upstream: RecordingUpstream,
  method: string,
  path: string,
  body: string,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Promise<JsonObject> {
  return new Promise((resolve, reject) => {
    const sent = Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    );
    const sending = request(upstream.url + path, { method, headers: { ...sent, [DIRECT]: 'yes' } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
        resolve(isObject(value) ? value : {});
      });
    });
    sending.once('error', reject).end(body === '' ? undefined : body);
  });
}

/** The agent sets `data.checkout` in development; the decision's id. */
export async function changeFeatures(lab: Pick<GateLab, 'call'>, token: string, checkout: string): Promise<string> {
  const answer = await lab.call('PATCH', `/kube/demo${FEATURES}`, {
    token,
    headers: MERGE,
    body: { data: { checkout } },
  });
  if (answer.status !== 200) throw new Error(`the change was not let through: ${answer.body}`);
  return String(answer.headers['sallyport-decision']);
}
