import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { wrongBundleKey } from '../config/bundle-key.ts';
import { SallyportError } from '../errors.ts';
import { readPrivateFile } from '../identify/private-file.ts';
import type { BundleSigner } from './sign.ts';

/** Where a signer is on disk: keys and passphrases come from files, as arguments would be seen by everybody. */
export interface SigningOptions {
  readonly key: string;
  readonly algorithm: string;
  readonly keyId: string;
  readonly scope?: string;
  /** The file of the key's passphrase; a line break at its end does not count. */
  readonly passphraseFile?: string;
}

/**
 * Reads the key that a bundle is to be signed with: PEM (PKCS #8, PKCS #1 or SEC 1), or for HS* the secret as it is in the file.
 * @throws SallyportError `config/invalid` when a file is missing, no plain file or open to others; `usage/invalid` when the
 * key does not fit the algorithm. Neither repeats what is in the file.
 */
export async function readSigner(options: SigningOptions): Promise<BundleSigner> {
  const { algorithm, keyId, scope } = options;
  if (options.key.includes('-----BEGIN')) {
    throw new SallyportError('usage/invalid', '--signing-key is a file, not the key: arguments are seen by everybody', {
      fix: 'write the key to a file of mode 0600; and use another one, this key has been shown',
    });
  }
  const text = await readSecret(options.key, '--signing-key');
  const passphrase =
    options.passphraseFile === undefined
      ? undefined
      : (await readSecret(options.passphraseFile, '--signing-passphrase')).replace(/\r?\n$/, '');
  const key = algorithm.startsWith('HS') ? createSecretKey(text, 'utf8') : privateKey(options.key, text, passphrase);
  const shown = key.type === 'secret' ? text : createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  const wrong = wrongBundleKey({ id: keyId, key: shown, algorithm, scope: scope ?? '' });
  if (wrong !== undefined) throw new SallyportError('usage/invalid', `--signing-key ${options.key}: ${wrong}`);
  return { key, algorithm, keyId, ...(scope === undefined ? {} : { scope }) };
}

async function readSecret(path: string, option: string): Promise<string> {
  const text = await readPrivateFile(path);
  if (text !== undefined && text !== '') return text;
  throw new SallyportError('config/invalid', `${option} ${path}: ${text === '' ? 'it is empty' : 'no such file'}`);
}

function privateKey(path: string, pem: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch (cause) {
    const locked = pem.includes('ENCRYPTED');
    const why = locked
      ? passphrase === undefined
        ? 'it needs a passphrase'
        : 'its passphrase is another one'
      : 'it is no PEM private key';
    throw new SallyportError('config/invalid', `--signing-key ${path}: ${why}`, {
      ...(locked ? { fix: 'name the file that holds its passphrase with --signing-passphrase' } : {}),
      cause,
    });
  }
}
