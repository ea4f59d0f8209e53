import { createHash, createHmac } from 'node:crypto';
import { marshalJson } from '../../terms/marshal-json.ts';
import { RegoNumber } from '../../terms/rego-number.ts';
import { RegoObject, type Term } from '../../terms/term.ts';
import { textOfBytes } from '../go-bytes.ts';
import { escapedPath, parseUrl } from '../url/go-url.ts';

const REQUEST =
  /^(?:method|url|body|enable_redirect|force_(?:json|yaml)_decode|headers|raw_body|tls_use_system_certs|tls_ca_cert(?:_file|_env_variable)?|tls_client_(?:cert|key)(?:_file|_env_variable)?|tls_insecure_skip_verify|tls_server_name|timeout|cache|force_cache|force_cache_duration_seconds|raise_error|caching_mode|max_retry_attempts|cache_ignored_headers)$/;
const IGNORED = ['authorization', 'user-agent', 'x-amzn-trace-id'];
const CONTENT = 'x-amz-content-sha256';

interface Signing {
  readonly service: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  readonly sessionToken: string;
  readonly isPayloadSigned: boolean;
}

/**
 * OPA's `providers.aws.sign_req(request, config, time_ns)`: the request with the headers of AWS Signature Version 4.
 * The time is an operand, so the same call gives the same signature. Undefined where OPA says error.
 */
export function signRequest(request?: Term, config?: Term, time?: Term): Term | undefined {
  const signing = config instanceof RegoObject ? readSigning(config) : undefined;
  const now = time instanceof RegoNumber ? instantOf(time) : undefined;
  if (!(request instanceof RegoObject) || !signing || !now) return undefined;
  if (request.members.some(([name]) => typeof name !== 'string' || !REQUEST.test(name))) return undefined;
  const [method, url, headers = new RegoObject([])] = ['method', 'url', 'headers'].map((name) => request.get(name));
  const parsed = typeof url === 'string' ? parseUrl(url) : undefined;
  if (typeof method !== 'string' || !parsed || !(headers instanceof RegoObject)) return undefined;
  const given = new Map(headers.members.map(([name, value]) => [textOr(name), textOr(value)]));
  const hash = signing.isPayloadSigned ? sha256(bodyOf(request)) : 'UNSIGNED-PAYLOAD';
  const added = new Map([
    ['host', textOfBytes(parsed.host)],
    ['x-amz-date', now],
    ...(['s3', 'glacier'].includes(signing.service) ? [[CONTENT, hash] as const] : []),
    ...(signing.sessionToken === '' ? [] : [['x-amz-security-token', signing.sessionToken] as const]),
  ]);
  const signed = new Map(added);
  for (const [name, value] of given) {
    const lower = name.toLowerCase();
    if (!IGNORED.includes(lower)) signed.set(lower, value);
  }
  const names = [...signed.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const lines = names.map((name) => `${name}:${signed.get(name)}\n`).join('');
  const path = textOfBytes(escapedPath(parsed));
  const canonical = [method, path, textOfBytes(parsed.rawQuery), lines, names.join(';'), hash].join('\n');
  const authorization = authorize(signing, now, canonical, names);
  const all = new Map([...given, ['Authorization', authorization], ...added]);
  const rest = request.members.filter(([name]) => name !== 'headers');
  return new RegoObject([...rest, ['headers', new RegoObject([...all])]]);
}

function authorize(signing: Signing, now: string, canonical: string, names: readonly string[]): string {
  const date = now.slice(0, 8);
  const scope = `${date}/${signing.region}/${signing.service}/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${now}\n${scope}\n${sha256(canonical)}`;
  const parts = [date, signing.region, signing.service, 'aws4_request'];
  const key = parts.reduce<Buffer>((last, part) => hmac(last, part), Buffer.from(`AWS4${signing.secretKey}`));
  const credential = `Credential=${signing.accessKey}/${scope}`;
  return `AWS4-HMAC-SHA256 ${credential},SignedHeaders=${names.join(';')},Signature=${hmac(key, toSign).toString('hex')}`;
}

function readSigning(config: RegoObject): Signing | undefined {
  const needed = ['aws_service', 'aws_access_key', 'aws_secret_access_key', 'aws_region'].map((name) =>
    config.get(name),
  );
  const [service, accessKey, secretKey, region] = needed;
  if (typeof service !== 'string' || typeof accessKey !== 'string') return undefined;
  if (typeof secretKey !== 'string' || typeof region !== 'string') return undefined;
  const isPayloadUnsigned = config.get('disable_payload_signing') ?? false;
  if (typeof isPayloadUnsigned !== 'boolean') return undefined;
  const sessionToken = textOr(config.get('aws_session_token'));
  return { service, accessKey, secretKey, region, sessionToken, isPayloadSigned: !isPayloadUnsigned };
}

function bodyOf(request: RegoObject): string {
  const raw = request.get('raw_body');
  const body = request.get('body');
  if (raw !== undefined) return textOr(raw);
  return body === undefined ? '' : marshalJson(body);
}

/** `20060102T150405Z` of nanoseconds within 64 bits. */
function instantOf(time: RegoNumber): string | undefined {
  const ns = time.digits;
  if (ns === undefined || ns < -(2n ** 63n) || ns >= 2n ** 63n) return undefined;
  const milliseconds = Number((ns - (((ns % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n);
  return `${new Date(milliseconds).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;
}

function textOr(term: Term | undefined): string {
  return typeof term === 'string' ? term : '';
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
