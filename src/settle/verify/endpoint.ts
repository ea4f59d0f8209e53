import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { readTextFile } from '../../config/text-file.ts';
import type { ProbeEndpoint } from '../../config.ts';
import { messageOf } from '../../errors.ts';
import { productVersion } from '../../product-version.ts';

/** What an endpoint answered. */
export interface EndpointAnswer {
  readonly status: number;
  readonly body: string;
}

/** An answer is not read beyond this. */
export const MOST_BYTES = 1_048_576;
const REDIRECTS = new Set([300, 301, 302, 303, 307, 308]);

/**
 * Asks an endpoint of the configuration once by GET. Nothing is followed, reused or decoded; the body is bounded, and so is the
 * time of it all.
 * @param query appended to the address
 * @throws Error with a reason for people, which never shows the address's query or a token
 */
export async function askEndpoint(
  endpoint: ProbeEndpoint,
  signal: AbortSignal,
  query: Readonly<Record<string, string>> = {},
): Promise<EndpointAnswer> {
  const within = AbortSignal.timeout(endpoint.timeout);
  let answer: IncomingMessage | undefined;
  try {
    answer = await send(endpoint, query, AbortSignal.any([signal, within]));
    const { statusCode: status = 0 } = answer;
    if (REDIRECTS.has(status)) throw new Error(`it answers ${status}, and redirects are not followed`);
    return { status, body: await read(answer) };
  } catch (thrown) {
    throw new Error(within.aborted ? `no whole answer within ${endpoint.timeout} ms` : messageOf(thrown));
  } finally {
    answer?.destroy();
  }
}

function send(
  endpoint: ProbeEndpoint,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const url = new URL(endpoint.url);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const token = tokenOf(endpoint);
  const headers = {
    accept: 'application/json, text/plain, */*',
    'accept-encoding': 'identity',
    'user-agent': `sallyport/${productVersion()}`,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const { ca } = endpoint;
  return new Promise((resolve, reject) => {
    const sending =
      url.protocol === 'https:'
        ? httpsRequest(url, { headers, signal, agent: false, ...(ca === undefined ? {} : { ca }) })
        : httpRequest(url, { headers, signal, agent: false });
    sending.once('response', resolve).once('error', reject).end();
  });
}

async function read(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error(`its answer is larger than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}

function tokenOf({ token }: ProbeEndpoint): string | undefined {
  if (token === undefined || typeof token === 'string') return token;
  const text = readTextFile(token.file).trim();
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new Error('its token file holds no token of printable characters');
}
