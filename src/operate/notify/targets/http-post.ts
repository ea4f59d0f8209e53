import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { messageOf } from '../../../errors.ts';
import { productVersion } from '../../../product-version.ts';
import { retryAfter } from '../../../serve/bundle-source/delays.ts';
import { plainLine } from '../plain-line.ts';
import { DELIVERED, type Sent } from '../target.ts';

export interface Post {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** PEM text. */
  readonly ca: string | undefined;
  /** Never shown, should the receiver repeat them. */
  readonly secrets: readonly string[];
  readonly now: () => Date;
}

/** Of an answer that says no; the rest is not read. */
const ANSWER_BYTES = 1_024;
/** Answers that are about the moment, not about the notice. */
const LATER = new Set([408, 409, 423, 425, 429]);

/**
 * Posts JSON once. Nothing is followed, reused or decoded: the administrator named one address, and that is where it goes. Of
 * the answer only the beginning of a refusal is read.
 */
export async function postJson(post: Post, signal: AbortSignal): Promise<Sent> {
  let answer: IncomingMessage | undefined;
  try {
    answer = await send(post, signal);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return DELIVERED;
    const says = status >= 300 && status < 400 ? 'a redirect, which is not followed' : await beginning(answer);
    return {
      kind: 'failed',
      why: hide(`it answered ${status}${says === '' ? '' : `: ${says}`}`, post.secrets),
      refused: status < 500 && !LATER.has(status),
      retryAfter: retryAfter(answer.headers['retry-after'], post.now()),
    };
  } catch (thrown) {
    const why = signal.aborted ? 'no answer in time' : messageOf(thrown);
    return { kind: 'failed', why: hide(why, post.secrets), refused: false, retryAfter: 0 };
  } finally {
    answer?.destroy();
  }
}

/** What may let one in of an address, the longest first: all after the host, and each part of it that is long enough to be drawn. */
export function secretsOf(url: string): readonly string[] {
  const { pathname, search } = new URL(url);
  const parts = [...pathname.split('/'), ...search.slice(1).split(/[&=]/)].filter((part) => part.length >= 8);
  return [`${pathname}${search}`, pathname, search, ...parts].filter((each) => each.length > 1);
}

function send({ url, body, headers, ca }: Post, signal: AbortSignal): Promise<IncomingMessage> {
  const bytes = Buffer.from(body);
  const options = {
    method: 'POST',
    agent: false as const,
    signal,
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-length': bytes.length,
      'user-agent': `sallyport/${productVersion()}`,
    },
  };
  return new Promise((resolve, reject) => {
    const sending = url.startsWith('https:')
      ? httpsRequest(url, { ...options, rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) })
      : httpRequest(url, options);
    sending.once('response', resolve);
    // Also after the answer, when it is broken off.
    sending.on('error', reject);
    sending.end(bytes);
  });
}

async function beginning(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) {
    text += String(chunk);
    if (text.length >= ANSWER_BYTES) break;
  }
  return text.slice(0, ANSWER_BYTES);
}

function hide(text: string, secrets: readonly string[]): string {
  const hidden = secrets.filter((each) => each !== '').reduce((told, each) => told.replaceAll(each, '***'), text);
  return plainLine(hidden, 200);
}
