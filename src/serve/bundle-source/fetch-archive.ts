import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { readTextFile } from '../../config/text-file.ts';
import type { BundleServer } from '../../config.ts';
import { messageOf, SallyportError } from '../../errors.ts';
import { productVersion } from '../../product-version.ts';

/** One question to a bundle server. */
export interface Question {
  /** Of the bundle that is had already. */
  readonly etag: string | undefined;
  /** Milliseconds that the server may wait for news; undefined: it is to answer at once. */
  readonly wait: number | undefined;
  readonly signal: AbortSignal;
}

export type Answer =
  /** 304: the server has what the question's ETag names. */
  | { readonly kind: 'same' }
  /** `waits`: the server holds back its next answer until there is news, if it is asked to. */
  | {
      readonly kind: 'archive';
      readonly archive: Uint8Array;
      readonly etag: string | undefined;
      readonly waits: boolean;
    }
  | { readonly kind: 'failed'; readonly error: SallyportError; readonly retryAfter: string | undefined };

/** By this type of content OPA's bundle servers say that they wait. */
const WAITING = 'application/vnd.openpolicyagent.bundles';
const ACCEPTED = `application/gzip, application/octet-stream, ${WAITING}`;
/** Bytes must arrive as they are: a bundle is a gzip archive, and unpacking it is bounded in one place. */
const PLAIN_ENCODINGS = new Set(['', 'identity', 'gzip', 'x-gzip']);
const ETAG = /^[\x20-\x7e]{1,512}$/;
const REDIRECTS = new Set([300, 301, 302, 303, 307, 308]);

/**
 * Asks a server for its bundle once (OPA's bundle service API): `GET` with `If-None-Match` and `Prefer`. Nothing is followed,
 * reused or decoded; the body is bounded, and so is the time of it all. Never rejects.
 */
export async function fetchArchive(server: BundleServer, question: Question): Promise<Answer> {
  const within = AbortSignal.timeout(server.poll.timeout + (question.wait ?? 0));
  let answer: IncomingMessage | undefined;
  try {
    answer = await send(server, question, AbortSignal.any([question.signal, within]));
    return await read(answer, server, question);
  } catch (thrown) {
    const why = within.aborted ? 'no whole answer in time' : messageOf(thrown);
    return { kind: 'failed', error: unavailable(server, why, thrown), retryAfter: undefined };
  } finally {
    answer?.destroy();
  }
}

function send(server: BundleServer, { etag, wait }: Question, signal: AbortSignal): Promise<IncomingMessage> {
  const token = tokenOf(server);
  const headers = {
    ...server.headers,
    accept: ACCEPTED,
    'accept-encoding': 'identity',
    'user-agent': `sallyport/${productVersion()}`,
    prefer: `modes=snapshot${wait === undefined ? '' : `;wait=${Math.ceil(wait / 1000)}`}`,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
  };
  const secure = server.url.startsWith('https:');
  const { ca, client } = server;
  const tls = { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }), ...client };
  return new Promise((resolve, reject) => {
    const sending = secure
      ? httpsRequest(server.url, { headers, signal, agent: false, ...tls })
      : httpRequest(server.url, { headers, signal, agent: false });
    sending.once('response', resolve).once('error', reject).end();
  });
}

/** The file's contents are never shown: what is in it may be a token all the same. */
function tokenOf({ token }: BundleServer): string | undefined {
  if (token === undefined || typeof token === 'string') return token;
  let text: string;
  try {
    text = readTextFile(token.file).trim();
  } catch (thrown) {
    throw new Error(`the token cannot be read from ${token.file}: ${messageOf(thrown)}`);
  }
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new Error(`${token.file} holds no token of printable characters`);
}

async function read(answer: IncomingMessage, server: BundleServer, { etag }: Question): Promise<Answer> {
  const { statusCode: status = 0, headers } = answer;
  if (status === 304 && etag !== undefined) return { kind: 'same' };
  if (status !== 200) {
    const error = unavailable(server, `it answers ${status}${hint(status, headers.location, server)}`);
    return { kind: 'failed', error, retryAfter: headers['retry-after'] };
  }
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (!PLAIN_ENCODINGS.has(encoding)) throw new Error(`it encodes its answer as ${show(encoding)}, unasked`);
  const type = headers['content-type'] ?? '';
  return {
    kind: 'archive',
    archive: await readBody(answer, server.poll.limit, type),
    etag: headers.etag !== undefined && ETAG.test(headers.etag) ? headers.etag : undefined,
    waits: type.split(';', 1)[0]?.trim().toLowerCase() === WAITING,
  };
}

async function readBody(answer: IncomingMessage, limit: number, type: string): Promise<Uint8Array> {
  const tooLarge = `its bundle is larger than poll.limit (${limit} bytes)`;
  if (Number(answer.headers['content-length'] ?? 0) > limit) throw new Error(tooLarge);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    if (size === 0 && chunk[0] !== 0x1f) throw new Error(notArchive(type));
    size += chunk.length;
    if (size > limit) throw new Error(tooLarge);
    chunks.push(chunk);
  }
  if (size === 0) throw new Error('its answer is empty');
  return Buffer.concat(chunks, size);
}

function notArchive(type: string): string {
  return `it answers with something else than a gzip archive (${type === '' ? 'of no type' : show(type)})`;
}

function hint(status: number, location: string | undefined, { url }: BundleServer): string {
  if (status === 304) return ', though it was not told of a bundle that is had already';
  if (status === 401 || status === 403) return ': see token, headers and client under bundle in the configuration';
  if (!REDIRECTS.has(status)) return '';
  const to = location !== undefined && URL.canParse(location, url) ? nameOf(new URL(location, url)) : 'nowhere';
  return `, which is not followed; give the last address as bundle.url if it is right (${to})`;
}

/** An address without its query. */
export function nameOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`.slice(0, 500);
}

function unavailable(server: BundleServer, why: string, cause?: unknown): SallyportError {
  return new SallyportError('bundle/unavailable', `no bundle from ${nameOf(new URL(server.url))}: ${why}`, {
    fix: 'see that the server is up and that bundle.url is its address',
    ...(cause === undefined ? {} : { cause }),
  });
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
