import type { Term } from '../../terms/term.ts';
import { NO_NAMES, readAlternativeNames } from './alternative-names.ts';
import { booleanOf, DerError, DerReader, type Element, TAG } from './der.ts';
import { type Extension, extensionTerm, readExtensions } from './extensions.ts';
import { bytesTerm, listTerm, numberOf, oidTerm, structOf } from './go-json-values.ts';
import { nameTerm, stringOf } from './name.ts';
import { publicKeyTerm } from './public-key.ts';
import { signatureAlgorithm } from './signature-algorithm.ts';

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const SUBJECT_ALT_NAME = '2.5.29.17';

/**
 * A certificate request (RFC 2986) in DER, as Go's `x509.ParseCertificateRequest` reads it and its `encoding/json` prints
 * it. The signature is not verified: OPA does not either.
 * @throws DerError where Go says error
 */
export function certificateRequestTerm(der: Buffer): Term {
  const reader = new DerReader(der);
  const whole = reader.whole(TAG.sequence);
  if (!reader.isEmpty) throw new DerError();
  const outer = new DerReader(whole.content);
  const signedPart = outer.whole(TAG.sequence);
  const algorithm = outer.read(TAG.sequence);
  const signature = outer.bitString();
  if (signature.unused !== 0) throw new TypeError('a signature does not fill its bytes');
  const info = new DerReader(signedPart.content);
  const version = info.integer();
  if (version >= 2n ** 63n || version < -(2n ** 63n)) throw new DerError();
  const subject = info.whole(TAG.sequence).raw;
  const spki = info.whole(TAG.sequence).raw;
  const attributes = elementsOf(new DerReader(info.read(0xa0)));
  const extensions = attributes.flatMap(requestedExtensions);
  if (new Set(extensions.map(({ id }) => id.join('.'))).size !== extensions.length) throw new DerError();
  const names = extensions.find(({ id }) => id.join('.') === SUBJECT_ALT_NAME);
  const key = publicKeyTerm(spki);
  return structOf({
    Raw: bytesTerm(der),
    RawTBSCertificateRequest: bytesTerm(signedPart.raw),
    RawSubjectPublicKeyInfo: bytesTerm(spki),
    RawSubject: bytesTerm(subject),
    Version: numberOf(version),
    Signature: bytesTerm(signature.bytes),
    SignatureAlgorithm: numberOf(signatureAlgorithm(algorithm)),
    PublicKeyAlgorithm: numberOf(key.algorithm),
    PublicKey: key.key,
    Subject: nameTerm(subject),
    Attributes: listTerm(attributes.flatMap(attributeTerm)),
    Extensions: listTerm(extensions.map(extensionTerm)),
    ExtraExtensions: null,
    ...(names ? readAlternativeNames(names.value).names : NO_NAMES),
  });
}

function elementsOf(reader: DerReader): readonly Element[] {
  const elements: Element[] = [];
  while (!reader.isEmpty) elements.push(reader.element());
  return elements;
}

/** The extensions that an attribute asks for; one that is no attribute asks for none. */
function requestedExtensions(attribute: Element): readonly Extension[] {
  const values = attempt(() => {
    const reader = new DerReader(attribute.raw).inside();
    return reader.oid().join('.') === EXTENSION_REQUEST ? elementsOf(reader.inside(TAG.set)) : [];
  });
  const first = values?.[0];
  return first ? readExtensions(new DerReader(first.raw).inside()) : [];
}

/** An attribute as Go shows it, where it has the form of a list of names; others, such as a password, it leaves out. */
function attributeTerm(attribute: Element): readonly Term[] {
  const term = attempt(() => {
    const reader = new DerReader(attribute.raw).inside();
    const type = oidTerm(reader.oid());
    const values = elementsOf(reader.inside(TAG.set)).map(({ raw }) =>
      elementsOf(new DerReader(raw).inside()).map((one) => typeAndValue(new DerReader(one.raw).inside())),
    );
    return structOf({ Type: type, Value: values });
  });
  return term === undefined ? [] : [term];
}

/** The second element is the value, whatever follows: of a critical extension, Go shows `true`. */
function typeAndValue(reader: DerReader): Term {
  const type = oidTerm(reader.oid());
  const value = reader.element();
  if (value.tag === TAG.octetString) return structOf({ Type: type, Value: bytesTerm(value.content) });
  if (value.tag === TAG.boolean) return structOf({ Type: type, Value: booleanOf(value.content) });
  return structOf({ Type: type, Value: stringOf(value) });
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof DerError) return undefined;
    throw thrown;
  }
}
