import { hash } from 'node:crypto';
import { SallyportError } from '../errors.ts';
import { isArray, isObject, type Json } from '../json.ts';
import { encodePath, type WirePath } from '../listen/wire.ts';
import { redactObject } from './redact-object.ts';
import { concealSecrets, DIGEST_PREFIX, isSecretName, mayHoldSecret } from './secret-formats.ts';

/** Longer text is replaced by its digest: nobody reads it, and it would not fit a policy input. */
const LONGEST_TEXT = 4096;
const LONGEST_PATH = 2048;
const LONGEST_PARAMETER = 512;

/**
 * Replaces secrets by keyed digests before anything is judged or stored. Equal secrets have equal digests, and without
 * the key a digest cannot be guessed back. Nothing here changes its argument.
 */
export interface Redactor {
  /** `hmac-sha256:<64 hex>` of the bytes, or of the text in UTF-8 (RFC 2104). */
  digest(value: Uint8Array | string): string;
  /**
   * An object, list or patch of the Kubernetes API without its secrets.
   * @param resource the resource it belongs to where the object does not say its kind (patches), e.g. `secrets`
   */
  redactKubernetes(object: Json, resource?: string): Json;
  /** A JSON patch (RFC 6902): values are judged by the place they go to. */
  redactJsonPatch(patch: Json, resource?: string): Json;
  /** Free text: claims, commands, messages. Text of more than 4096 characters becomes its digest. */
  redactText(text: string): string;
  /** Path and query as they are forwarded, without secrets and bounded. */
  redactPath(path: WirePath): string;
  /** The words of a command line: also a word after a flag such as `--password`. */
  redactWords(words: readonly string[]): readonly string[];
}

/**
 * @param key 32 bytes of chance, kept outside the database
 * @throws SallyportError `config/invalid` on a key of another length
 */
export function createRedactor(key: Uint8Array): Redactor {
  if (key.byteLength !== 32) {
    throw new SallyportError('config/invalid', `The redaction key has ${key.byteLength} bytes, not 32.`);
  }
  const hmac = hmacSha256(key);
  const digest = (value: Uint8Array | string): string => DIGEST_PREFIX + hmac(value);
  const redactText = (text: string): string => {
    if (text.length > LONGEST_TEXT) return digest(text);
    return concealSecrets(text, digest);
  };
  const redactWords = (words: readonly string[]): readonly string[] =>
    words.map((word, at) => (isSecretFlag(words[at - 1]) ? digest(word) : redactText(word)));
  const tools = { digest, redactText, redactWords };
  return {
    ...tools,
    redactPath: (path) => redactPath(path, tools),
    redactKubernetes: (object, resource) => redactObject(object, [], resource, tools),
    redactJsonPatch: (patch, resource) => redactPatch(patch, resource, tools),
  };
}

type Tools = Pick<Redactor, 'digest' | 'redactText' | 'redactWords'>;

function redactPath(path: WirePath, tools: Tools): string {
  const encoded = encodePath(path);
  if (encoded.length <= LONGEST_PARAMETER && !mayHoldSecret(encoded)) return encoded;
  const words = tools.redactWords(path.query.filter(([name]) => name === 'command').map(([, value]) => value));
  let word = 0;
  const query = path.query.map(([name, value]) => {
    const shown = name === 'command' ? (words[word++] ?? '') : parameter(name, value, tools);
    return [bounded(tools.redactText(name), tools), bounded(shown, tools)] as const;
  });
  const redacted = encodePath({ segments: redactSegments(path.segments, tools), query });
  return redacted.length > LONGEST_PATH ? tools.digest(redacted) : redacted;
}

function redactSegments(segments: readonly string[], tools: Tools): readonly string[] {
  const whole = `/${segments.join('/')}`;
  const split = segments.map((segment) => bounded(tools.redactText(segment), tools));
  // A secret may stand across segments: what the whole gives away counts too.
  return tools.redactText(whole) === `/${split.join('/')}` ? split : [tools.digest(whole)];
}

function parameter(name: string, value: string, tools: Tools): string {
  return isSecretName(name) ? tools.digest(value) : tools.redactText(value);
}

function bounded(text: string, tools: Tools): string {
  return text.length > LONGEST_PARAMETER ? tools.digest(text) : text;
}

/** `--password`, `-token`: a flag whose value is the next word. */
function isSecretFlag(word: string | undefined): boolean {
  return word?.startsWith('-') === true && isSecretName(word);
}

function redactPatch(patch: Json, resource: string | undefined, tools: Tools): Json {
  if (!isArray(patch)) return redactObject(patch, [], resource, tools);
  return patch.map((operation) => {
    if (!isObject(operation)) return redactObject(operation, [], resource, tools);
    const place = typeof operation.path === 'string' ? pointerParts(operation.path) : [];
    const members = Object.entries(operation).map(([key, member]): [string, Json] => [
      key,
      key === 'value' ? redactObject(member, place, resource, tools) : redactObject(member, [], undefined, tools),
    ]);
    return Object.fromEntries(members);
  });
}

function pointerParts(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * HMAC-SHA-256 (RFC 2104) in hexadecimal, from one-shot hashes with the padded key kept ready: each call is digested, and
 * setting up a streaming HMAC costs several times as much as the hashing.
 */
function hmacSha256(key: Uint8Array): (value: Uint8Array | string) => string {
  const block = 64;
  const padded = (pad: number) => Buffer.alloc(block, pad).map((byte, i) => byte ^ (key[i] ?? 0));
  const [inner, outer] = [padded(0x36), padded(0x5c)];
  return (value) => {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
    const first = hash('sha256', Buffer.concat([inner, bytes]), 'buffer');
    return hash('sha256', Buffer.concat([outer, first]), 'hex');
  };
}
