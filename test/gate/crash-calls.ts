import { once } from 'node:events';
import { type Agent, request } from 'node:https';
import type { Fault } from './recording-upstream.ts';

const NS = '/kube/demo/api/v1/namespaces/shop-dev';

/** Four kinds of calls in turn, each with its number in its path or its body, so that it can be found again. */
const KINDS = ['change', 'read', 'denied', 'create'] as const;

export function kindOf(n: number): (typeof KINDS)[number] {
  return KINDS[n % KINDS.length] ?? 'read';
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly type?: string;
}

function callOf(n: number): Call {
  const name = `c-${n}`;
  switch (kindOf(n)) {
    case 'change': {
      const body = JSON.stringify({ data: { n: String(n) } });
      return { method: 'PATCH', path: `${NS}/configmaps/${name}`, body, type: 'application/merge-patch+json' };
    }
    case 'create': {
      const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { n: String(n) } });
      return { method: 'POST', path: `${NS}/configmaps`, body, type: 'application/json' };
    }
    case 'denied':
      return { method: 'GET', path: `${NS}/secrets/${name}`, body: '' };
    default:
      return { method: 'GET', path: `${NS}/configmaps/${name}`, body: '' };
  }
}

/** Sends call `n`: the status that came back, or that the connection broke before its end. */
export async function ask(agent: Agent, origin: string, token: string, n: number): Promise<number | 'broken'> {
  const { method, path, body, type } = callOf(n);
  const headers = {
    authorization: `Bearer ${token}`,
    ...(type === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
  };
  const sending = request(`${origin}${path}`, { method, agent, headers });
  // Told by what is awaited below; after the answer began, by its end.
  sending.on('error', () => undefined);
  try {
    const answer = once(sending, 'response');
    sending.end(body);
    const [response] = await answer;
    response.resume();
    await once(response, 'end');
    return response.statusCode;
  } catch {
    return 'broken';
  }
}

/** The number of the call that a path or a body names. */
export function numberIn(text: string): number | undefined {
  const found = /\bc-(\d+)\b/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** An upstream that answers for every config map of the test, or keeps its callers waiting. */
export interface Answering {
  wait: boolean;
  /** Called once, when `enough` wait. */
  onWaiting: () => void;
  readonly fault: Fault;
}

export function answering(enough: number): Answering {
  let waiting = 0;
  const state: Answering = {
    wait: false,
    onWaiting: () => undefined,
    fault: (incoming, response) => {
      const name = numberIn(incoming.url ?? '');
      const isList = incoming.url === '/api/v1/namespaces/shop-dev/configmaps';
      if (name === undefined && !isList) return false;
      if (state.wait) {
        waiting += 1;
        if (waiting === enough) state.onWaiting();
        return true;
      }
      const text = JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: name === undefined ? 'new' : `c-${name}`, namespace: 'shop-dev', resourceVersion: '1' },
        data: { n: incoming.method === 'GET' ? '' : 'changed' },
      });
      response.writeHead(isList ? 201 : 200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      });
      response.end(text);
      return true;
    },
  };
  return state;
}
