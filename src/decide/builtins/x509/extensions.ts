import type { Term } from '../../terms/term.ts';
import { NO_NAMES, readAlternativeNames } from './alternative-names.ts';
import { DerError, DerReader, TAG } from './der.ts';
import { bytesTerm, listTerm, numberOf, oidTerm, structOf, textTerm } from './go-json-values.ts';

export interface Extension {
  readonly id: readonly number[];
  readonly isCritical: boolean;
  readonly value: Buffer;
}

type Members = Record<string, Term>;

const USAGES = new Map(
  [
    '2.5.29.37.0',
    ...Array.from({ length: 9 }, (_, index) => `1.3.6.1.5.5.7.3.${index + 1}`),
    '1.3.6.1.4.1.311.10.3.3',
    '2.16.840.1.113730.4.1',
    '1.3.6.1.4.1.311.2.1.22',
    '1.3.6.1.4.1.311.61.1.1',
  ].map((oid, index) => [oid, index]),
);

/** What a certificate says where it has no extension. */
const NOTHING: Members = {
  ...NO_NAMES,
  URIStrings: null,
  KeyUsage: numberOf(0),
  ExtKeyUsage: null,
  UnknownExtKeyUsage: null,
  BasicConstraintsValid: false,
  IsCA: false,
  MaxPathLen: numberOf(0),
  MaxPathLenZero: false,
  SubjectKeyId: null,
  AuthorityKeyId: null,
  OCSPServer: null,
  IssuingCertificateURL: null,
  PermittedDNSDomainsCritical: false,
  ...Object.fromEntries(
    ['Permitted', 'Excluded'].flatMap((kind) =>
      ['DNSDomains', 'IPRanges', 'EmailAddresses', 'URIDomains'].map((what) => [`${kind}${what}`, null]),
    ),
  ),
  CRLDistributionPoints: null,
  PolicyIdentifiers: null,
  Policies: null,
  PolicyMappings: null,
  InhibitAnyPolicy: numberOf(0),
  InhibitAnyPolicyZero: false,
  InhibitPolicyMapping: numberOf(0),
  InhibitPolicyMappingZero: false,
  RequireExplicitPolicy: numberOf(0),
  RequireExplicitPolicyZero: false,
};

/** The members that Go's `x509.Certificate` has for extensions. @throws TypeError for those that are not read here */
export function extensionMembers(extensions: readonly Extension[]): Members {
  const members: Members = { ...NOTHING };
  const unhandled: Term[] = [];
  for (const extension of extensions) {
    const isHandled = readExtension(extension, members);
    if (extension.isCritical && !isHandled) unhandled.push(oidTerm(extension.id));
  }
  return { ...members, UnhandledCriticalExtensions: listTerm(unhandled) };
}

export function readExtensions(sequence: DerReader): readonly Extension[] {
  const seen = new Set<string>();
  const extensions: Extension[] = [];
  while (!sequence.isEmpty) {
    const one = sequence.inside();
    const id = one.oid();
    const isCritical = one.peekedTag === TAG.boolean ? one.boolean() : false;
    const value = one.read(TAG.octetString);
    if (seen.has(id.join('.'))) throw new DerError();
    seen.add(id.join('.'));
    extensions.push({ id, isCritical, value });
  }
  return extensions;
}

export function extensionTerm({ id, isCritical, value }: Extension): Term {
  return structOf({ Id: oidTerm(id), Critical: isCritical, Value: bytesTerm(value) });
}

