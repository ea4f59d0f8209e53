import { z } from 'zod';
import type { Login } from '../../config.ts';
import { messageOf, SallyportError } from '../../errors.ts';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 262_144;
const answerSchema = z.object({ id_token: z.string().min(1).max(65_536) });

/**
 * Gets the ID token for a code (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
 * @throws SallyportError `operator/unauthorized` when the issuer refuses the code; `upstream/unreachable` when it does not answer
 */
export async function exchangeCode(
  login: Login,
  given: { readonly code: string; readonly verifier: string; readonly redirectUri: string },
): Promise<string> {
  const { clientId, clientSecret } = login;
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: given.code,
    redirect_uri: given.redirectUri,
    code_verifier: given.verifier,
    ...(clientSecret === undefined ? { client_id: clientId } : {}),
  });
  const { status, text } = await post(login.tokenEndpoint, body, {
    accept: 'application/json',
    ...(clientSecret === undefined ? {} : { authorization: basic(clientId, clientSecret) }),
  });
  if (status >= 500) throw unreachable(`it answered ${status}`);
  const answer = status === 200 ? answerSchema.safeParse(parse(text)) : undefined;
  if (answer?.success === true) return answer.data.id_token;
  throw new SallyportError('operator/unauthorized', 'the issuer gave no ID token for this login', {
    fix: 'begin again: log in; if it stays so, an administrator looks at operators.issuers (client, secret, scope openid)',
  });
}

async function post(url: string, body: URLSearchParams, headers: Record<string, string>) {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { method: 'POST', body, headers, signal, redirect: 'error' });
    const text = await response.text();
    if (text.length > MAX_BYTES) throw new RangeError(`more than ${MAX_BYTES} bytes`);
    return { status: response.status, text };
  } catch (thrown) {
    throw unreachable(messageOf(thrown), thrown);
  }
}

/** Each part is form-encoded first (RFC 6749 section 2.3.1). */
function basic(id: string, secret: string): string {
  const encode = (text: string) => new URLSearchParams({ t: text }).toString().slice(2);
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(why: string, cause?: unknown): SallyportError {
  return new SallyportError('upstream/unreachable', `the issuer could not be asked: ${why}`, {
    fix: 'try again; if it stays so, an administrator looks at operators.issuers',
    cause,
  });
}
