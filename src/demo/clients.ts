import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { delimiter, join } from 'node:path';
import type { DemoAgent, Stage } from './stage.ts';

/** A client may wait for a person. */
const LONGEST_MS = 300_000;

/** One thing the agent tries, as kubectl says it and as the plain call that does the same. */
export interface Attempt {
  readonly kubectl: readonly string[];
  readonly method: 'PATCH' | 'DELETE';
  readonly path: string;
  /** A JSON merge patch. */
  readonly patch: string;
}

/** A program through which the agent acts: what is shown of a call, and what it printed. */
export interface Client {
  readonly name: string;
  commandLine(attempt: Attempt): string;
  run(attempt: Attempt): Promise<string>;
}

/** The agent's client: kubectl where there is one on PATH, else curl, else this program itself. */
export function chooseClient(
  stage: Stage,
  agent: DemoAgent,
  env: Readonly<Record<string, string | undefined>>,
): Client {
  const path = (env.PATH ?? '').split(delimiter);
  const has = (program: string) => path.some((folder) => isExecutable(join(folder, program)));
  if (has('kubectl')) return kubectlClient(stage, agent, env);
  return has('curl') ? curlClient(stage, agent, env) : ownClient(stage, agent);
}

function kubectlClient(stage: Stage, agent: DemoAgent, env: Readonly<Record<string, string | undefined>>): Client {
  // A home of its own: no kubectl settings or discovery cache of the person who runs the demonstration take part.
  const settings = { PATH: env.PATH ?? '', HOME: stage.folder, KUBECONFIG: agent.kubeconfig };
  return {
    name: 'kubectl',
    commandLine: ({ kubectl }) => shellLine(['kubectl', ...kubectl]),
    run: ({ kubectl }) => runProgram('kubectl', kubectl, settings),
  };
}

function curlClient(stage: Stage, agent: DemoAgent, env: Readonly<Record<string, string | undefined>>): Client {
  const file = join(stage.folder, `${agent.id}.curl`);
  const lines = ['silent', 'show-error', `cacert = "${agent.ca}"`, `header = "Authorization: Bearer ${agent.token}"`];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  const argumentsOf = ({ method, path, patch }: Attempt) => [
    ...['--config', file, '--request', method],
    ...(method === 'PATCH' ? ['--header', 'Content-Type: application/merge-patch+json', '--data', patch] : []),
    `${agent.url}${path}`,
  ];
  return {
    name: 'curl',
    commandLine: (attempt) => shellLine(['curl', ...argumentsOf(attempt)]),
    run: (attempt) => runProgram('curl', argumentsOf(attempt), { PATH: env.PATH ?? '', HOME: stage.folder }),
  };
}

function ownClient({ config }: Stage, agent: DemoAgent): Client {
  const ca = readFileSync(agent.ca);
  return {
    name: 'this program (there is neither kubectl nor curl on PATH)',
    commandLine: ({ method, path, patch }) => `${method} ${path}${method === 'PATCH' ? `  ${patch}` : ''}`,
    run: ({ method, path, patch }) =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${agent.token}`, 'content-type': 'application/merge-patch+json' };
        const options = { method, headers, ca, timeout: config.limits.requestTimeout + config.holds.wait };
        const call = request(`${agent.url}${path}`, options, (answer) => {
          let text = `${answer.statusCode} `;
          answer.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          answer.once('end', () => resolve(text));
          answer.once('error', reject);
        });
        call.once('error', reject);
        call.end(method === 'PATCH' ? patch : undefined);
      }),
  };
}

/** What the program printed, errors too, in the order it came. */
function runProgram(program: string, args: readonly string[], env: Record<string, string>): Promise<string> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: LONGEST_MS });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(text));
  });
}

function shellLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
