import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { clientOf, tokenFile } from '../cli/context.ts';
import { at, listAt, textAt } from '../cli/json-fields.ts';
import { kubeconfigFor } from '../cli/kubeconfig.ts';
import { readConfig } from '../config/file.ts';
import type { Config } from '../config.ts';
import type { Json } from '../json.ts';
import { apiPath, apiQuery, type OperationsClient } from '../operate/client.ts';
import { startGate } from '../serve.ts';
import { startDemoUpstream } from './upstream.ts';

const ROUTE = 'demo';
const AGENT = 'demo-agent';

type Environment = Readonly<Record<string, string | undefined>>;

/** A gate with everything around it, ready for an agent: what `runDemo` plays on. */
export interface Stage {
  /** Holds all that was made; removed by `close`. */
  readonly folder: string;
  readonly config: Config;
  readonly upstreamUrl: string;
  /** How the agent reaches the gate: `https://host:port/prefix`, the CA's file, its token, its kubeconfig's file. */
  readonly agent: {
    readonly id: string;
    readonly url: string;
    readonly ca: string;
    readonly token: string;
    readonly kubeconfig: string;
  };
  /** The newest recorded decisions on calls of the agent, newest first. */
  decisions(): Promise<readonly Json[]>;
  close(): Promise<void>;
}

/**
 * Starts a demonstration upstream and a gate in front of it, with a configuration file, state, keys and tokens in a
 * temporary folder, and grants an agent level 3 in development and production, not in staging.
 * @throws SallyportError when the gate does not start.
 */
export async function setStage(env: Environment): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-demo-'));
  const open: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const end of open.splice(0).reverse()) await end();
  };
  try {
    const credential = crypto.randomUUID();
    const upstream = await startDemoUpstream({ token: credential });
    open.push(() => upstream.close());
    const config = await writeConfig(folder, upstream.url, credential, env);
    const gate = await startGate(config);
    open.push(() => gate.close());
    const client = await becomeOperator(config);
    const agent = await grantAgent(client, folder);
    const decisions = async () => {
      const answer = await client.get(`/v1/decisions${apiQuery({ agent: AGENT, limit: '50' })}`);
      return listAt(answer, 'decisions');
    };
    return { folder, config, upstreamUrl: upstream.url, agent, decisions, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function writeConfig(folder: string, url: string, token: string, env: Environment): Promise<Config> {
  const [listen, operate] = [await freePort(), await freePort()];
  await writeFile(join(folder, 'upstream.token'), token, { mode: 0o600 });
  const file = join(folder, 'sallyport.yaml');
  const route = {
    name: ROUTE,
    surface: 'kubernetes',
    at: '/kube/demo',
    upstream: { url, token: `\${file:${join(folder, 'upstream.token')}}` },
  };
  const written = { listen: `127.0.0.1:${listen}`, operate: `127.0.0.1:${operate}`, state: 'state', routes: [route] };
  await writeFile(file, stringify(written));
  return readConfig(file, env);
}

/** Bootstraps as a person does, and leaves the token where the command line looks for it. */
async function becomeOperator(config: Config): Promise<OperationsClient> {
  const secret = (await readFile(join(config.state, 'bootstrap-secret'), 'utf8')).trim();
  const nobody = await clientOf(config, undefined, 'nowhere');
  const operator = await nobody.post('/v1/operators/bootstrap', { secret, name: 'you' });
  const token = textAt(operator, 'token');
  await writeFile(tokenFile(config), token, { mode: 0o600 });
  return clientOf(config, token, tokenFile(config));
}

async function grantAgent(client: OperationsClient, folder: string): Promise<Stage['agent']> {
  const any = ['*'];
  await client.post('/v1/agents', {
    id: AGENT,
    team: 'shop',
    owner: 'you',
    level: 3,
    scope: {
      routes: [ROUTE],
      environments: ['dev', 'prod'],
      services: ['shop'],
      teams: ['shop'],
      namespaces: ['shop-dev', 'shop-prod'],
      accounts: any,
      tools: any,
    },
    why: 'the demonstration',
  });
  const { routes = [], caPem = '' } = await client.get('/v1/routes');
  const url = textAt(
    listAt(routes).find((each) => at(each, 'name') === ROUTE),
    'url',
  );
  const issued = await client.post(`${apiPath('/v1/agents', AGENT)}/tokens`, {
    route: ROUTE,
    why: 'the demonstration',
  });
  const token = textAt(issued, 'token');
  const parts = { route: ROUTE, agent: AGENT, server: url, caPem: String(caPem), token };
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const kubeconfig = await file('agent.kubeconfig', kubeconfigFor(parts).text);
  return { id: AGENT, url, ca: await file('ca.crt', String(caPem)), token, kubeconfig };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}
