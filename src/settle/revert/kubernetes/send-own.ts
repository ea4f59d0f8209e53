import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { TLSSocket } from 'node:tls';
import type { Route } from '../../../config.ts';
import { messageOf, SallyportError } from '../../../errors.ts';
import type { Principal } from '../../../identify/principal.ts';
import { isObject } from '../../../json.ts';
import { encodePath, type WireCall } from '../../../listen/wire.ts';
import type { ApiEndpoint } from '../../../measure/kubernetes/api-client.ts';
import { tooLate, unreachable } from '../../delivery-errors.ts';
import { impersonationOf, outboundHeaders } from '../../outbound-headers.ts';
import type { Sent } from '../plan.ts';

interface OwnCall {
  readonly route: Route;
  readonly endpoint: ApiEndpoint;
  readonly call: WireCall;
  readonly principal: Principal;
  /** Milliseconds until the whole answer. */
  readonly timeout: number;
  readonly lastLook: () => SallyportError | undefined;
}

/** Of an answer no more is kept than what its message may be read from. */
const MOST_KEPT = 64 * 1024;

/** Sends a call of the gate's own and waits for the answer. Sent once: what went wrong on the way is told, not tried again. */
export async function sendOwn(own: OwnCall): Promise<Sent> {
  try {
    const authorization = await own.endpoint.authorization();
    return await send(own, authorization);
  } catch (error) {
    return notSent('failed', error instanceof SallyportError ? error : unreachable(error));
  }
}

function notSent(end: 'refused' | 'failed', error: SallyportError): Sent {
  return { sent: false, status: undefined, bytes: 0, end, error, said: '' };
}

function send(own: OwnCall, authorization: string | undefined): Promise<Sent> {
  const { route, endpoint, call, principal, timeout, lastLook } = own;
  const url = new URL(endpoint.origin);
  const headers = outboundHeaders(call.headers, {
    host: url.host,
    method: call.method,
    bodyLength: call.body.length,
    authorization,
    impersonate: route.impersonate ? impersonationOf(principal) : undefined,
  });
  return new Promise((resolve) => {
    let sent = false;
    const over = (error: SallyportError): void => {
      clearTimeout(timer);
      resolve({ ...notSent('failed', error), sent });
    };
    const sending = (url.protocol === 'https:' ? httpsRequest : httpRequest)({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (url.protocol === 'https:' ? 443 : 80),
      method: call.method,
      path: endpoint.basePath + encodePath(call.path),
      headers,
      agent: endpoint.agent,
    });
    const timer = setTimeout(() => {
      over(tooLate(timeout));
      sending.destroy();
    }, timeout);
    sending.once('error', (error) => over(unreachable(error)));
    sending.once('response', (answer) => {
      readAnswer(answer).then(
        (read) => {
          clearTimeout(timer);
          resolve(read);
        },
        (error) => over(unreachable(error)),
      );
    });
    // Until this is said nothing is written: the head goes out with the body.
    whenConnected(sending, () => {
      const refusal = lastLook();
      if (refusal !== undefined) {
        clearTimeout(timer);
        resolve(notSent('refused', refusal));
        sending.destroy();
        return;
      }
      sent = true;
      sending.end(call.body);
    });
  });
}

function whenConnected(sending: ClientRequest, then: () => void): void {
  sending.once('socket', (socket) => {
    if (sending.reusedSocket || !socket.connecting) then();
    else socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', then);
  });
}

async function readAnswer(answer: IncomingMessage): Promise<Sent> {
  const status = answer.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer) {
      const read = Buffer.from(chunk);
      if (bytes < MOST_KEPT) chunks.push(read);
      bytes += read.length;
    }
  } catch (error) {
    const broke = new SallyportError('upstream/unreachable', `the answer broke off: ${messageOf(error)}`);
    return { sent: true, status, bytes, end: 'upstream-broke', error: broke, said: '' };
  }
  const said = status < 400 ? '' : messageIn(Buffer.concat(chunks).toString('utf8'), status);
  return { sent: true, status, bytes, end: 'complete', error: undefined, said };
}

function messageIn(text: string, status: number): string {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && typeof value.message === 'string') return value.message;
  } catch {
    // Then its number has to do.
  }
  return `it answered ${status}`;
}
