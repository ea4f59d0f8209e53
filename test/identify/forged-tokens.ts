import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Json, JsonObject } from '../../src/json.ts';
import { START, type TestGate } from './fixtures.ts';

/** Seconds since the epoch when a test begins. */
export const NOW = START.getTime() / 1000;
/** Seconds. */
export const HOUR = 3600;

const CLAIMS = {
  iss: 'sallyport',
  aud: 'sallyport:gate-1',
  sub: 'deploy-bot',
  jti: 'forged',
  route: 'staging',
  iat: NOW,
  nbf: NOW,
  exp: NOW + HOUR,
};

/** A token made by hand, so that it can be wrong in every way; signed with the gate's own key unless told otherwise. */
export function forge(
  { key }: TestGate,
  header: JsonObject = {},
  claims: Readonly<Record<string, Json | undefined>> = {},
  signWith: KeyObject | 'nobody' | 'public key as secret' = key.privateKey,
): string {
  const parts = [
    { alg: 'EdDSA', typ: 'sallyport-agent+jwt', kid: key.kid, ...header },
    { ...CLAIMS, ...claims },
  ];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  if (signWith === 'nobody') return `${signed}.`;
  if (signWith === 'public key as secret') {
    const pem = key.publicKey.export({ type: 'spki', format: 'pem' });
    return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`;
  }
  return `${signed}.${sign(null, Buffer.from(signed), signWith).toString('base64url')}`;
}

/** A key that is nobody's. */
export const otherKey = generateKeyPairSync('ed25519').privateKey;
/** Claims to leave out. */
export const without = (...names: readonly (keyof typeof CLAIMS)[]) =>
  Object.fromEntries(names.map((name) => [name, undefined]));
