import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { messageOf, SallyportError } from '../errors.ts';
import { createPrivateFile, readPrivateFile, replacePrivateFile } from '../identify/private-file.ts';
import { hostsExtension, signCertificate } from './certificate.ts';

/** What a TLS server and its clients need, in PEM form. */
export interface ServerIdentity {
  /** The gate's own CA: what clients are told to trust. */
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

export interface AuthorityOptions {
  /** The names and addresses that clients may use besides `localhost`, `127.0.0.1` and `::1`. */
  readonly hosts: readonly string[];
  readonly now: () => Date;
}

const DAY = 86_400_000;
const CA_LIFE = 3652 * DAY;
const SERVER_LIFE = 90 * DAY;
const RENEW_BEFORE = 30 * DAY;
/** Clients whose clock is a little behind still accept a new certificate. */
const BACKDATE = 5 * 60_000;
const ALWAYS: readonly string[] = ['localhost', '127.0.0.1', '::1'];
const DNS_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[-a-z0-9_]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[-a-z0-9_]{0,61}[a-z0-9_])?)*$/;

interface Authority {
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
  readonly pem: string;
}

/**
 * The gate's own certificate authority, made at the first start, and a server certificate of it. `ca-key.pem` (0600) and
 * `ca.pem` stay for ten years; `server.pem` (0600, certificate and key) is made anew at a start that finds fewer than 30 of
 * its 90 days left, or other hosts.
 * @throws SallyportError `config/invalid` when a key is open to others, files do not belong together, the CA's time is
 *   over, or a host is neither a DNS name nor an IP address.
 */
export async function openAuthority(stateDir: string, options: AuthorityOptions): Promise<ServerIdentity> {
  const now = options.now();
  const hosts = checkHosts(options.hosts);
  const authority = await openCa(stateDir, now);
  const path = join(stateDir, 'server.pem');
  const existing = await readPrivateFile(path);
  const usable = existing === undefined ? undefined : readServer(existing, authority, hosts, now);
  if (usable !== undefined) return { caPem: authority.pem, ...usable };
  const made = makeServer(authority, hosts, now);
  await replacePrivateFile(path, `${made.certPem}${made.keyPem}`);
  return { caPem: authority.pem, ...made };
}

async function openCa(stateDir: string, now: Date): Promise<Authority> {
  const keyPath = join(stateDir, 'ca-key.pem');
  const certPath = join(stateDir, 'ca.pem');
  let keyPem = await readPrivateFile(keyPath);
  let pem = await readCertificate(certPath);
  if (keyPem === undefined && pem !== undefined) {
    throw new SallyportError('config/invalid', `${certPath} is there, but not its key ${keyPath}`, {
      fix: 'put the key back; or remove the certificate, and every client has to be given the new CA',
    });
  }
  if (keyPem === undefined) {
    await createPrivateFile(keyPath, toPem(newKey()));
    keyPem = await readPrivateFile(keyPath);
  }
  const key = parseKey(keyPem, keyPath);
  // Another start may have been faster, or ended between the two files; whichever certificate is there holds.
  if (pem === undefined) {
    await createPrivateFile(certPath, makeCa(key, now), 0o644);
    pem = await readCertificate(certPath);
  }
  return checkCa(key, pem ?? '', certPath, now);
}

function makeCa(key: KeyObject, now: Date): string {
  const publicKey = createPublicKey(key);
  return signCertificate({
    serial: newSerial(),
    subject: caName(publicKey),
    publicKey,
    issuer: caName(publicKey),
    issuerPublicKey: publicKey,
    issuerPrivateKey: key,
    notBefore: new Date(now.getTime() - BACKDATE),
    notAfter: new Date(now.getTime() + CA_LIFE),
    purpose: { kind: 'ca' },
  });
}

