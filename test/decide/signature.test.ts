import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CompactSign } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BundleKey } from '../../src/config.ts';
import { goCanonicalJson } from '../../src/decide/go-json.ts';
import { verifyBundle } from '../../src/decide/signature.ts';
import { readTarGz } from '../../src/decide/tar.ts';
import { buildBundle, inFolder, opa } from './rego-lab.ts';

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
const rsa: Pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed: Pair = generateKeyPairSync('ed25519');
const SECRET = 'a secret that two parties share, long enough';

const spki = ({ publicKey }: Pair): string => publicKey.export({ type: 'spki', format: 'pem' }).toString();
const pkcs8 = ({ privateKey }: Pair): string => privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const keyOf = (algorithm: string, key: string, over: Partial<BundleKey> = {}): BundleKey => ({
  ...{ id: 'k1', key, algorithm, scope: '' },
  ...over,
});

/** Structured files with all that makes hashing them hard. */
const FILES = {
  '.manifest': '{"roots": ["sallyport", "settings"], "revision": "r1", "metadata": {"é<&>": 1.0}}',
  'main.rego': 'package sallyport\n\nimport rego.v1\n\ndecision := data.settings',
  'settings/data.json':
    '{"b": 1.0, "a": [1e3, -0, 12345678901234567890, 0.1], "z": "\\u2028<>&\\u0007\\b\\/\\"", "\\ud83d\\ude00": 1, "\\uffee": null, "e": {}, "f": []}',
  'settings/y/data.yaml': 'on: 1\nlist:\n  - "x"\n  - 2.5\nnone: null\nflag: true\n',
};

async function signed(algorithm: string, key: string, claims?: object): Promise<Map<string, Uint8Array>> {
  return inFolder({ 'key.pem': key, 'claims.json': JSON.stringify(claims ?? {}) }, async (folder) => {
    const args = [
      '--signing-key',
      algorithm.startsWith('HS') ? key : join(folder, 'key.pem'),
      '--signing-alg',
      algorithm,
    ];
    const more = claims ? ['--claims-file', join(folder, 'claims.json')] : [];
    return new Map(readTarGz(await buildBundle(FILES, { args: [...args, '--verification-key-id', 'k1', ...more] })));
  });
}

