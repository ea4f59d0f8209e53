import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** What is wrong with PEM text that should be one or more certificates, or undefined. */
export function wrongCertificates(pem: string): string | undefined {
  const blocks = pem.match(CERTIFICATE);
  if (blocks === null) return 'there is no PEM certificate in it';
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch {
    return 'a certificate in it is malformed';
  }
  return undefined;
}

/** What is wrong with PEM text that should be a public key (or a certificate), or undefined. */
export function wrongPublicKey(pem: string): string | undefined {
  if (pem.includes('PRIVATE KEY-----')) return 'it holds a private key, which does not belong on the gate';
  try {
    createPublicKey(pem);
    return undefined;
  } catch {
    return 'there is no PEM public key in it';
  }
}

/** True when the first certificate of `cert` is for the public half of `key`; both well-formed PEM. */
export function keyFits(cert: string, key: string): boolean {
  return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
}

/** What is wrong with PEM text that should be a private key without a passphrase, or undefined. */
export function wrongKey(pem: string): string | undefined {
  try {
    createPrivateKey(pem);
    return undefined;
  } catch {
    return pem.includes('ENCRYPTED')
      ? 'the key needs a passphrase, which is not supported'
      : 'there is no PEM private key in it';
  }
}
