import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach } from 'vitest';
import { SallyportError } from '../../src/errors.ts';
import { type CredentialConditions, openUpstream, type UpstreamCredential } from '../../src/settle/credentials.ts';
import { createAuthority } from '../lab/certificates.ts';

export const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sallyport-credentials-')));
export const authority = createAuthority(new Date());
export const alice = authority.client('alice', 'devs');
export const bob = authority.client('bob', 'system:masters');
const file = join(folder, 'config');
const runs = join(folder, 'runs');
export const account = join(folder, 'account');

export const START = Date.parse('2026-01-01T00:00:00Z');
/** The clock that credentials see. */
export const clock = { time: START };
export const conditions: CredentialConditions = {
  now: () => clock.time,
  env: { PATH: process.env.PATH, AMBIENT: 'ambient' },
  serviceAccount: account,
  execTimeout: 15_000,
};

beforeEach(() => {
  clock.time = START;
  rmSync(runs, { force: true });
  rmSync(account, { recursive: true, force: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens a user of a kubeconfig; JSON is YAML. */
export function openUser(
  user: object,
  cluster: object = {},
  changed: Partial<CredentialConditions> = {},
): Promise<UpstreamCredential> {
  const text = JSON.stringify({
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  });
  writeFileSync(file, text);
  return openUpstream({ kind: 'kubeconfig', file, context: undefined }, { ...conditions, ...changed });
}

/** A user whose plugin is a real shell script; each run leaves a line in `runs`. */
export function script(body: string, more: object = {}): object {
  const path = join(folder, 'plugin.sh');
  writeFileSync(path, `#!/bin/sh\necho run >> ${runs}\n${body}\n`, { mode: 0o755 });
  return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin.sh', ...more } };
}

export const answer = (status: object, apiVersion = 'client.authentication.k8s.io/v1') =>
  JSON.stringify({ apiVersion, kind: 'ExecCredential', status });
export const printing = (text: string) => `cat <<'END'\n${text}\nEND`;
export const timesRun = () => (existsSync(runs) ? readFileSync(runs, 'utf8').split('\n').length - 1 : 0);
export const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

export async function refusal(opening: Promise<unknown>): Promise<[code: string, message: string]> {
  try {
    await opening;
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    return [error.code, error.message.replaceAll(folder, '.')];
  }
  throw new Error('it was not refused');
}
