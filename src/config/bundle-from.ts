import { z } from 'zod';
import type { BundleFrom, BundleServer } from '../config.ts';
import { keyFits, wrongCertificates, wrongKey } from './pem.ts';
import { contents, duration, durations, existingFile, mapping, size, text, yesOrNo } from './values.ts';
import { secretAddress } from './web-address.ts';
import { WHOLE } from './yaml-problems.ts';

/** As OPA polls; a whole request takes no longer than half a minute, the archive no more than the gate unpacks. */
const POLL: BundleServer['poll'] = {
  every: { min: 60_000, max: 120_000 },
  wait: undefined,
  timeout: 30_000,
  limit: 67_108_864,
};
const TOKEN = /^[\x21-\x7e]+$/;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
const HEADER_VALUE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;
/** What the gate says itself, or what belongs to the connection. */
const TAKEN = new Set(
  (
    'accept accept-encoding authorization connection content-length expect host if-match if-modified-since if-none-match ' +
    'if-range keep-alive prefer proxy-authorization proxy-connection range te trailer transfer-encoding upgrade user-agent'
  ).split(' '),
);
const OF_FILE = ['watch'] as const;
const OF_URL = ['token', 'tokenFile', 'headers', 'ca', 'client', 'poll'] as const;

/** The keys that say where a bundle comes from: `path` or `url`, and what belongs to either. */
export function bundleFromShape(folder: string, expected = 'a bundle (.tar.gz)') {
  return {
    path: existingFile(folder, expected).optional(),
    watch: yesOrNo().optional(),
    url: secretAddress('an address like https://bundles.example.com/sallyport.tar.gz').optional(),
    token: text('a token of printable characters', TOKEN).optional(),
    tokenFile: existingFile(folder, 'a file with a token').optional(),
    headers: headersSchema().optional(),
    ca: contents(folder, 'a file of PEM certificates', wrongCertificates).optional(),
    client: clientSchema(folder).optional(),
    poll: mapping({
      every: durations(100, 86_400_000).default(POLL.every),
      wait: duration(3_600_000).optional(),
      timeout: duration(600_000).default(POLL.timeout),
      limit: size(1024, POLL.limit).default(POLL.limit),
    }).optional(),
  };
}

type Given = z.output<z.ZodObject<ReturnType<typeof bundleFromShape>>>;

/**
 * What these keys say together; the problems of what does not go together are added to `context`.
 * @param fallback the file that is meant when neither path nor url is given; it is not watched: whoever replaces the
 * package starts the gate anew. Undefined: one of them must be given.
 */
export function bundleFrom(given: Given, fallback: string | undefined, context: z.core.$RefinementCtx): BundleFrom {
  const { path, watch, url, tokenFile, headers, ca, client, poll } = given;
  const add = (key: keyof Given, message: string) =>
    context.addIssue({ code: 'custom', path: [key], message, input: given, params: { ...WHOLE, at: 'key' } });
  if (path !== undefined && url !== undefined) add('url', 'both path and url are given; expected one of them');
  if (url === undefined) {
    for (const key of OF_URL) if (given[key] !== undefined) add(key, 'it belongs to a url, which is not given');
    if (watch !== undefined && path === undefined) add('watch', 'it belongs to a path, which is not given');
    if (path === undefined && fallback === undefined)
      add('path', 'neither path nor url is given; expected one of them');
    return { kind: 'file', path: path ?? fallback ?? '', watch: watch ?? path !== undefined };
  }
  for (const key of OF_FILE) if (given[key] !== undefined) add(key, 'it belongs to a path; a url is polled');
  if (!url.startsWith('https:') && (ca !== undefined || client !== undefined))
    add(ca === undefined ? 'client' : 'ca', 'plain http has no certificates; expected an https url');
  if (given.token !== undefined && tokenFile !== undefined)
    add('tokenFile', 'both token and tokenFile are given; expected one of them');
  const token = given.token ?? (tokenFile === undefined ? undefined : { file: tokenFile });
  const { every, wait, timeout, limit } = poll ?? POLL;
  return { kind: 'url', url, token, headers: headers ?? {}, ca, client, poll: { every, wait, timeout, limit } };
}

function headersSchema() {
  const name = 'a header name that the gate does not set itself; a bearer token belongs under token';
  const value = text('a header value of printable characters', HEADER_VALUE);
  return z
    .record(z.string(), value, { error: 'a mapping of header names to values' })
    .transform((headers, context): Record<string, string> => {
      const lower = Object.entries(headers).map(([key, each]): [string, string] => [key.toLowerCase(), each]);
      for (const [index, key] of Object.keys(headers).entries()) {
        const [low] = lower[index] ?? [''];
        const add = (message: string) =>
          context.addIssue({ code: 'custom', path: [key], message, params: { ...WHOLE, at: 'key' } });
        if (!HEADER_NAME.test(key) || TAKEN.has(low)) add(`expected ${name}`);
        else if (lower.findIndex(([other]) => other === low) !== index) add('it is given twice');
      }
      return Object.fromEntries(lower);
    });
}

function clientSchema(folder: string) {
  return mapping({
    cert: contents(folder, "a file of PEM certificates, the client's own first", wrongCertificates),
    key: contents(folder, 'a PEM private key', wrongKey),
  }).superRefine(({ cert, key }, context) => {
    if (keyFits(cert, key)) return;
    context.addIssue({ code: 'custom', path: ['key'], message: 'it is not the key of client.cert', params: WHOLE });
  });
}
