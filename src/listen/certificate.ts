import { createHash, type KeyObject, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, boolean, explicit, implicit, integer, ipBytes, octets, oid, sequence, set, time, utf8 } from './der.ts';

/** What a certificate of the gate's CA says (RFC 5280, version 3; ECDSA on P-256 with SHA-256). */
export interface CertificateOrder {
  /** Random bytes; at most 20, not all zero. */
  readonly serial: Uint8Array;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly issuerPublicKey: KeyObject;
  readonly issuerPrivateKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly purpose: { readonly kind: 'ca' } | { readonly kind: 'server'; readonly hosts: readonly string[] };
}

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const COMMON_NAME = oid('2.5.4.3');
const SUBJECT_KEY_ID = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const AUTHORITY_KEY_ID = '2.5.29.35';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTH = oid('1.3.6.1.5.5.7.3.1');
// Named bits, the first of which is the highest of the byte.
const SIGN_CERTIFICATES_AND_LISTS = bits(Buffer.of(0x06), 1);
const DIGITAL_SIGNATURE = bits(Buffer.of(0x80), 7);

/** A signed certificate in PEM form. */
export function signCertificate(order: CertificateOrder): string {
  const body = sequence(
    explicit(0, integer(Buffer.of(2))),
    integer(order.serial),
    ECDSA_WITH_SHA256,
    nameOf(order.issuer),
    sequence(time(order.notBefore), time(order.notAfter)),
    nameOf(order.subject),
    spki(order.publicKey),
    explicit(3, sequence(...extensionsOf(order))),
  );
  const signature = sign('sha256', body, { key: order.issuerPrivateKey, dsaEncoding: 'der' });
  const der = sequence(body, ECDSA_WITH_SHA256, bits(signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** The extension that names a server: DNS names and IP addresses, in this order. */
export function hostsExtension(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIP(host) === 0 ? implicit(2, Buffer.from(host, 'ascii')) : implicit(7, ipBytes(host)),
  );
  return extension(SUBJECT_ALT_NAME, false, sequence(...names));
}

function extensionsOf({ purpose, publicKey, issuerPublicKey }: CertificateOrder): readonly Buffer[] {
  const keyIds = [
    extension(SUBJECT_KEY_ID, false, octets(keyId(publicKey))),
    extension(AUTHORITY_KEY_ID, false, sequence(implicit(0, keyId(issuerPublicKey)))),
  ];
  if (purpose.kind === 'ca') {
    return [
      extension(BASIC_CONSTRAINTS, true, sequence(boolean(true), integer(Buffer.of(0)))),
      extension(KEY_USAGE, true, SIGN_CERTIFICATES_AND_LISTS),
      ...keyIds,
    ];
  }
  return [
    extension(BASIC_CONSTRAINTS, true, sequence()),
    extension(KEY_USAGE, true, DIGITAL_SIGNATURE),
    extension(EXTENDED_KEY_USAGE, false, sequence(SERVER_AUTH)),
    hostsExtension(purpose.hosts),
    ...keyIds,
  ];
}

function extension(id: string, critical: boolean, content: Buffer): Buffer {
  // DER leaves a default (not critical) out.
  return critical ? sequence(oid(id), boolean(true), octets(content)) : sequence(oid(id), octets(content));
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(COMMON_NAME, utf8(commonName))));
}

/** RFC 7093 section 2, method 1: the leftmost 160 bits of the SHA-256 of the key. */
function keyId(publicKey: KeyObject): Buffer {
  // An uncompressed P-256 point is the last 65 bytes of its SubjectPublicKeyInfo.
  return createHash('sha256').update(spki(publicKey).subarray(-65)).digest().subarray(0, 20);
}

function spki(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}