describe('a bundle that opa signed verifies', () => {
  it.each([
    ['RS256', pkcs8(rsa), spki(rsa)],
    ['PS256', pkcs8(rsa), spki(rsa)],
    ['RS512', pkcs8(rsa), rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['ES256', pkcs8(ec), spki(ec)],
    ['EdDSA', pkcs8(ed), spki(ed)],
    ['HS256', SECRET, SECRET],
  ])('%s', async (algorithm, privateKey, publicKey) => {
    const files = await signed(algorithm, privateKey, { keyid: 'k1' });
    await expect(verifyBundle(files, [keyOf(algorithm, publicKey)])).resolves.toEqual({
      keyId: 'k1',
      algorithm,
      scope: '',
    });
  });

  it('with files as they lie in a folder: odd numbers, odd strings, YAML', async () => {
    const files = await inFolder({ 'key.pem': pkcs8(ec) }, (keys) =>
      inFolder(FILES, async (folder) => {
        const args = ['--signing-key', join(keys, 'key.pem'), '--signing-alg', 'ES256', '--output-file-path', folder];
        const claims = join(keys, 'claims.json');
        await writeFile(claims, '{"keyid": "k1"}');
        await opa(['sign', ...args, '--claims-file', claims, '--bundle', '.'], folder);
        const names = [...Object.keys(FILES), '.signatures.json'];
        return new Map(
          await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
        );
      }),
    );
    await expect(verifyBundle(files, [keyOf('ES256', spki(ec))])).resolves.toMatchObject({ keyId: 'k1' });
  });

  it('with a scope', async () => {
    const files = await signed('ES256', pkcs8(ec), { keyid: 'k1', scope: 'write' });
    await expect(verifyBundle(files, [keyOf('ES256', spki(ec), { scope: 'write' })])).resolves.toMatchObject({
      scope: 'write',
    });
    await expect(verifyBundle(files, [keyOf('ES256', spki(ec))])).rejects.toMatchObject(
      refusal('signed for scope "write"'),
    );
  });
});

describe('a signed bundle that was tampered with is refused', () => {
  let files: ReadonlyMap<string, Uint8Array>;
  const keys = [keyOf('ES256', spki(ec))];
  beforeAll(async () => {
    files = await signed('ES256', pkcs8(ec), { keyid: 'k1' });
  });

  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const tamper = (change: (copy: Map<string, Uint8Array>) => void): Map<string, Uint8Array> => {
    const copy = new Map(files);
    change(copy);
    return copy;
  };
  const tokenOf = (copy: ReadonlyMap<string, Uint8Array>): string =>
    JSON.parse(Buffer.from(copy.get('.signatures.json') ?? []).toString()).signatures[0];
  const withTokens = (...signatures: unknown[]): Map<string, Uint8Array> =>
    tamper((copy) => copy.set('.signatures.json', text(JSON.stringify({ signatures }))));
  const payloadOf = (): { files: { name: string; hash: string; algorithm: string }[] } =>
    JSON.parse(Buffer.from(tokenOf(files).split('.')[1] ?? '', 'base64url').toString());
  const resign = async (payload: object, header: object = {}): Promise<Map<string, Uint8Array>> =>
    withTokens(
      await new CompactSign(text(JSON.stringify(payload)))
        .setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header })
        .sign(ec.privateKey),
    );

  it('one byte of the module', async () => {
    const changed = tamper((copy) => {
      const wasm = Uint8Array.from(copy.get('policy.wasm') ?? []);
      wasm[wasm.length - 1] = (wasm[wasm.length - 1] ?? 0) ^ 1;
      copy.set('policy.wasm', wasm);
    });
    await expect(verifyBundle(changed, keys)).rejects.toMatchObject(refusal('policy.wasm is not what was signed'));
  });

  it.each([
    ['a value of the data', '/data.json', '{"settings": {"b": 2}}', 'data.json is not what was signed'],
    ['a file more', 'extra.rego', 'package extra', 'extra.rego is not covered by the signature'],
    ['data that is no JSON', '/data.json', '{', 'data.json cannot be read'],
    ['a second signatures file', 'a/.signatures.json', '{}', 'a second signatures file'],
  ])('%s', async (_, name, content, why) => {
    const changed = tamper((copy) => copy.set(name.replace(/^\//, ''), text(content)));
    await expect(verifyBundle(changed, keys)).rejects.toMatchObject(refusal(why));
  });

  it('white space and order of the data do not count', async () => {
    const changed = tamper((copy) => {
      const data = Buffer.from(copy.get('data.json') ?? []).toString();
      copy.set('data.json', text(` \n${data.replaceAll(',"', ' ,\t"')} `));
    });
    await expect(verifyBundle(changed, keys)).resolves.toMatchObject({ keyId: 'k1' });
  });

  it('a file less', async () => {
    const changed = tamper((copy) => copy.delete('policy.wasm'));
    await expect(verifyBundle(changed, keys)).rejects.toMatchObject(
      refusal('policy.wasm, which is signed, is not in it'),
    );
  });

  it('no signature', async () => {
    const changed = tamper((copy) => copy.delete('.signatures.json'));
    await expect(verifyBundle(changed, keys)).rejects.toMatchObject(refusal('it is not signed'));
  });

  it.each([
    ['two', (token: string) => [token, token]],
    ['none', () => []],
    ['one that is no string', () => [1]],
  ])('%s instead of one JWT', async (_, tokens) => {
    await expect(verifyBundle(withTokens(...tokens(tokenOf(files))), keys)).rejects.toMatchObject(
      refusal('exactly one JWT'),
    );
  });

  it.each([
    [
      'another key',
      [keyOf('ES256', spki(generateKeyPairSync('ec', { namedCurve: 'P-256' })))],
      'its signature does not hold',
    ],
    ['a key of another algorithm', [keyOf('RS256', spki(rsa))], 'its signature does not hold'],
    ['the public key as an HMAC secret', [keyOf('HS256', spki(ec))], 'its signature does not hold'],
    [
      'a key of another name',
      [keyOf('ES256', spki(ec), { id: 'k2' })],
      'signed with key "k1", which is not configured',
    ],
    ['an algorithm that is none', [keyOf('none', spki(ec))], 'the algorithm none, which is not known'],
    ['a key that is none', [keyOf('ES256', 'hello')], 'key k1 is not a PEM public key'],
    ['no key', [], 'which is not configured'],
  ])('%s', async (_, wrong, why) => {
    await expect(verifyBundle(files, wrong)).rejects.toMatchObject(refusal(why));
  });

  it('alg none in the header', async () => {
    const [, payload] = tokenOf(files).split('.');
    const header = Buffer.from('{"alg":"none","kid":"k1"}').toString('base64url');
    await expect(verifyBundle(withTokens(`${header}.${payload}.`), keys)).rejects.toMatchObject(
      refusal('its signature does not hold'),
    );
  });

  it.each([
    ['a weak hash', { algorithm: 'MD5' }, 'is hashed with "MD5", which is not accepted'],
    ['an inherited hash', { algorithm: 'toString' }, 'is hashed with "toString"'],
    ['no hash', { algorithm: '' }, 'is hashed with ""'],
  ])('%s', async (_, over, why) => {
    const payload = payloadOf();
    const changed = await resign({ ...payload, files: payload.files.map((file) => ({ ...file, ...over })) });
    await expect(verifyBundle(changed, keys)).rejects.toMatchObject(refusal(why));
  });

  it('a file listed twice', async () => {
    const payload = payloadOf();
    const changed = await resign({ ...payload, files: [...payload.files, ...payload.files] });
    await expect(verifyBundle(changed, keys)).rejects.toMatchObject(refusal('twice'));
  });

  it('a plugin', async () => {
    const changed = tamper((copy) =>
      copy.set('.signatures.json', text(JSON.stringify({ signatures: [tokenOf(files)], plugin: 'trust-me' }))),
    );
    await expect(verifyBundle(changed, keys)).rejects.toMatchObject(refusal('plugin "trust-me"'));
  });
});

describe('the canonical JSON that OPA hashes', () => {
  it.each([
    [' { "b" : 1.0 , "a" : [ 1e3 , -0 ] } ', '{"a":[1e3,-0],"b":1.0}'],
    ['{"a":1,"a":2}', '{"a":2}'],
    ['"\\u0041\\/\\u2028\\u001f\\ud800"', '"A/\\u2028\\u001f\ufffd"'],
    ['{"\\uffee":1,"\\ud83d\\ude00":2}', '{"\uffee":1,"\u{1f600}":2}'],
    ['[{},[],"",null,true,"{[,:]}"]', '[{},[],"",null,true,"{[,:]}"]'],
  ])('%s', (text, canonical) => {
    expect(goCanonicalJson(text)).toBe(canonical);
  });

  it('is not made of what is not JSON', () => {
    expect(() => goCanonicalJson('{"a":1,}')).toThrow(SyntaxError);
  });
});

function refusal(why: string): object {
  return { code: 'bundle/signature', message: expect.stringContaining(why) };
}