/** Reads one extension into the members; false when Go does not know it. */
function readExtension({ id, isCritical, value }: Extension, members: Members): boolean {
  const reader = new DerReader(value);
  switch (id.join('.')) {
    case '2.5.29.15':
      members.KeyUsage = numberOf(keyUsage(reader));
      return true;
    case '2.5.29.19':
      readBasicConstraints(reader.inside(), members);
      return true;
    case '2.5.29.17': {
      const { names, uriTexts } = readAlternativeNames(value);
      Object.assign(members, names, { URIStrings: uriTexts });
      return Object.values(names).some((one) => one !== null);
    }
    case '2.5.29.31':
      members.CRLDistributionPoints = listTerm(distributionPoints(reader.inside()));
      return true;
    case '2.5.29.35':
      if (isCritical) throw new DerError();
      members.AuthorityKeyId = bytesTerm(reader.inside().optional(0x80));
      return true;
    case '2.5.29.37':
      readUsages(reader.inside(), members);
      return true;
    case '2.5.29.14':
      if (isCritical) throw new DerError();
      members.SubjectKeyId = bytesTerm(reader.read(TAG.octetString));
      return true;
    case '2.5.29.32':
      readPolicies(reader.inside(), members);
      return true;
    case '1.3.6.1.5.5.7.1.1':
      if (isCritical) throw new DerError();
      readAccess(reader.inside(), members);
      return true;
    case '2.5.29.30':
    case '2.5.29.33':
    case '2.5.29.36':
    case '2.5.29.54':
      throw new TypeError(`certificates with the extension ${id.join('.')} are not read here`);
    default:
      return false;
  }
}

function keyUsage(reader: DerReader): number {
  const { bytes } = reader.bitString();
  let usage = 0;
  for (let bit = 0; bit < 9; bit += 1) {
    if (((bytes[bit >> 3] ?? 0) >> (7 - (bit % 8))) & 1) usage += 2 ** bit;
  }
  return usage;
}

function readBasicConstraints(sequence: DerReader, members: Members): void {
  members.IsCA = sequence.peekedTag === TAG.boolean ? sequence.boolean() : false;
  const length = sequence.peekedTag === TAG.integer ? sequence.integer() : -1n;
  if (length < -1n || length >= 2n ** 63n) throw new DerError();
  members.MaxPathLen = numberOf(length);
  members.BasicConstraintsValid = true;
  members.MaxPathLenZero = length === 0n;
}

function distributionPoints(sequence: DerReader): Term[] {
  const points: Term[] = [];
  while (!sequence.isEmpty) {
    const name = sequence.inside().optional(0xa0);
    if (name === undefined) continue;
    const full = new DerReader(name).inside(0xa0);
    while (full.peekedTag === 0x86) points.push(textTerm(full.read(0x86)));
  }
  return points;
}

function readUsages(sequence: DerReader, members: Members): void {
  const [known, unknown]: [Term[], Term[]] = [[], []];
  while (!sequence.isEmpty) {
    const oid = sequence.oid();
    const usage = USAGES.get(oid.join('.'));
    if (usage === undefined) unknown.push(oidTerm(oid));
    else known.push(numberOf(usage));
  }
  members.ExtKeyUsage = listTerm(known);
  members.UnknownExtKeyUsage = listTerm(unknown);
}

function readPolicies(sequence: DerReader, members: Members): void {
  const oids: (readonly number[])[] = [];
  while (!sequence.isEmpty) oids.push(sequence.inside().oid());
  const texts = oids.map((oid) => oid.join('.'));
  if (new Set(texts).size !== texts.length) throw new DerError();
  members.Policies = listTerm(texts);
  members.PolicyIdentifiers = oids.map(oidTerm);
}

function readAccess(sequence: DerReader, members: Members): void {
  const [ocsp, issuers]: [Term[], Term[]] = [[], []];
  while (!sequence.isEmpty) {
    const access = sequence.inside();
    const method = access.oid().join('.');
    const location = access.optional(0x86);
    if (location === undefined) continue;
    if (method === '1.3.6.1.5.5.7.48.1') ocsp.push(textTerm(location));
    else if (method === '1.3.6.1.5.5.7.48.2') issuers.push(textTerm(location));
  }
  members.OCSPServer = listTerm(ocsp);
  members.IssuingCertificateURL = listTerm(issuers);
}
