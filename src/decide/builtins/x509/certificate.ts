import type { Term } from '../../terms/term.ts';
import { DerError, DerReader, TAG } from './der.ts';
import { type Extension, extensionMembers, extensionTerm, readExtensions } from './extensions.ts';
import { bytesTerm, listTerm, numberOf, structOf } from './go-json-values.ts';
import { nameTerm } from './name.ts';
import { publicKeyTerm } from './public-key.ts';
import { signatureAlgorithm } from './signature-algorithm.ts';

/** Certificates that are read at once. */
const MOST_CERTIFICATES = 100;

/**
 * Certificates one after the other in DER, as Go's `x509.ParseCertificates` reads them and its `encoding/json` prints them.
 * @throws DerError where Go says error
 * @throws TypeError for certificates that are not read here, or are too many
 */
export function certificateTerms(der: Buffer): readonly Term[] {
  const reader = new DerReader(der);
  const certificates: Term[] = [];
  while (!reader.isEmpty) {
    certificates.push(certificateTerm(reader.whole(TAG.sequence).raw));
    if (certificates.length > MOST_CERTIFICATES)
      throw new TypeError(`there are more than ${MOST_CERTIFICATES} certificates`);
  }
  return certificates;
}

function certificateTerm(raw: Buffer): Term {
  const outer = new DerReader(raw).inside();
  const signedPart = outer.whole(TAG.sequence);
  const algorithm = outer.read(TAG.sequence);
  const tbs = new DerReader(signedPart.content);
  const version = versionOf(tbs);
  const serial = tbs.integer();
  if (serial < 0n || !tbs.read(TAG.sequence).equals(algorithm)) throw new DerError();
  const issuer = tbs.whole(TAG.sequence).raw;
  const validity = tbs.inside();
  const [notBefore, notAfter] = [timeOf(validity), timeOf(validity)];
  const subject = tbs.whole(TAG.sequence).raw;
  const spki = tbs.whole(TAG.sequence).raw;
  const key = publicKeyTerm(spki);
  const extensions = version > 1 ? trailingExtensions(tbs, version) : [];
  const signature = outer.bitString();
  if (signature.unused !== 0) throw new TypeError('a signature does not fill its bytes');
  return structOf({
    Raw: bytesTerm(raw),
    RawTBSCertificate: bytesTerm(signedPart.raw),
    RawSubjectPublicKeyInfo: bytesTerm(spki),
    RawSubject: bytesTerm(subject),
    RawIssuer: bytesTerm(issuer),
    Signature: bytesTerm(signature.bytes),
    SignatureAlgorithm: numberOf(signatureAlgorithm(algorithm)),
    PublicKeyAlgorithm: numberOf(key.algorithm),
    PublicKey: key.key,
    Version: numberOf(version),
    SerialNumber: numberOf(serial),
    Issuer: nameTerm(issuer),
    Subject: nameTerm(subject),
    NotBefore: notBefore,
    NotAfter: notAfter,
    Extensions: listTerm(extensions.map(extensionTerm)),
    ExtraExtensions: null,
    ...extensionMembers(extensions),
  });
}

/** One more than what is written, 1 when nothing is. */
function versionOf(tbs: DerReader): number {
  const content = tbs.optional(0xa0);
  if (content === undefined) return 1;
  const version = new DerReader(content).integer();
  if (version < 0n || version > 2n) throw new DerError();
  return Number(version) + 1;
}

function trailingExtensions(tbs: DerReader, version: number): readonly Extension[] {
  tbs.optional(0x81); // identifiers of issuer and subject, which nobody uses
  tbs.optional(0x82);
  const content = version === 3 ? tbs.optional(0xa3) : undefined;
  return content === undefined ? [] : readExtensions(new DerReader(content).inside());
}

/** A time in UTC, RFC 3339. @throws TypeError for one with an offset or without seconds, which RFC 5280 forbids */
function timeOf(validity: DerReader): string {
  const { tag, content } = validity.element();
  if (tag !== 0x17 && tag !== 0x18) throw new DerError();
  const text = content.toString('latin1');
  const [, year = '', ...rest] =
    (tag === 0x17 ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/).exec(
      text,
    ) ?? [];
  if (year === '') {
    if (/^\d{10,14}(?:Z|[+-]\d{4})$/.test(text))
      throw new TypeError('a time of a certificate is not in UTC to the second');
    throw new DerError();
  }
  const full = tag === 0x18 ? year : `${Number(year) < 50 ? '20' : '19'}${year}`;
  const [month, day, hour, minute, second] = rest;
  const written = `${full}-${month}-${day}T${hour}:${minute}:${second}`;
  const date = new Date(`${written}Z`);
  if (Number.isNaN(date.getTime()) || date.toISOString() !== `${written}.000Z`) throw new DerError();
  return `${written}Z`;
}
