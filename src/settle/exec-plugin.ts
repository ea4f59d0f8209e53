import { spawn } from 'node:child_process';
import { z } from 'zod';
import { keyFits, wrongCertificates, wrongKey } from '../config/pem.ts';
import { SallyportError } from '../errors.ts';
import type { ExecPlugin } from './kubeconfig.ts';
import { isToken } from './kubeconfig-schema.ts';

/** What a credential plugin gave: a token, a client certificate, or both. */
export interface ExecCredential {
  readonly token: string | undefined;
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  /** Milliseconds since the epoch, or undefined when it is good until the upstream says 401. */
  readonly expires: number | undefined;
}

/** Ambient conditions of a plugin run. */
export interface ExecConditions {
  /** The environment that the plugin's own `env` is added to. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  /** Milliseconds that the plugin may take. */
  readonly timeout: number;
}

/** A credential is a few KiB; a plugin that prints more is not one. */
const LARGEST_OUTPUT = 1_048_576;

const answerSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.literal('ExecCredential'),
  status: z.looseObject({
    token: z.string().nullish(),
    clientCertificateData: z.string().nullish(),
    clientKeyData: z.string().nullish(),
    expirationTimestamp: z.string().nullish(),
  }),
});

/**
 * Runs a credential plugin once (`client.authentication.k8s.io`): no shell, no terminal, its process group killed when
 * it takes too long or says too much. Nothing of what it prints is repeated in errors, because it may be secret.
 * @throws SallyportError `credential/unavailable`, naming the command and how it ended
 */
export async function runExecPlugin(plugin: ExecPlugin, conditions: ExecConditions): Promise<ExecCredential> {
  const output = await run(plugin, conditions);
  return readAnswer(plugin, output, conditions.now());
}

function run(plugin: ExecPlugin, { env, timeout }: ExecConditions): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(plugin.command, plugin.args, {
    env: { ...env, ...Object.fromEntries(plugin.env.map(({ name, value }) => [name, value])), ...execInfo(plugin) },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: false,
    // Its own process group: a shell script's children go with it when it is killed.
    detached: true,
  });
  const stop = (why: string): void => {
    killGroup(child.pid);
    child.stdout.destroy();
    child.stderr.destroy();
    reject(failure(plugin, why));
  };
  const timer = setTimeout(() => stop(`did not answer within ${timeout / 1000} s and was killed`), timeout);
  const chunks: Buffer[] = [];
  const said = { stdout: 0, stderr: 0 };
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    said.stdout += chunk.length;
    if (said.stdout > LARGEST_OUTPUT) stop('printed more than 1 MiB and was killed');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said.stderr += chunk.length;
    if (said.stderr > LARGEST_OUTPUT) stop('wrote more than 1 MiB to stderr and was killed');
  });
  child.once('error', (error) => {
    const code = 'code' in error ? String(error.code) : 'unknown error';
    reject(failure(plugin, code === 'ENOENT' ? 'was not found' : `could not be started (${code})`));
  });
  child.once('close', (code, signal) => {
    if (code === 0) return resolve(Buffer.concat(chunks).toString('utf8'));
    const ended = code === null ? `was ended by ${signal}` : `ended with exit code ${code}`;
    reject(failure(plugin, `${ended} (${said.stderr} bytes on stderr, not shown because they may hold secrets)`));
  });
  return promise.finally(() => clearTimeout(timer));
}

function execInfo(plugin: ExecPlugin): { KUBERNETES_EXEC_INFO: string } {
  const { apiVersion, cluster } = plugin;
  const spec = cluster === undefined ? { interactive: false } : { cluster, interactive: false };
  return { KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion, kind: 'ExecCredential', spec }) };
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}

function readAnswer(plugin: ExecPlugin, output: string, now: number): ExecCredential {
  const { apiVersion, status } = parseAnswer(plugin, output);
  if (apiVersion !== plugin.apiVersion) throw failure(plugin, `did not answer with apiVersion ${plugin.apiVersion}`);
  const expires = readExpiry(plugin, status.expirationTimestamp ?? undefined, now);
  const token = status.token ? status.token : undefined;
  if (token !== undefined && !isToken(token))
    throw failure(plugin, 'gave a token with characters that no header can carry');
  const certificate = readCertificate(plugin, status.clientCertificateData ?? '', status.clientKeyData ?? '');
  if (token === undefined && certificate === undefined)
    throw failure(plugin, 'gave neither a token nor a client certificate');
  return { token, certificate, expires };
}

function parseAnswer(plugin: ExecPlugin, output: string) {
  let parsed: unknown;
  try {
    parsed = JSON.parse(output);
  } catch {
    throw failure(plugin, `did not print JSON (${output.length} characters)`);
  }
  const answer = answerSchema.safeParse(parsed);
  if (answer.success) return answer.data;
  const where = answer.error.issues.map((issue) => issue.path.join('.') || 'the whole').join(', ');
  throw failure(plugin, `did not print an ExecCredential with a status (wrong: ${where})`);
}

function readExpiry(plugin: ExecPlugin, written: string | undefined, now: number): number | undefined {
  if (written === undefined) return undefined;
  const expires = /^\d{4}-\d\d-\d\dT/.test(written) ? Date.parse(written) : Number.NaN;
  if (Number.isNaN(expires)) throw failure(plugin, 'gave an expirationTimestamp that is not an RFC 3339 time');
  if (expires <= now) throw failure(plugin, `gave a credential that had expired at ${new Date(expires).toISOString()}`);
  return expires;
}

function readCertificate(plugin: ExecPlugin, cert: string, key: string): ExecCredential['certificate'] {
  if (cert === '' && key === '') return undefined;
  if (cert === '' || key === '') throw failure(plugin, 'gave only one of clientCertificateData and clientKeyData');
  const wrong = wrongCertificates(cert) ?? wrongKey(key);
  if (wrong !== undefined) throw failure(plugin, `gave a client certificate that cannot be used: ${wrong}`);
  if (!keyFits(cert, key)) throw failure(plugin, 'gave a client key that is not that of its certificate');
  return { cert, key };
}

function failure(plugin: ExecPlugin, how: string): SallyportError {
  return new SallyportError('credential/unavailable', `the credential plugin ${plugin.command} ${how}`, {
    fix: 'run the command by hand, as the user that the gate runs as, to see what it says',
  });
}
