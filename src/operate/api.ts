import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import type { Admission } from '../identify/operator-access.ts';
import { may } from '../identify/permissions.ts';
import { parseStrictJson } from '../strict-json.ts';
import type { Answer, Endpoint } from './endpoint.ts';
import { type Problem, problem, problemOf } from './problem.ts';

export interface ApiOptions {
  readonly endpoints: readonly Endpoint[];
  /** Who an Authorization header lets in. @throws SallyportError `operator/unauthorized`. */
  readonly admit: (authorization: string | undefined) => Promise<Admission>;
  /** What else is served here, mounted after the endpoints. */
  readonly pages?: RequestHandler;
  /** The address that the API is served on, for the check against DNS rebinding. */
  readonly host: string;
  /** By which people reach it, when something in front of it passes them on. */
  readonly origin: () => string;
  readonly now: () => Date;
  /** Told of what the gate itself got wrong (status 500 and above); never of a secret. */
  readonly report: (error: unknown, what: string) => void;
}

const MAX_BODY = 64 * 1024;

/**
 * The operations API as an express application: one table of endpoints, one guard in front of each, one place where
 * errors become answers.
 */
export function createApi(options: ApiOptions): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').enable('strict routing');
  app.set('query parser', 'simple');
  app.use(harden, checkHost(options.host, options.origin));
  const readBody = express.raw({ type: 'application/json', limit: MAX_BODY, inflate: false });
  for (const endpoint of options.endpoints) {
    app[endpoint.method](endpoint.path, refuseHead, admit(endpoint, options), readBody, answer(endpoint, options));
  }
  for (const path of new Set(options.endpoints.map((endpoint) => endpoint.path))) {
    app.route(path).all(refuseMethod(options.endpoints.filter((endpoint) => endpoint.path === path)));
  }
  if (options.pages !== undefined) app.use(options.pages);
  app.use((_request, response) => {
    sendProblem(
      response,
      problem(404, 'request/not-found', 'there is nothing here', 'GET /v1/openapi.json lists what there is'),
    );
  });
  app.use(answerError(options.report));
  return app;
}

const harden: RequestHandler = (_request, response, next) => {
  response.set({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
  next();
};

/** A page whose name an attacker points at 127.0.0.1 sends its own name as `Host`; on loopback only ours will do. */
function checkHost(own: string, origin: () => string): RequestHandler {
  const allowed = new Set([own.toLowerCase(), 'localhost', '127.0.0.1', '::1']);
  return (request, response, next) => {
    const name = hostName(request.headers.host);
    const isOurs = name !== undefined && (allowed.has(name) || name === new URL(origin()).hostname);
    if (!isLoopback(own) || isOurs) return next();
    sendProblem(
      response,
      problem(421, 'operator/forbidden', 'this address does not serve the host that was asked for'),
    );
  };
}

function hostName(header: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(header ?? '');
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** Express would run a GET for it, and a stream would never end. */
const refuseHead: RequestHandler = (request, _response, next) => (request.method === 'HEAD' ? next('route') : next());

function refuseMethod(endpoints: readonly Endpoint[]): RequestHandler {
  const allow = endpoints.map((endpoint) => endpoint.method.toUpperCase()).join(', ');
  return (request, response) => {
    response.set('allow', allow);
    sendProblem(response, problem(405, 'request/invalid', `${request.method} is not for this path`, `use ${allow}`));
  };
}

const admissions = new WeakMap<express.Request, Admission>();

/** Who asks is settled before a byte of the body is read. */
function admit(endpoint: Endpoint, options: ApiOptions): RequestHandler {
  return async (request, _response, next) => {
    if (endpoint.permission !== 'open') admissions.set(request, await options.admit(authorizationOf(request)));
    next();
  };
}

/** Node keeps the first of two Authorization headers; whoever sends two gets neither. */
function authorizationOf(request: express.Request): string | undefined {
  const sent = request.headersDistinct.authorization ?? [];
  return sent.length === 1 ? sent[0] : undefined;
}

function answer(endpoint: Endpoint, options: ApiOptions): RequestHandler {
  return async (request, response) => {
    const { id = '' } = request.params;
    const admission = admissions.get(request);
    const given = await endpoint.run(admission?.caller, {
      id: String(id),
      body: readJson(request),
      query: request.query,
      now: options.now(),
      stillWelcome: () => isWelcome(endpoint, admission),
    });
    await send(response, given, endpoint.status);
  };
}

function readJson(request: express.Request): unknown {
  if (Buffer.isBuffer(request.body)) return parseStrictJson(request.body);
  if (request.headers['transfer-encoding'] === undefined && Number(request.headers['content-length'] ?? 0) === 0)
    return {};
  throw new UnsupportedType();
}

class UnsupportedType extends Error {}

function isWelcome({ permission }: Endpoint, admission: Admission | undefined): boolean {
  if (permission === 'open') return true;
  const current = admission?.current();
  return current !== undefined && may(current, permission);
}

async function send(response: Response, given: Answer, status: number): Promise<void> {
  switch (given.kind) {
    case 'json':
      response.status(given.status ?? status).json(given.value);
      return;
    case 'text':
      response
        .status(given.status ?? status)
        .set('content-type', given.type)
        .send(given.text);
      return;
    case 'stream':
      response.status(status).set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
      await given.write(response);
  }
}

function answerError(report: ApiOptions['report']): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const refused = wireProblem(error) ?? problemOf(error);
    if (refused.status >= 500) report(error, `${request.method} ${request.route?.path ?? 'unknown path'}`);
    if (response.headersSent) response.destroy();
    else sendProblem(response, refused);
  };
}

/** What express and its body reader throw, in our words: theirs repeat what was sent. */
function wireProblem(error: unknown): Problem | undefined {
  if (error instanceof UnsupportedType) return unsupported();
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  if (error.status === 413) return problem(413, 'wire/too-large', `the body is over ${MAX_BODY} bytes`);
  if (error.status === 415) return unsupported();
  return error.status < 500 ? problem(400, 'wire/malformed', 'the path or the body could not be read') : undefined;
}

function unsupported(): Problem {
  return problem(
    415,
    'request/invalid',
    'the body must be plain application/json',
    'send content-type: application/json',
  );
}

function sendProblem(response: Response, refused: Problem): void {
  if (refused.status === 401) response.set('www-authenticate', 'Bearer realm="sallyport operators"');
  response.status(refused.status).type('application/problem+json').send(JSON.stringify(refused));
}
