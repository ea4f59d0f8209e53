import { SallyportError } from '../errors.ts';
import type { Identify } from '../identify/identify.ts';
import type { Exchange } from '../listen/exchange.ts';
import type { OwnHandler } from '../listen/server.ts';
import type { Peer } from '../listen/wire.ts';
import { readHeaders } from '../listen/wire-headers.ts';
import { parseTarget } from '../listen/wire-path.ts';
import { type Problem, problem, problemOf } from '../operate/problem.ts';
import { parseStrictJson } from '../strict-json.ts';
import type { AgentEndpoint, OwnHead } from './agent-endpoint.ts';
import { AgentRates } from './agent-rates.ts';

export interface AgentSideParts {
  readonly identify: Identify;
  /** Intents that are open: a token ends with the one that it is bound to. */
  readonly intents: { isOpenFor(id: string, agent: string): boolean };
  readonly endpoints: readonly AgentEndpoint[];
  /** Bytes of the largest body that is read. */
  readonly maxBody: number;
  readonly now: () => Date;
  /** Told of what the gate itself got wrong. */
  readonly report: (error: unknown, what: string) => void;
}

/** Nothing here needs more; plans hold whole changes, and are as bounded as those. */
const ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;

/**
 * The agents' own side of the gate, `/sallyport/v1/...` on the address that they come to: with the agent's own credential, JSON
 * in and out, errors as problem documents (RFC 9457). Nothing of it is ever forwarded, and nothing of the operations API is here.
 */
export function createAgentSide(parts: AgentSideParts): OwnHandler {
  const rates = new AgentRates(parts.now);
  return {
    async handle(exchange, peer) {
      try {
        const { status, value } = await answer(parts, rates, exchange, peer);
        send(exchange, status, 'application/json', value);
      } catch (thrown) {
        const refused = told(thrown);
        if (refused.status >= 500) parts.report(thrown, 'the agents’ side of the gate');
        send(exchange, refused.status, 'application/problem+json', refused);
      }
    },
  };
}

async function answer(
  parts: AgentSideParts,
  rates: AgentRates,
  exchange: Exchange,
  peer: Peer,
): Promise<{ readonly status: number; readonly value: object }> {
  const head = headOf(exchange, peer);
  // Who? Before anything is told or read: strangers learn nothing of what there is.
  const principal = await parts.identify(head);
  const { agent, intent } = principal;
  if (intent !== undefined && !parts.intents.isOpenFor(intent, agent.id))
    throw new SallyportError('identity/revoked', `the token is bound to intent ${intent}, which is over`);
  rates.take(agent.id, 1);
  const found = find(parts.endpoints, head);
  const body = found.endpoint.method === 'GET' ? {} : await readBody(exchange, head, parts.maxBody);
  const value = await found.endpoint.run({
    ...{ principal, id: found.id, body, head },
    spend: (more) => rates.take(agent.id, more),
  });
  return { status: found.endpoint.status, value };
}

function headOf({ request }: Exchange, peer: Peer): OwnHead {
  const headers = readHeaders(request.rawHeaders);
  if (request.headers.upgrade !== undefined)
    throw new SallyportError('wire/malformed', 'nothing here speaks another protocol (Upgrade)');
  const path = parseTarget(request.url ?? '/');
  if (path.query.length > 0) throw new SallyportError('wire/malformed', 'nothing here takes a query');
  return { method: request.method ?? 'GET', route: undefined, path, headers, upgrade: undefined, peer };
}

function find(
  endpoints: readonly AgentEndpoint[],
  { method, path }: OwnHead,
): { readonly endpoint: AgentEndpoint; readonly id: string } {
  const [own, version, ...segments] = path.segments;
  const named = own === 'sallyport' && version === 'v1' ? endpoints.filter((each) => matches(each, segments)) : [];
  if (named.length === 0)
    throw new SallyportError('request/not-found', 'the gate has nothing at this path', {
      fix: 'agents have intents, holds and preflight below /sallyport/v1; people use the operations API',
    });
  const endpoint = named.find((each) => each.method === method);
  if (endpoint === undefined) throw new WrongMethod(named.map((each) => each.method).join(', '));
  return { endpoint, id: segments[endpoint.path.split('/').indexOf(':id')] ?? '' };
}

function matches({ path }: AgentEndpoint, segments: readonly string[]): boolean {
  const wanted = path.split('/');
  return (
    wanted.length === segments.length &&
    wanted.every((part, at) => (part === ':id' ? ID.test(segments[at] ?? '') : part === segments[at]))
  );
}

async function readBody(exchange: Exchange, { headers }: OwnHead, limit: number): Promise<unknown> {
  const bytes = await exchange.read(limit);
  if (bytes.byteLength === 0) return {};
  const type = headers.get('content-type') ?? '';
  if (!/^application\/json *(; *charset=utf-8)?$/i.test(type) || headers.has('content-encoding')) throw new WrongType();
  return parseStrictJson(bytes);
}

class WrongType extends Error {}

class WrongMethod extends Error {}

/** What was thrown, as HTTP says it to an agent: a credential that is no good is 401 whatever is wrong with it. */
function told(thrown: unknown): Problem {
  if (thrown instanceof WrongType)
    return problem(
      415,
      'request/invalid',
      'the body must be plain application/json',
      'send content-type: application/json',
    );
  if (thrown instanceof WrongMethod) return problem(405, 'request/invalid', `this takes ${thrown.message} only`);
  if (thrown instanceof SallyportError && thrown.code.startsWith('identity/'))
    return { ...problemOf(thrown), status: 401, title: 'Unauthorized' };
  return problemOf(thrown);
}

function send(exchange: Exchange, status: number, type: string, value: object): void {
  exchange.answer({
    status,
    headers: {
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(status === 401 ? { 'www-authenticate': 'Bearer realm="sallyport agents"' } : {}),
    },
    body: JSON.stringify(value),
  });
}
