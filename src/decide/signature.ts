import { createPublicKey, type KeyObject } from 'node:crypto';
import { compactVerify, decodeProtectedHeader } from 'jose';
import type { BundleKey } from '../config.ts';
import { messageOf, SallyportError } from '../errors.ts';
import { isArray, isObject, type JsonObject } from '../json.ts';
import { hashBundleFile } from './bundle-file-hash.ts';

const SIGNATURES = '.signatures.json';
const ALGORITHMS = /^(?:RS|PS|ES|HS)(?:256|384|512)$|^EdDSA$/;

/** Who signed a bundle. */
export interface BundleSignature {
  readonly keyId: string;
  readonly algorithm: string;
  readonly scope: string;
}

/**
 * Verifies a bundle's signature as OPA does (`opa run --bundle --verification-key`): `.signatures.json` holds exactly one
 * JWS in compact form (RFC 7515); its `kid`, or the older claim `keyid`, chooses one of `keys`, and that key, never the
 * header, says which algorithm holds; the scopes are equal; and the files that it lists are exactly those of the bundle,
 * each with its hash.
 * @param files contents by name without a leading slash
 * @throws SallyportError `bundle/signature` that says what does not hold
 */
export async function verifyBundle(
  files: ReadonlyMap<string, Uint8Array>,
  keys: readonly BundleKey[],
): Promise<BundleSignature> {
  const token = readToken(files);
  const key = chooseKey(token, keys);
  const payload = await verifyToken(token, key);
  const scope = payload.scope ?? '';
  if (scope !== key.scope) {
    throw refused(
      `it is signed for scope ${JSON.stringify(scope)}, key ${key.id} signs for ${JSON.stringify(key.scope)}`,
    );
  }
  verifyFiles(files, payload);
  return { keyId: key.id, algorithm: key.algorithm, scope: key.scope };
}

/** The name that a bundle's signature gives its key; nothing is verified. @throws SallyportError `bundle/signature` */
export function signedKeyId(files: ReadonlyMap<string, Uint8Array>): string {
  return keyIdOf(readToken(files));
}

function readToken(files: ReadonlyMap<string, Uint8Array>): string {
  for (const name of files.keys()) {
    if (name !== SIGNATURES && name.endsWith(`/${SIGNATURES}`))
      throw refused(`it has a second signatures file, ${name}`);
  }
  const bytes = files.get(SIGNATURES);
  if (!bytes) throw refused(`it is not signed: it has no ${SIGNATURES}`);
  const content = readObject(Buffer.from(bytes).toString(), SIGNATURES);
  const plugin = content.plugin ?? '_default';
  if (plugin !== '' && plugin !== '_default')
    throw refused(`its signature is for the verification plugin ${JSON.stringify(plugin)}`);
  const tokens = content.signatures;
  const [token] = isArray(tokens) && tokens.length === 1 ? tokens : [];
  if (typeof token !== 'string') throw refused(`${SIGNATURES} does not hold exactly one JWT`);
  return token;
}

function chooseKey(token: string, keys: readonly BundleKey[]): BundleKey {
  const id = keyIdOf(token);
  const key = keys.find((one) => one.id === id);
  if (!key) throw refused(`it is signed with key ${JSON.stringify(id)}, which is not configured`);
  if (!ALGORITHMS.test(key.algorithm))
    throw refused(`key ${key.id} has the algorithm ${key.algorithm}, which is not known`);
  return key;
}

function keyIdOf(token: string): string {
  try {
    const { kid } = decodeProtectedHeader(token);
    if (typeof kid === 'string' && kid !== '') return kid;
    const claim = readObject(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(), 'the JWT').keyid;
    if (typeof claim === 'string' && claim !== '') return claim;
  } catch (cause) {
    throw refused(`its JWT cannot be read: ${messageOf(cause)}`);
  }
  throw refused('its JWT names no key');
}

async function verifyToken(token: string, key: BundleKey): Promise<JsonObject> {
  const secret = key.algorithm.startsWith('HS') ? new TextEncoder().encode(key.key) : readKey(key);
  try {
    const { payload } = await compactVerify(token, secret, { algorithms: [key.algorithm] });
    return readObject(Buffer.from(payload).toString(), 'the JWT');
  } catch (cause) {
    if (cause instanceof SallyportError) throw cause;
    throw refused(`its signature does not hold under key ${key.id} (${key.algorithm}): ${messageOf(cause)}`);
  }
}

function readKey(key: BundleKey): KeyObject {
  try {
    return createPublicKey(key.key);
  } catch {
    throw refused(`key ${key.id} is not a PEM public key or certificate`);
  }
}

function verifyFiles(files: ReadonlyMap<string, Uint8Array>, payload: JsonObject): void {
  const listed = payload.files;
  if (!isArray(listed)) throw refused('the JWT lists no files');
  const unsigned = new Set(files.keys());
  unsigned.delete(SIGNATURES);
  const seen = new Set<string>();
  for (const entry of listed) {
    const { name, hash, algorithm } = isObject(entry) ? entry : {};
    if (typeof name !== 'string' || typeof hash !== 'string' || typeof algorithm !== 'string') {
      throw refused('the JWT lists a file without name, hash and algorithm');
    }
    const bytes = files.get(name);
    if (seen.has(name)) throw refused(`the JWT lists ${name} twice`);
    if (!bytes || !unsigned.delete(name)) throw refused(`${name}, which is signed, is not in it`);
    seen.add(name);
    if (hashFile(name, bytes, algorithm) !== hash.toLowerCase()) throw refused(`${name} is not what was signed`);
  }
  const [extra] = unsigned;
  if (extra !== undefined) throw refused(`${extra} is not covered by the signature`);
}

function hashFile(name: string, bytes: Uint8Array, algorithm: string): string {
  let hash: string | undefined;
  try {
    hash = hashBundleFile(name, bytes, algorithm);
  } catch (cause) {
    throw refused(`${name} cannot be read: ${messageOf(cause)}`);
  }
  if (hash === undefined) throw refused(`${name} is hashed with ${JSON.stringify(algorithm)}, which is not accepted`);
  return hash;
}

function readObject(text: string, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (!isObject(value)) throw refused(`${what} is not a JSON object`);
  return value;
}

function refused(why: string): SallyportError {
  return new SallyportError('bundle/signature', `the bundle is refused: ${why}`, {
    fix: 'sign it with `sallyport build --signing-key`, `opa sign` or `opa build --signing-key`, and a key that is configured under bundle.keys',
  });
}
