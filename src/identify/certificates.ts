import { X509Certificate } from 'node:crypto';
import { messageOf, SallyportError } from '../errors.ts';
import type { Verified } from './verified.ts';

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const FIX = 'ask whoever issued the certificate, or the operator of the gate';

/** CAs whose client certificates are identities of `issuer`. */
export interface CertificateIssuer {
  readonly issuer: string;
  /** PEM text of one or more CA certificates. */
  readonly ca: string;
}

/** Reads the identity out of a client certificate. */
export interface Certificates {
  /**
   * @param der what TLS verified already; it is checked again here, to learn which configured CA it is from.
   * @throws SallyportError `identity/invalid`, `identity/expired`.
   */
  verify(der: Uint8Array): Verified;
}

interface Authority {
  readonly issuer: string;
  readonly certificate: X509Certificate;
}

/**
 * The configured issuers of client certificates (RFC 5280). A certificate must be signed by one of the CAs directly. Its
 * subject is its URI name (SPIFFE's among them), else `CN=...`.
 * @throws SallyportError `config/invalid` when `ca` holds no CA certificate, or one that is there already.
 */
export function createCertificates(issuers: readonly CertificateIssuer[], now: () => Date): Certificates {
  const authorities: Authority[] = [];
  for (const { issuer, ca } of issuers) {
    for (const certificate of readAuthorities(issuer, ca)) {
      if (authorities.some((known) => known.certificate.fingerprint256 === certificate.fingerprint256)) {
        throw new SallyportError('config/invalid', `${where(issuer)}: a CA is there twice, so its issuer is not clear`);
      }
      authorities.push({ issuer, certificate });
    }
  }
  return { verify: (der) => verify(parse(der), authorities, now().getTime()) };
}

function verify(certificate: X509Certificate, authorities: readonly Authority[], now: number): Verified {
  const authority = authorities.find(
    ({ certificate: ca }) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey),
  );
  if (authority === undefined) throw invalid('no configured CA signed the client certificate');
  // TLS checked the dates when the connection was made; that may be long ago.
  for (const { validFromDate, validToDate } of [certificate, authority.certificate]) {
    if (now < validFromDate.getTime()) throw invalid('the client certificate is not valid yet');
    if (now >= validToDate.getTime()) throw expiredCertificate();
  }
  const usages: readonly string[] | undefined = certificate.keyUsage;
  if (certificate.ca || (usages !== undefined && !usages.includes(CLIENT_AUTH))) {
    throw invalid('the certificate is not one for clients');
  }
  const expires = Math.min(certificate.validToDate.getTime(), authority.certificate.validToDate.getTime());
  return {
    credential: 'certificate',
    id: certificate.fingerprint256,
    who: { issuer: authority.issuer, subject: subjectOf(certificate) },
    route: undefined,
    intent: undefined,
    issuedAt: certificate.validFromDate.getTime(),
    notBefore: certificate.validFromDate.getTime(),
    expires,
    cacheUntil: expires,
  };
}

/** The answer to a certificate whose time is over. */
export function expiredCertificate(): SallyportError {
  return new SallyportError('identity/expired', 'the client certificate has expired', { fix: FIX });
}

function subjectOf(certificate: X509Certificate): string {
  const uris = uriNames(certificate.subjectAltName ?? '');
  const [first] = uris;
  if (first !== undefined) {
    // X509-SVID section 2: exactly one URI name, or which of them is the identity would be for the reader to choose.
    if (uris.length > 1 && uris.some((uri) => uri.startsWith('spiffe://'))) {
      throw invalid('the client certificate has several URI names, one of them a SPIFFE ID');
    }
    return first;
  }
  const name: unknown = certificate.toLegacyObject().subject.CN;
  if (typeof name === 'string' && name !== '') return `CN=${name}`;
  throw invalid('the client certificate has neither a URI name nor exactly one common name');
}

/** Node prints names as `URI:a, DNS:b`, and in JSON quotes when a value could be mistaken for several. */
function uriNames(printed: string): readonly string[] {
  const uris: string[] = [];
  let rest = printed;
  while (rest !== '') {
    const [whole, kind, value] = /^([A-Za-z0-9 ]+):((?:"(?:[^"\\]|\\.)*"|[^",])*)(?:, |$)/.exec(rest) ?? [];
    if (whole === undefined || kind === undefined || value === undefined) {
      throw invalid('the names in the client certificate cannot be read');
    }
    if (kind === 'URI') uris.push(checkUri(value));
    rest = rest.slice(whole.length);
  }
  return uris;
}

function checkUri(value: string): string {
  if (/^[a-z][a-z0-9+.-]*:[!#-+\--[\]-~]+$/i.test(value)) return value;
  throw invalid('the URI name in the client certificate cannot be read');
}

function parse(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (thrown) {
    throw invalid('the client certificate cannot be read', thrown);
  }
}

function readAuthorities(issuer: string, ca: string): readonly X509Certificate[] {
  const blocks = ca.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const certificates = blocks.map((block) => parseAuthority(issuer, block));
  if (certificates.length > 0 && issuer !== '') return certificates;
  throw new SallyportError(
    'config/invalid',
    `${where(issuer)}: there is no certificate in ca, or no name for its issuer`,
  );
}

function parseAuthority(issuer: string, block: string): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(block);
  } catch (thrown) {
    throw new SallyportError('config/invalid', `${where(issuer)}: ca cannot be read: ${messageOf(thrown)}`);
  }
  if (certificate.ca) return certificate;
  throw new SallyportError('config/invalid', `${where(issuer)}: ${certificate.subject} is not a CA certificate`);
}

function where(issuer: string): string {
  return `identity.certificates ${JSON.stringify(issuer)}`;
}

function invalid(message: string, cause?: unknown): SallyportError {
  return new SallyportError('identity/invalid', message, { fix: FIX, cause });
}
