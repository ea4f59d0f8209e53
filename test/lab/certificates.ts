import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  bits,
  boolean,
  explicit,
  implicit,
  integer,
  ipBytes,
  octets,
  oid,
  sequence,
  set,
  time,
  utf8,
} from '../../src/listen/der.ts';

const DAY = 86_400_000;

/** A key (PKCS #8) and its certificate, both PEM. */
export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

/** A certificate authority that lives as long as a test run. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** A client certificate; the API server takes the user from the common name and the group from the organisation. */
  client(user: string, group?: string): KeyPair;
  /** A server certificate for DNS names and addresses. */
  server(names: readonly string[], addresses: readonly string[]): KeyPair;
}

/** Makes a certificate authority, good for a week around `now`. The gate's own makes no client certificates. */
export function createAuthority(now: Date): Authority {
  const issuer = nameOf('sallyport-lab');
  const root = newKeys();
  const issue = (subject: Buffer, publicKey: KeyObject, extensions: readonly Buffer[]) => {
    const signature = sequence(oid('1.2.840.10045.4.3.2')); // ecdsa-with-SHA256
    const validity = sequence(time(new Date(now.getTime() - DAY)), time(new Date(now.getTime() + 7 * DAY)));
    const key = publicKey.export({ type: 'spki', format: 'der' });
    // RFC 5280, section 4.1: version 3, serial number, and so on in this order.
    const body = sequence(
      explicit(0, integer(Buffer.of(2))),
      integer(randomBytes(16)),
      signature,
      issuer,
      validity,
      subject,
      key,
      explicit(3, sequence(...extensions)),
    );
    return pem('CERTIFICATE', sequence(body, signature, bits(sign('sha256', body, root.privateKey))));
  };
  const leaf = (subject: Buffer, extensions: readonly Buffer[]): KeyPair => {
    const keys = newKeys();
    const certificate = issue(subject, keys.publicKey, [critical(BASIC_CONSTRAINTS, sequence()), ...extensions]);
    return { key: pem('PRIVATE KEY', keys.privateKey.export({ type: 'pkcs8', format: 'der' })), certificate };
  };
  return {
    certificate: issue(issuer, root.publicKey, [
      critical(BASIC_CONSTRAINTS, sequence(boolean(true))),
      critical(KEY_USAGE, bits(Buffer.of(0x06), 1)), // signs certificates and revocation lists
    ]),
    client: (user, group) => leaf(nameOf(user, group), [plain(EXTENDED_KEY_USAGE, sequence(oid('1.3.6.1.5.5.7.3.2')))]),
    server: (names, addresses) =>
      leaf(nameOf('server'), [
        plain(EXTENDED_KEY_USAGE, sequence(oid('1.3.6.1.5.5.7.3.1'))),
        plain(
          SUBJECT_ALT_NAME,
          sequence(
            ...names.map((name) => implicit(2, Buffer.from(name))),
            ...addresses.map((address) => implicit(7, ipBytes(address))),
          ),
        ),
      ]),
  };
}

const KEY_USAGE = oid('2.5.29.15');
const SUBJECT_ALT_NAME = oid('2.5.29.17');
const BASIC_CONSTRAINTS = oid('2.5.29.19');
const EXTENDED_KEY_USAGE = oid('2.5.29.37');

const critical = (id: Buffer, content: Buffer) => sequence(id, boolean(true), octets(content));
const plain = (id: Buffer, content: Buffer) => sequence(id, octets(content));

function newKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function nameOf(commonName: string, organisation?: string): Buffer {
  const part = (type: string, text: string) => set(sequence(oid(type), utf8(text)));
  const group = organisation === undefined ? [] : [part('2.5.4.10', organisation)];
  return sequence(...group, part('2.5.4.3', commonName));
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
