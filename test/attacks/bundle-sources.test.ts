import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import { isObject, type JsonObject } from '../../src/json.ts';
import { startGate } from '../../src/serve.ts';
import { ALLOW, buildBundle, DENY, inFolder } from '../decide/rego-lab.ts';
import { type GateLab, startGateLab } from '../gate/gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../gate/recording-upstream.ts';
import { type BundleServerLab, startBundleServer } from '../serve/bundle-source/bundle-server.ts';

const READ = '/kube/demo/api/v1/namespaces/shop-dev/configmaps';
const TOKEN = 'hunter2-hunter2';
const WITHIN = { timeout: 15_000 };

const ours = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const theirs = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** What the attacker wants: it allows all, and `deny` does not. */
const LAX = `decision := ${ALLOW} if input.call.route != "unknown"`;

/** Signed as `sallyport build` and `opa sign` do. */
function bundle(rules: string, serial: number, key: KeyObject | 'unsigned' = ours.privateKey): Promise<Uint8Array> {
  const files = {
    '.manifest': JSON.stringify({ revision: `r${serial}`, roots: [''], metadata: { sallyport: { serial } } }),
    'main.rego': `package sallyport\n\nimport rego.v1\n\ndefault decision := ${DENY}\n\n${rules}\n`,
  };
  if (key === 'unsigned') return buildBundle(files);
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  return inFolder({ 'key.pem': pem }, (folder) =>
    buildBundle(files, {
      args: ['--signing-key', join(folder, 'key.pem'), '--signing-alg', 'ES256', '--verification-key-id', 'k1'],
    }),
  );
}

let strict: Uint8Array;
let old: Uint8Array;
let unsigned: Uint8Array;
let foreign: Uint8Array;
let upstream: RecordingUpstream;
let folder: string;
let lab: GateLab;
let server: BundleServerLab;
beforeAll(async () => {
  strict = await bundle('', 2);
  old = await bundle(LAX, 1);
  unsigned = await bundle(LAX, 3, 'unsigned');
  foreign = await bundle(LAX, 3, theirs.privateKey);
  upstream = await startRecordingUpstream();
}, 60_000);
afterAll(() => upstream.close());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-sources-'));
  server = await startBundleServer({ waits: false });
  await writeFile(join(folder, 'key.pem'), ours.publicKey.export({ type: 'spki', format: 'pem' }));
});
afterEach(async () => {
  await lab.close();
  await server.close();
  await rm(folder, { recursive: true });
});

const start = (from: JsonObject) => {
  const keys = [{ id: 'k1', key: `\${file:${join(folder, 'key.pem')}}`, algorithm: 'ES256' }];
  return startGateLab({ upstream: { url: upstream.url }, config: { bundle: { ...from, keys } } });
};
const polled = () => ({ url: server.url, token: TOKEN, poll: { every: '100ms', timeout: '1s', limit: '1MiB' } });

async function library(admin = lab.admin): Promise<JsonObject> {
  const { sources } = await admin.get('/v1/bundle');
  return isObject(sources) && isObject(sources.library) ? sources.library : {};
}

/** The strict one judges, as before, and the record has so many refusals. */
async function expectStrict(refusals: number): Promise<void> {
  expect(await lab.admin.get('/v1/bundle')).toMatchObject({ revision: 'r2' });
  const { token } = await lab.agent();
  expect((await lab.call('GET', READ, { token })).status).toBe(403);
  const leaves = await lab.gate.store.leaves(0, await lab.gate.store.size());
  const refused = leaves.map(({ leaf }) => JSON.parse(leaf)).filter(({ what }) => what === 'bundle.refused');
  expect(refused).toHaveLength(refusals);
  expect(JSON.stringify(leaves.map(({ leaf }) => leaf))).not.toContain(TOKEN);
}