function checkCa(key: KeyObject, pem: string, path: string, now: Date): Authority {
  const certificate = parseCertificate(pem);
  if (certificate === undefined || !certificate.ca || !certificate.checkPrivateKey(key)) {
    throw new SallyportError('config/invalid', `${path} is not the certificate of the CA key beside it`, {
      fix: 'put the right file back; or remove both, and every client has to be given the new CA',
    });
  }
  if (now >= certificate.validToDate) {
    throw new SallyportError(
      'config/invalid',
      `${path}: the CA's time was over at ${certificate.validToDate.toISOString()}`,
      {
        fix: 'remove it and its key to have a new one made, and give it to every client',
      },
    );
  }
  return { key, certificate, pem };
}

function makeServer(authority: Authority, hosts: readonly string[], now: Date): Omit<ServerIdentity, 'caPem'> {
  const key = newKey();
  const issuerPublicKey = createPublicKey(authority.key);
  const end = Math.min(now.getTime() + SERVER_LIFE, authority.certificate.validToDate.getTime());
  const certPem = signCertificate({
    serial: newSerial(),
    subject: 'sallyport',
    publicKey: createPublicKey(key),
    issuer: caName(issuerPublicKey),
    issuerPublicKey,
    issuerPrivateKey: authority.key,
    notBefore: new Date(now.getTime() - BACKDATE),
    notAfter: new Date(end),
    purpose: { kind: 'server', hosts },
  });
  return { certPem, keyPem: toPem(key) };
}

/** The stored pair, unless it is damaged, of another CA, for other hosts, or soon over. */
function readServer(
  stored: string,
  authority: Authority,
  hosts: readonly string[],
  now: Date,
): Omit<ServerIdentity, 'caPem'> | undefined {
  const split = stored.indexOf('-----BEGIN PRIVATE KEY-----');
  const [certPem, keyPem] = [stored.slice(0, Math.max(split, 0)), stored.slice(split)];
  const certificate = parseCertificate(certPem);
  const key = tryParseKey(keyPem);
  if (certificate === undefined || key === undefined || !certificate.checkPrivateKey(key)) return undefined;
  const left = certificate.validToDate.getTime() - now.getTime();
  // A CA that is itself soon over cannot give more than it has.
  const enough =
    left >= RENEW_BEFORE || certificate.validToDate.getTime() === authority.certificate.validToDate.getTime();
  const isCurrent =
    enough &&
    left > 0 &&
    now >= certificate.validFromDate &&
    certificate.verify(authority.certificate.publicKey) &&
    certificate.raw.includes(hostsExtension(hosts));
  return isCurrent ? { certPem, keyPem } : undefined;
}

function checkHosts(given: readonly string[]): readonly string[] {
  const hosts = [...ALWAYS, ...given.map(normalize)].filter((host) => host !== '0.0.0.0' && host !== '::');
  // An address with a zone (fe80::1%eth0) means nothing to anybody else.
  const bad = hosts.find((host) => host.includes('%') || (isIP(host) === 0 && !DNS_NAME.test(host)));
  if (bad === undefined) return [...new Set(hosts)].sort();
  throw new SallyportError(
    'config/invalid',
    `${JSON.stringify(bad.slice(0, 80))} is neither a DNS name nor an IP address`,
  );
}

function normalize(host: string): string {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  if (isIP(bare) === 6 && !bare.includes('%')) return new URL(`http://[${bare}]`).hostname.slice(1, -1);
  return bare.toLowerCase();
}

async function readCertificate(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw new SallyportError('config/invalid', `${path} cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/** Each gate's CA has a name of its own, because clients that trust several look for the right one by name. */
function caName(publicKey: KeyObject): string {
  const digest = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  return `Sallyport gate CA ${digest.slice(0, 8)}`;
}

/** 128 random bits; the first one is set, so that the number is never short, and DER keeps it positive. */
function newSerial(): Uint8Array {
  const serial = randomBytes(16);
  serial.writeUInt8(serial.readUInt8(0) | 0x80, 0);
  return serial;
}

function toPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function parseKey(pem: string | undefined, path: string): KeyObject {
  const key = tryParseKey(pem ?? '');
  if (key !== undefined) return key;
  throw new SallyportError('config/invalid', `${path} is not a P-256 private key in PEM form`, {
    fix: 'put the right file back; or remove it and ca.pem, and every client has to be given the new CA',
  });
}

function tryParseKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    return undefined;
  }
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
