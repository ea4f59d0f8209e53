import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { run } from '../../src/review/opa.ts';
import { ROOT } from './library.ts';

/** A whole PEM block of a private key; its heading alone, as code and tests have it, is none. */
const PRIVATE = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\s\\nr"'+]*(?:[A-Za-z0-9+/=]{16,}[\s\\nr"'+]*){2,}/;
/** The same in a JSON Web Key (RFC 7517): its private members hold this much at least. */
const PRIVATE_JWK = /"d"\s*:\s*"[A-Za-z0-9_-]{40,}"/;

function holdsKey(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('latin1');
  return PRIVATE.test(text) || PRIVATE_JWK.test(text);
}

it('no private key is committed', async () => {
  const { status, stdout } = await run('git', ['ls-files', '-z'], { cwd: ROOT });
  const files = stdout.split('\0').filter((name) => name !== '');
  expect({ status, some: files.length > 100 }).toEqual({ status: 0, some: true });
  const holding: string[] = [];
  for (const name of files) {
    const bytes = await readFile(join(ROOT, name)).catch(() => new Uint8Array());
    if (holdsKey(bytes)) holding.push(name);
  }
  expect(holding).toEqual([]);
});

it('one would be found', async () => {
  const { generateKeyPairSync } = await import('node:crypto');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const jwk = JSON.stringify(privateKey.export({ format: 'jwk' }));
  const found = [pem, JSON.stringify(pem), jwk, 'const begin = "-----BEGIN PRIVATE KEY-----";'].map((text) =>
    holdsKey(Buffer.from(text)),
  );
  expect(found).toEqual([true, true, true, false]);
});
