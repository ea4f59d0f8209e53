import { randomBytes } from 'node:crypto';
import { SallyportError } from '../errors.ts';
import { createPrivateFile, readPrivateFile } from '../identify/private-file.ts';

/** Bytes of a key: AES-256 and HMAC-SHA-256 both take this many. */
export const KEY_BYTES = 32;

/**
 * Reads a symmetric key from a 0600 file of base64url text, or makes one at first start. Two that start at once end up
 * with the same key.
 * @throws SallyportError `config/invalid` when others can read the file or it holds no such key.
 */
export async function openKeyFile(path: string): Promise<Uint8Array> {
  const found = await readPrivateFile(path);
  if (found !== undefined) return parseKey(path, found);
  if (await createPrivateFile(path, `${randomBytes(KEY_BYTES).toString('base64url')}\n`)) return openKeyFile(path);
  const theirs = await readPrivateFile(path);
  if (theirs === undefined) throw new SallyportError('config/invalid', `${path} was removed while it was read`);
  return parseKey(path, theirs);
}

function parseKey(path: string, text: string): Uint8Array {
  const key = Buffer.from(text.trim(), 'base64url');
  // Decoding skips what is no base64url; only what encodes back to the same text was a key.
  if (key.length === KEY_BYTES && key.toString('base64url') === text.trim()) return key;
  throw new SallyportError('config/invalid', `${path} holds no key: expected ${KEY_BYTES} bytes in base64url`, {
    fix: `restore it from a backup; without it nothing that was sealed can be opened again`,
  });
}
