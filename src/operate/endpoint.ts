import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { SallyportError } from '../errors.ts';
import type { Permission } from '../identify/permissions.ts';
import { type Caller, requirePermission } from './permissions.ts';

/** What an endpoint gives back. */
export type Answer =
  | { readonly kind: 'json'; readonly value: object; readonly status?: number }
  | { readonly kind: 'text'; readonly type: string; readonly text: string; readonly status?: number }
  /** Writes the rest of the answer, after a head of type `text/event-stream`, until the stream ends. */
  | { readonly kind: 'stream'; readonly write: (response: ServerResponse) => Promise<void> };

/** What a handler is given, all of it checked. */
export interface Asked<Body, Query> {
  /** The path's `:id`, or empty. */
  readonly id: string;
  readonly body: Body;
  readonly query: Query;
  /** When the request came. */
  readonly now: Date;
  /** Whether the caller's token is still good, for answers that take long. */
  readonly stillWelcome: () => boolean;
}

/** The request as it came, not checked yet. */
export interface RawRequest {
  readonly id: string;
  readonly body: unknown;
  readonly query: unknown;
  readonly now: Date;
  readonly stillWelcome: () => boolean;
}

/**
 * One endpoint of the operations API. The table of these is what is mounted, what the OpenAPI document is made from and
 * what the authorization tests run through.
 */
export interface Endpoint {
  readonly method: 'get' | 'post' | 'patch';
  /** An express path; its only parameter is `:id`. */
  readonly path: string;
  /** What the caller's role must have; `open` endpoints ask for no token. */
  readonly permission: Permission | 'open';
  readonly summary: string;
  /** The status when all went well. */
  readonly status: number;
  readonly produces: 'application/json' | 'text/plain' | 'text/event-stream';
  readonly body: z.ZodType;
  readonly query: z.ZodType;
  run(caller: Caller | undefined, request: RawRequest): Promise<Answer>;
}

export interface EndpointSpec<Body, Query> {
  readonly method: Endpoint['method'];
  readonly path: string;
  readonly summary: string;
  readonly status?: number;
  readonly produces?: Endpoint['produces'];
  readonly body: z.ZodType<Body>;
  readonly query: z.ZodType<Query>;
}

/** The schema of a body or a query that has nothing in it. */
export const nothing = z.strictObject({});

const ID = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,252}$/;

/** An endpoint behind a permission. */
export function endpoint<Body, Query>(
  permission: Permission,
  spec: EndpointSpec<Body, Query>,
  handle: (asked: Asked<Body, Query>, caller: Caller) => Promise<Answer>,
): Endpoint {
  return {
    ...describeSpec(spec),
    permission,
    run: async (caller, request) => {
      if (caller === undefined) throw new SallyportError('operator/unauthorized', 'this needs an operator’s token');
      requirePermission(caller, permission);
      return handle(check(spec, request), caller);
    },
  };
}

/** An endpoint for anybody who reaches the address. */
export function openEndpoint<Body, Query>(
  spec: EndpointSpec<Body, Query>,
  handle: (asked: Asked<Body, Query>) => Promise<Answer>,
): Endpoint {
  return {
    ...describeSpec(spec),
    permission: 'open',
    run: async (_caller, request) => handle(check(spec, request)),
  };
}

function describeSpec<Body, Query>(spec: EndpointSpec<Body, Query>): Omit<Endpoint, 'permission' | 'run'> {
  return { status: 200, produces: 'application/json', ...spec };
}

function check<Body, Query>(spec: EndpointSpec<Body, Query>, request: RawRequest): Asked<Body, Query> {
  if (request.id !== '' && !ID.test(request.id)) {
    throw new SallyportError('request/not-found', 'nothing has an id like the one in the path');
  }
  return {
    id: request.id,
    body: parse(spec.body, request.body ?? {}, 'body'),
    query: parse(spec.query, request.query, 'query'),
    now: request.now,
    stillWelcome: request.stillWelcome,
  };
}

function parse<Value>(schema: z.ZodType<Value>, value: unknown, where: string): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `${[where, ...issue.path].map(String).join('.')}: ${issue.message}`);
  throw new SallyportError('request/invalid', lines.join('; '), {
    fix: 'GET /v1/openapi.json describes what is expected',
  });
}
