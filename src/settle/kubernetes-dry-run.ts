import { readOptions } from '../describe/kubernetes/body.ts';
import { messageOf, SallyportError } from '../errors.ts';
import { encodePath, type WireCall } from '../listen/wire.ts';
import { type ApiAnswer, type ApiEndpoint, askApi } from '../measure/kubernetes/api-client.ts';
import { asDryRun } from '../measure/kubernetes/dry-run.ts';
import type { DryRun } from './lane.ts';
import type { Impersonation } from './outbound-headers.ts';

/**
 * The same call as a dry run: by the query for what is written, and in the options of a delete, which win over the query where
 * there are any. In whatever encoding they came, JSON says the same.
 */
export function dryRunOf(call: WireCall): WireCall {
  const dry = { ...call, path: asDryRun(call.path) };
  if (call.method !== 'DELETE' || call.body.length === 0) return dry;
  const options = readOptions(call);
  const headers = new Map(call.headers).set('content-type', 'application/json');
  return { ...dry, headers, body: Buffer.from(JSON.stringify({ ...options, dryRun: ['All'] })) };
}

interface Rehearsal {
  readonly endpoint: ApiEndpoint;
  /** The call as a dry run. */
  readonly call: WireCall;
  readonly impersonate: Impersonation | undefined;
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * Asks the API server what it would make of a call.
 * @throws SallyportError `upstream/unreachable` when it does not say
 */
export async function runDry({ endpoint, call, impersonate, timeout }: Rehearsal): Promise<DryRun> {
  const answer = await ask({ endpoint, call, impersonate, timeout });
  const { status, object } = answer;
  if (status >= 200 && status < 300) return { would: true };
  if (status < 400 || object === undefined) throw unanswered(`it answered ${status}`);
  return { would: false, answer: { status, headers: headersOf(answer), body: `${JSON.stringify(object)}\n` } };
}

async function ask({ endpoint, call, impersonate, timeout }: Rehearsal): Promise<ApiAnswer> {
  const contentType = call.headers.get('content-type');
  try {
    return await askApi(endpoint, {
      method: call.method,
      path: encodePath(call.path),
      body: call.body,
      ...(contentType === undefined ? {} : { contentType }),
      impersonate,
      signal: AbortSignal.timeout(timeout),
    });
  } catch (cause) {
    throw unanswered(messageOf(cause), cause);
  }
}

function unanswered(why: string, cause?: unknown): SallyportError {
  return new SallyportError(
    'upstream/unreachable',
    `this call is to run dry first, and the API server did not say what it would do: ${why}; nothing was sent`,
    { fix: 'send it again later', cause },
  );
}

/** A client waits for as long as the server tells it to, as with any answer of its. */
function headersOf({ headers }: ApiAnswer): Readonly<Record<string, string>> {
  const wait = headers['retry-after'];
  return { 'Content-Type': 'application/json', ...(wait === undefined ? {} : { 'Retry-After': wait }) };
}
