import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SallyportError } from '../../src/errors.ts';
import { openAuthority, type ServerIdentity } from '../../src/listen/authority.ts';

const run = promisify(execFile);
const DAY = 86_400_000;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-authority-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const open = (folder: string, hosts: readonly string[] = [], now = new Date()) =>
  openAuthority(folder, { hosts, now: () => now });

async function refusalOf(act: () => Promise<unknown>): Promise<readonly [string, string]> {
  try {
    await act();
  } catch (thrown) {
    if (thrown instanceof SallyportError) return [thrown.code, thrown.message];
    throw thrown;
  }
  throw new Error('this was not refused');
}

/** What a client that trusts `ca` hears from a server with this certificate, reached on 127.0.0.1 under `servername`. */
async function greet(server: ServerIdentity, ca: string, servername: string): Promise<string> {
  const listening = createServer({ cert: server.certPem, key: server.keyPem, minVersion: 'TLSv1.3' }, (socket) => {
    socket.end('hello');
  });
  listening.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  try {
    const address = listening.address();
    if (address === null || typeof address === 'string') throw new Error('no address');
    return await new Promise<string>((resolve) => {
      // A name makes the client ask for it; for addresses it checks the one that it connects to.
      const named = /^[0-9.]+$/.test(servername) ? {} : { servername };
      const socket = connect({ port: address.port, host: '127.0.0.1', ca, ...named });
      socket.on('error', (error) => resolve(error.message));
      socket.on('data', (data) => resolve(data.toString()));
    });
  } finally {
    await new Promise<void>((resolve) => listening.close(() => resolve()));
  }
}

