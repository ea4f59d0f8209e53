// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a configuration names its secrets
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import type { Config } from '../../src/config.ts';
import { SallyportError } from '../../src/errors.ts';
import { createAuthority } from '../lab/certificates.ts';

/** A folder with all that a configuration may point at, for as long as one test file runs. */
export const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sallyport-config-')));
export const here = (name: string) => join(folder, name);
export const authority = createAuthority(new Date());
export const server = authority.server(['gate.example.com'], ['127.0.0.1']);
const other = authority.server(['other.example.com'], []);
const ed25519 = generateKeyPairSync('ed25519');
export const publicKey = ed25519.publicKey.export({ type: 'spki', format: 'pem' }).toString();
export const siteKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
const privateKey = ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
export const env = { TOKEN: 'hunter2', EMPTY: '', SPACED: 'hunter 2', HMAC: 'h'.repeat(32), TEXT: 'x${y' };

const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: arn:aws:eks:eu-west-1:1:cluster/Prod
contexts:
  - {name: "arn:aws:eks:eu-west-1:1:cluster/Prod", context: {cluster: c, user: u}}
  - {name: "///", context: {cluster: c, user: u}}
clusters: [{name: c, cluster: {server: "https://10.0.0.1:6443"}}]
users: [{name: u, user: {token: t}}]
`;

beforeAll(() => {
  const files: Record<string, string | Buffer> = {
    kubeconfig: KUBECONFIG,
    'ca.pem': authority.certificate,
    'tls.pem': server.certificate,
    'tls.key': server.key,
    'other.key': other.key,
    'bundle.tar.gz': 'a bundle',
    'bundle.pem': publicKey,
    'site.pem': siteKey,
    'bundle.private.pem': privateKey,
    'jwks.json': '{"keys":[]}',
    'secret.txt': 'swordfish\n',
    'empty.txt': '\n',
    'latin1.txt': Buffer.from([0xe9, 0x0a]),
    'big.txt': 'x'.repeat(1_048_577),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(here(name), content);
  mkdirSync(here('folder'));
  symlinkSync(here('loop'), here('loop'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The error's lines, paths relative to the test's folder; fails when there is no error. */
export function complaints(text: string, name = 'sallyport.yaml'): string[] {
  if (name === 'sallyport.yaml') writeFileSync(here(name), text);
  try {
    readConfig(here(name), env);
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    expect(error.code).toBe('config/invalid');
    return error.message.replaceAll(`${folder}/`, '').replaceAll(folder, '.').split('\n');
  }
  throw new Error('the configuration was accepted');
}

export function read(text: string): Config {
  writeFileSync(here('sallyport.yaml'), text);
  return readConfig(here('sallyport.yaml'), env);
}

export const ROUTES = 'routes:\n  - {name: a, surface: kubernetes, at: /kube/a, upstream: in-cluster}\n';
/** Two good lines, then what the row adds from line 3 on. */
export const top = (added: string) => `${ROUTES}${added}\n`;
/** A good route in block form, from line 2; the row adds or replaces lines by key. */
export function route(keys: Record<string, string>): string {
  const all = { name: 'a', surface: 'kubernetes', at: '/kube/a', upstream: 'in-cluster', ...keys };
  return `routes:\n  -\n${Object.entries(all)
    .map(([key, value]) => `    ${key}: ${value}\n`)
    .join('')}`;
}
export const second = (keys: string) => `${ROUTES}  - {surface: kubernetes, upstream: in-cluster, ${keys}}\n`;