describe('a bundle server in the hands of somebody else', () => {
  it.each<[string, () => Uint8Array, string, RegExp]>([
    ['a bundle that nobody signed', () => unsigned, 'bundle/signature', /it is not signed/],
    ['a bundle that another key signed', () => foreign, 'bundle/signature', /does not hold under key k1/],
    ['an old bundle, well signed', () => old, 'bundle/older', /its serial is 1, the newest one seen here has 2/],
    ['a bomb', () => gzipSync(Buffer.alloc(65 * 2 ** 20)), 'bundle/invalid', /unpacks to more than/],
    ['a bundle cut short', () => strict.subarray(0, -50), 'bundle/invalid', /unexpected end of file/],
  ])('that brings %s is refused again and again, and recorded once', async (_what, brought, code, why) => {
    server.put(strict);
    lab = await start(polled());
    server.put(brought());
    await expect
      .poll(() => library(), WITHIN)
      .toMatchObject({ lastError: { code, message: expect.stringMatching(why) } });
    const asked = server.asked.length;
    await expect.poll(() => server.asked.length, WITHIN).toBeGreaterThan(asked + 2);
    await expectStrict(1);
    server.put(strict);
    await expect.poll(() => library(), WITHIN).toMatchObject({ lastError: null });
  });

  it.each<[string, (other: string) => NonNullable<BundleServerLab['answer']>, RegExp]>([
    [
      'redirects to another server',
      (other) => (_, r) => r.writeHead(307, { location: other }).end(),
      /it answers 307, which is not followed/,
    ],
    [
      'says a byte at a time',
      () => (_, r) => {
        const timer = setInterval(() => r.write(Buffer.of(0x1f)), 20);
        r.on('close', () => clearInterval(timer));
      },
      /no whole answer in time/,
    ],
    [
      'sends without an end',
      () => (_, r) => {
        const more = () => {
          while (!r.destroyed && r.write(Buffer.alloc(65_536, 0x1f)));
          r.once('drain', more);
        };
        more();
      },
      /larger than poll\.limit/,
    ],
  ])('that %s is left, and the token goes nowhere else', async (_what, misbehave, why) => {
    const other = await startBundleServer({ waits: false });
    other.put(unsigned);
    try {
      server.put(strict);
      lab = await start(polled());
      server.answer = misbehave(other.url);
      await expect.poll(() => library(), WITHIN).toMatchObject({ lastError: { message: expect.stringMatching(why) } });
      expect(other.asked).toEqual([]);
      await expectStrict(0);
    } finally {
      await other.close();
    }
  });

  it('that gives the name of the good bundle to a bad one does not hide the good one', async () => {
    server.put(strict, '"two"');
    lab = await start(polled());
    server.put(foreign, '"three"');
    await expect.poll(() => library(), WITHIN).toMatchObject({ lastError: { code: 'bundle/signature' } });
    const good = await bundle('known if input.call.route == "nowhere"', 3);
    server.put(good, '"three"');
    await expect.poll(() => lab.admin.get('/v1/bundle'), WITHIN).toMatchObject({ revision: 'r3' });
  });

  describe('while the gate is started again', () => {
    async function restart() {
      await lab.gate.close();
      const gate = await startGate(readConfig(lab.configFile));
      lab = { ...lab, gate, close: () => gate.close() };
      return gate;
    }
    const revision = async () => {
      const leaves = await lab.gate.store.leaves(0, await lab.gate.store.size());
      const started = leaves.map(({ leaf }) => JSON.parse(leaf)).filter(({ what }) => what === 'started');
      return started.at(-1)?.bundle?.revision ?? null;
    };

    it('and then serves an old bundle: the last good one judges', async () => {
      server.put(strict);
      lab = await start(polled());
      server.put(old);
      const { warnings } = await restart();
      expect(warnings).toEqual([
        expect.stringMatching(/its serial is 1, .*; the last good bundle judges, revision "r2"/),
      ]);
      expect(await revision()).toBe('r2');
    });

    it('and an old bundle lies where the last good one was: neither judges', async () => {
      server.put(strict);
      lab = await start(polled());
      server.answer = (_, response) => response.writeHead(503).end();
      await lab.gate.close();
      const kept = join(lab.state, 'last-good', 'library');
      for (const name of await readdir(kept)) await rm(join(kept, name));
      const sha256 = createHash('sha256').update(old).digest('hex');
      await writeFile(join(kept, `${sha256}.tar.gz`), old, { mode: 0o600 });
      await writeFile(join(kept, 'last-good.json'), JSON.stringify({ from: server.url, sha256 }), { mode: 0o600 });
      const { warnings } = await restart();
      expect(warnings).toEqual([
        expect.stringMatching(/every call is refused .*its serial is 1, the newest one seen here/),
      ]);
      expect(await revision()).toBeNull();
    });
  });
});

describe('a file that somebody else can put in the place of the bundle', () => {
  it.each<[string, (path: string) => Promise<unknown>, RegExp, number]>([
    ['a link to a bundle elsewhere', (path) => put(path, 'elsewhere', unsigned), /it is not signed/, 1],
    ['a link to a device', (path) => symlink('/dev/zero', `${path}.new`), /not a regular file/, 0],
    ['an old bundle', (path) => writeFile(`${path}.new`, old), /its serial is 1/, 1],
  ])('%s: the one before stays', async (_what, bring, why, refusals) => {
    const path = join(folder, 'bundle.tar.gz');
    await writeFile(path, strict);
    lab = await start({ path });
    await bring(path);
    await rename(`${path}.new`, path);
    await expect.poll(() => library(), WITHIN).toMatchObject({ lastError: { message: expect.stringMatching(why) } });
    await expectStrict(refusals);
  });

  const put = async (path: string, name: string, archive: Uint8Array) => {
    await writeFile(join(folder, name), archive);
    await symlink(name, `${path}.new`);
  };
});
