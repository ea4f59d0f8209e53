import type { Term } from '../../terms/term.ts';
import { decodeBase64 } from '../encoding/base64.ts';
import { byteText } from '../go-bytes.ts';
import { type HostBuiltin, type HostBuiltins, onTerms } from '../host-builtin.ts';
import { certificateTerms } from './certificate.ts';
import { certificateRequestTerm } from './certificate-request.ts';
import { DerError } from './der.ts';
import { decodePem } from './pem.ts';
import { privateKeyTerm } from './private-key.ts';

const LONGEST = 1024 * 1024;

/**
 * `crypto.x509.*` that reads. What verifies chains or prints private keys in full is not supplied: its answers cannot be
 * given exactly.
 */
export const x509Builtins: HostBuiltins = {
  'crypto.x509.parse_certificates': ofText((text) => certificateTerms(certificatesDer(text))),
  'crypto.x509.parse_certificate_request': ofText((text) => certificateRequestTerm(requestDer(text))),
  'crypto.x509.parse_rsa_private_key': ofText((text) => {
    if (text === '') throw new DerError();
    const pem = text.startsWith('-----BEGIN') ? text : base64(text).toString('latin1');
    return privateKeyTerm(pem);
  }),
};

/** A function of byte text; what is malformed is what OPA calls an error. */
function ofText(read: (text: string) => Term): HostBuiltin {
  return onTerms((text) => {
    if (typeof text !== 'string') return undefined;
    if (text.length > LONGEST) throw new TypeError(`crypto.x509: a text is longer than ${LONGEST} characters`);
    try {
      return read(byteText(text));
    } catch (thrown) {
      if (thrown instanceof DerError) return undefined;
      throw thrown;
    }
  });
}

/** Blocks of PEM, DER in base64, or PEM in base64. */
function certificatesDer(text: string): Buffer {
  if (text.startsWith('-----BEGIN')) return blocks(text);
  const decoded = base64(text);
  const inner = decoded.toString('latin1');
  return inner.startsWith('-----BEGIN') ? blocks(inner) : decoded;
}

function blocks(pem: string): Buffer {
  const parts: Buffer[] = [];
  for (let rest = pem; rest !== ''; ) {
    const [block, after] = decodePem(rest);
    if (!block) break;
    if (block.type !== 'CERTIFICATE') throw new DerError();
    parts.push(block.bytes);
    rest = after;
  }
  return Buffer.concat(parts);
}

function requestDer(text: string): Buffer {
  const isPem = text.startsWith('-----BEGIN CERTIFICATE REQUEST-----');
  const bytes = isPem ? Buffer.from(text, 'latin1') : base64(text);
  const [block] = decodePem(bytes.toString('latin1'));
  if (!block) return bytes;
  if (block.type !== 'CERTIFICATE REQUEST') throw new DerError();
  return block.bytes;
}

function base64(text: string): Buffer {
  const bytes = decodeBase64(text, 'std');
  if (!bytes) throw new DerError();
  return bytes;
}
