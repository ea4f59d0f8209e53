import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { SallyportError } from '../errors.ts';
import { readPrivateFile } from '../identify/private-file.ts';
import { OperationsClient } from '../operate/client.ts';
import type { Terminal } from './terminal.ts';

/** Options that every command takes. */
export interface CommonOptions {
  /** The configuration's file, or undefined when none was named. */
  readonly config: string | undefined;
  readonly json: boolean;
}

/** The file that is read when none is named. */
export const DEFAULT_CONFIG = 'sallyport.yaml';

/** What a command has to know of a configuration to reach the gate that runs with it. */
export type GateAddress = Pick<Config, 'operate' | 'state' | 'tls'>;

/** The common options, wherever on the line they stand. */
export function commonOptions(command: Command): CommonOptions {
  const { config, json } = command.optsWithGlobals();
  return { config: typeof config === 'string' ? config : undefined, json: json === true };
}

/** The whole configuration. @throws SallyportError `config/invalid`. */
export async function readConfigOf(terminal: Terminal, options: CommonOptions): Promise<Config> {
  // Wrong usage is told without it, and it takes longer to load than all commands together.
  const { readConfig } = await import('../config/file.ts');
  return readConfig(options.config ?? DEFAULT_CONFIG, terminal.env);
}

/**
 * Where the gate is that the command speaks of. Without any configuration it is where `serve --kubeconfig`, which needs
 * none, puts it.
 * @throws SallyportError `config/invalid`.
 */
export async function gateAddress(terminal: Terminal, options: CommonOptions): Promise<GateAddress> {
  if (options.config === undefined && !existsSync(DEFAULT_CONFIG)) {
    const { DEFAULTS } = await import('../config/schema.ts');
    return { operate: { ...DEFAULTS.operate, insecure: false }, state: resolve('var'), tls: undefined };
  }
  return readConfigOf(terminal, options);
}

/** Where an operator's token is kept for the command line. */
export function tokenFile(gate: GateAddress): string {
  return join(gate.state, 'operator.token');
}

/**
 * The running gate of a configuration, with the operator's token from `SALLYPORT_TOKEN` or the state folder.
 * @throws SallyportError `config/invalid`.
 */
export async function openClient(terminal: Terminal, options: CommonOptions): Promise<OperationsClient> {
  const gate = await gateAddress(terminal, options);
  const given = terminal.env.SALLYPORT_TOKEN?.trim();
  const token = given !== undefined && given !== '' ? given : (await readPrivateFile(tokenFile(gate)))?.trim();
  return clientOf(gate, token, `SALLYPORT_TOKEN or ${tokenFile(gate)}`);
}

/** A client of that gate. @throws SallyportError `config/invalid`. */
export async function clientOf(
  gate: GateAddress,
  token: string | undefined,
  tokenFrom: string,
): Promise<OperationsClient> {
  const { host, port, insecure } = gate.operate;
  const origin = `${insecure ? 'http' : 'https'}://${reachable(host)}:${port}`;
  return new OperationsClient({ origin, ca: insecure ? [] : await trusted(gate, origin), token, tokenFrom });
}

/** An address to listen on as one to connect to. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

async function trusted(gate: GateAddress, origin: string): Promise<readonly string[]> {
  if (gate.tls !== undefined) return [...rootCertificates, gate.tls.cert];
  const file = join(gate.state, 'ca.pem');
  try {
    return [await readFile(file, 'utf8')];
  } catch (cause) {
    throw new SallyportError(
      'config/invalid',
      `${origin} cannot be trusted: ${file}, which the gate makes at its first start, is not there`,
      {
        fix: 'start the gate with `sallyport serve`, and run this command where it was started or with its --config',
        cause,
      },
    );
  }
}
