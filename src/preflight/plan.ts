import { z } from 'zod';
import type { Route } from '../config.ts';
import { SallyportError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { WireCall, WireHead } from '../listen/wire.ts';
import { readHeaders } from '../listen/wire-headers.ts';
import { parseTarget, refuseRepeated } from '../listen/wire-path.ts';

/** Calls of one plan. */
export const MOST_CALLS = 20;

/** What a call of a plan may say in its head: its body's type, and what the agent claims. All else is not the plan's. */
const HEADERS: ReadonlySet<string> = new Set([
  ...['accept', 'content-type', 'user-agent', 'kubectl-command', 'kubectl-session'],
  ...['sallyport-intent', 'sallyport-reason', 'sallyport-incident', 'sallyport-confidence'],
]);

const callBody = z.strictObject({
  route: z.string().min(1).max(253),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
  /** As on the route: `/api/v1/namespaces/shop/configmaps/features`. */
  path: z.string().min(1).max(16_384),
  headers: z.record(z.string().min(1).max(64), z.string().max(8_192)).default({}),
  /** Text is sent as it is, anything else as JSON. */
  body: z.custom<Json>().optional(),
});

/** A plan: calls in the order in which they will be sent. */
export const planBody = z.strictObject({
  calls: z.array(callBody).min(1).max(MOST_CALLS),
  /** People are asked now for every call that will need them. */
  ask: z.boolean().default(false),
});
export type Plan = z.infer<typeof planBody>;

/**
 * A call of a plan as it would come off the wire, by the same checks. What the plan itself says in its head is said of each call
 * that says nothing of its own.
 * @throws SallyportError as `listen/`, naming what is wrong
 */
export function wireCallOf(
  call: Plan['calls'][number],
  routes: readonly Route[],
  head: Pick<WireHead, 'headers' | 'peer'>,
  repeatable: (route: Route) => ReadonlySet<string>,
): WireCall {
  const route = routes.find(({ name }) => name === call.route);
  if (route === undefined)
    throw new SallyportError('wire/no-route', `there is no route ${JSON.stringify(call.route.slice(0, 64))}`, {
      fix: `the routes are: ${routes.map(({ name }) => name).join(', ')}`,
    });
  const path = parseTarget(call.path);
  refuseRepeated(path, repeatable(route));
  const { body } = call;
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  return {
    ...{ method: call.method, route, path, upgrade: undefined, peer: head.peer },
    headers: headersOf(call.headers, head.headers, text !== ''),
    body: Buffer.from(text),
  };
}

function headersOf(
  own: Readonly<Record<string, string>>,
  plan: ReadonlyMap<string, string>,
  hasBody: boolean,
): ReadonlyMap<string, string> {
  const raw = Object.entries(own);
  const foreign = raw.find(([name]) => !HEADERS.has(name.toLowerCase()));
  if (foreign !== undefined)
    throw new SallyportError('wire/forbidden-header', `a call of a plan has no header ${JSON.stringify(foreign[0])}`, {
      fix: `it may have: ${[...HEADERS].join(', ')}`,
    });
  const broken = raw.find(([, value]) => !/^[\t\x20-\x7e\x80-\xff]*$/.test(value));
  if (broken !== undefined)
    throw new SallyportError('wire/malformed', `the header ${broken[0]} is not one line of text`);
  const headers = readHeaders(raw.flat());
  for (const [name, value] of plan) if (name.startsWith('sallyport-') && !headers.has(name)) headers.set(name, value);
  if (hasBody && !headers.has('content-type')) headers.set('content-type', 'application/json');
  return headers;
}
