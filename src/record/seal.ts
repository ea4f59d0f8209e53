import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { SallyportError } from '../errors.ts';
import { canonicalJson } from '../json.ts';
import { KEY_BYTES } from './key-file.ts';

const CIPHER = 'aes-256-gcm';
/** Says how the rest is laid out: nonce, ciphertext, tag. */
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts what belongs to one decision, with a key that is kept outside the database. */
export interface Sealer {
  /** Authenticated encryption of `bytes`, bound to the decision and the name: it opens as nothing else. */
  seal(decision: string, name: string, bytes: Uint8Array): Uint8Array;
  /** @throws SallyportError `record/unavailable` when the key is another, the bytes were changed or belong elsewhere. */
  open(decision: string, name: string, sealed: Uint8Array): Uint8Array;
}

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, safe for 2^32 blobs under one key.
 * @throws TypeError when the key is not 32 bytes.
 */
export function createSealer(key: Uint8Array): Sealer {
  if (key.length !== KEY_BYTES) throw new TypeError(`a sealing key has ${KEY_BYTES} bytes, not ${key.length}`);
  const secret = createSecretKey(key);
  return {
    seal(decision, name, bytes) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(boundTo(decision, name));
      const text = cipher.update(bytes);
      return Buffer.concat([Buffer.of(FORMAT), nonce, text, cipher.final(), cipher.getAuthTag()]);
    },
    open(decision, name, sealed) {
      const [format] = sealed;
      const end = sealed.length - TAG_BYTES;
      if (format !== FORMAT || end < 1 + NONCE_BYTES) throw unopened(decision, name);
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const decipher = createDecipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(boundTo(decision, name));
      decipher.setAuthTag(sealed.subarray(end));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES, end)), decipher.final()]);
      } catch (thrown) {
        throw unopened(decision, name, thrown);
      }
    },
  };
}

/** The associated data; as JSON, so that no two pairs look alike. */
function boundTo(decision: string, name: string): Buffer {
  return Buffer.from(canonicalJson([FORMAT, decision, name]));
}

function unopened(decision: string, name: string, cause?: unknown): SallyportError {
  return new SallyportError(
    'record/unavailable',
    `${name} of decision ${decision} cannot be opened: it was sealed with another key, or changed`,
    {
      fix: 'restore the sealing key that was in the state folder when it was recorded',
      cause,
    },
  );
}