describe('the gate’s own CA', () => {
  it('is made once for ten years, with a path length of 0, its key 0600', async () => {
    const folder = await temporaryFolder();
    const first = await open(folder);
    const again = await open(folder);
    expect(again).toEqual(first);
    const ca = new X509Certificate(first.caPem);
    expect(ca.subject).toMatch(/^CN=Sallyport gate CA [0-9a-f]{8}$/);
    expect((ca.validToDate.getTime() - Date.now()) / DAY).toBeCloseTo(3652, 0);
    const { stdout } = await run('openssl', ['x509', '-in', join(folder, 'ca.pem'), '-noout', '-text']);
    expect(stdout).toContain('X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0');
    expect(stdout).toContain('X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign');
    const modes = await Promise.all(['ca-key.pem', 'server.pem'].map((name) => stat(join(folder, name))));
    expect(modes.map((found) => found.mode & 0o777)).toEqual([0o600, 0o600]);
    expect((await readdir(folder)).sort()).toEqual(['ca-key.pem', 'ca.pem', 'server.pem']);
  });

  it('signs a server certificate that openssl accepts strictly, for 90 days', async () => {
    const folder = await temporaryFolder();
    const { certPem } = await open(folder, ['gate.example', '10.1.2.3', 'fd00::7']);
    await writeFile(join(folder, 'leaf.pem'), certPem);
    const verify = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', join(folder, 'ca.pem')];
    const { stdout } = await run('openssl', [...verify, '-verify_hostname', 'gate.example', join(folder, 'leaf.pem')]);
    expect(stdout).toBe(`${join(folder, 'leaf.pem')}: OK\n`);
    await run('openssl', [...verify, '-verify_ip', 'fd00::7', join(folder, 'leaf.pem')]);
    const leaf = new X509Certificate(certPem);
    expect(leaf.subjectAltName).toBe(
      'IP Address:10.1.2.3, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, ' +
        'IP Address:FD00:0:0:0:0:0:0:7, DNS:gate.example, DNS:localhost',
    );
    expect((leaf.validToDate.getTime() - Date.now()) / DAY).toBeCloseTo(90, 0);
    expect(leaf.ca).toBe(false);
    expect(leaf.serialNumber).toMatch(/^[0-9A-F]{32}$/);
  });

  it.each(['localhost', 'gate.example', '127.0.0.1'])('lets a TLS client that trusts it in as %s', async (name) => {
    const identity = await open(await temporaryFolder(), ['Gate.Example']);
    expect(await greet(identity, identity.caPem, name)).toBe('hello');
  });

  it('vouches for no other name, and another gate’s CA not for this one', async () => {
    const identity = await open(await temporaryFolder());
    const other = await open(await temporaryFolder());
    expect(await greet(identity, identity.caPem, 'gate.example')).toMatch(/does not match certificate's altnames/);
    expect(await greet(identity, other.caPem, 'localhost')).toMatch(/^unable to verify the first certificate/);
  });

  it('is one for gates that start at once', async () => {
    const folder = await temporaryFolder();
    const all = await Promise.all(Array.from({ length: 4 }, () => open(folder)));
    expect(new Set(all.map((identity) => identity.caPem)).size).toBe(1);
    for (const { caPem, certPem } of all) {
      expect(new X509Certificate(certPem).verify(new X509Certificate(caPem).publicKey)).toBe(true);
    }
  });

  it('finishes a first start that ended between key and certificate', async () => {
    const folder = await temporaryFolder();
    await open(folder);
    await rm(join(folder, 'ca.pem'));
    const identity = await open(folder);
    expect(await greet(identity, identity.caPem, 'localhost')).toBe('hello');
  });
});

describe('the server certificate', () => {
  it.each([
    ['with 31 days left', 59, [], true],
    ['with 29 days left', 61, [], false],
    ['when it is over', 91, [], false],
    ['for another host', 0, ['gate.example'], false],
    ['for every address', 0, ['0.0.0.0', '::'], true],
  ] as const)('%s, %s days later', async (_case, days, hosts, kept) => {
    const folder = await temporaryFolder();
    const first = await open(folder);
    const later = await open(folder, hosts, new Date(Date.now() + days * DAY));
    expect(later.caPem).toBe(first.caPem);
    expect(later.certPem === first.certPem && later.keyPem === first.keyPem).toBe(kept);
    expect(later.keyPem === first.keyPem).toBe(kept);
  });

  it('is made anew when its file is damaged or of another CA', async () => {
    const [folder, other] = [await temporaryFolder(), await temporaryFolder()];
    await open(other);
    const first = await open(folder);
    for (const wrong of ['', 'garbage', await readFile(join(other, 'server.pem'), 'utf8'), first.certPem]) {
      await writeFile(join(folder, 'server.pem'), wrong);
      const again = await open(folder);
      expect(await greet(again, first.caPem, 'localhost')).toBe('hello');
    }
  });

  it('never outlives the CA', async () => {
    const folder = await temporaryFolder();
    const { caPem } = await open(folder);
    const end = new X509Certificate(caPem).validToDate;
    const last = await open(folder, [], new Date(end.getTime() - 10 * DAY));
    expect(new X509Certificate(last.certPem).validToDate).toEqual(end);
    const [code, message] = await refusalOf(() => open(folder, [], end));
    expect([code, message]).toEqual([
      'config/invalid',
      `${join(folder, 'ca.pem')}: the CA's time was over at ${end.toISOString()}`,
    ]);
  });
});

describe('a state folder', () => {
  it.each(['ca-key.pem', 'server.pem'])('is refused when others may read %s', async (name) => {
    const folder = await temporaryFolder();
    await open(folder);
    await chmod(join(folder, name), 0o640);
    expect(await refusalOf(() => open(folder))).toEqual([
      'config/invalid',
      `${join(folder, name)} may be read or written by others than its owner`,
    ]);
  });

  it('is refused without the CA’s key, with another one, and with none that can be read', async () => {
    const [folder, other] = [await temporaryFolder(), await temporaryFolder()];
    await open(folder);
    await open(other);
    const [key, certificate] = [join(folder, 'ca-key.pem'), join(folder, 'ca.pem')];
    await writeFile(key, await readFile(join(other, 'ca-key.pem')));
    expect((await refusalOf(() => open(folder)))[1]).toBe(
      `${certificate} is not the certificate of the CA key beside it`,
    );
    await writeFile(key, 'garbage');
    expect((await refusalOf(() => open(folder)))[1]).toBe(`${key} is not a P-256 private key in PEM form`);
    await rm(key);
    expect((await refusalOf(() => open(folder)))[1]).toBe(`${certificate} is there, but not its key ${key}`);
    expect((await readdir(folder)).sort()).toEqual(['ca.pem', 'server.pem']);
  });

  it.each(['', '*', 'a b', 'a..b', '-a', 'fe80::1%eth0', 'a/b', 'ä.example'])(
    'is refused for the host %j',
    async (host) => {
      expect(await refusalOf(async () => open(await temporaryFolder(), [host]))).toEqual([
        'config/invalid',
        `${JSON.stringify(host)} is neither a DNS name nor an IP address`,
      ]);
    },
  );
});
