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

/** A held call is looked for so often. */
const LOOKS = 600;
const LOOK_MS = 50;

type Environment = Readonly<Record<string, string | undefined>>;

/** How an agent reaches the gate: `https://host:port/prefix`, the CA's file, its token, its kubeconfig's file. */
export interface DemoAgent {
  readonly id: string;
  readonly level: number;
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  readonly kubeconfig: string;
}

/** A gate with everything around it, ready for an agent: what `runDemo` plays on. */
export interface Stage {
  /** Holds all that was made; removed by `close`. */
  readonly folder: string;
  readonly config: Config;
  readonly upstreamUrl: string;
  /** `worker` acts at level 3; `watcher`, at level 1, only looks. */
  readonly agents: Readonly<Record<'worker' | 'watcher', DemoAgent>>;
  /** Where people come: `http://host:port`. */
  readonly operations: string;
  /** The file with the token of the person who looks on: an administrator. */
  readonly tokenFile: string;
  /** The newest recorded decisions on calls of an agent, newest first. */
  decisions(agent: DemoAgent): Promise<readonly Json[]>;
  /** The oldest call that waits for people, as soon as there is one; undefined when none comes. */
  held(): Promise<Json | undefined>;
  /** A held call as it is now. */
  approval(id: string): Promise<Json>;
  /** Approves it, as the person who looks on would. */
  approve(id: string): Promise<void>;
  /** Takes a decision back; what became of that. */
  revert(id: string): Promise<Json>;
  close(): Promise<void>;
}

/**
 * Starts a demonstration upstream and a gate in front of it, with a configuration file, state, keys and tokens in a
 * temporary folder, and grants two agents development and production, not staging: one level 3, one level 1.
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
    const agents = {
      worker: await grantAgent(client, folder, 'demo-agent', 3),
      watcher: await grantAgent(client, folder, 'demo-watcher', 1),
    };
    return {
      ...{ folder, config, upstreamUrl: upstream.url, agents, close },
      operations: gate.operate.origin,
      tokenFile: tokenFile(config),
      async decisions({ id }) {
        const answer = await client.get(`/v1/decisions${apiQuery({ agent: id, limit: '50' })}`);
        return listAt(answer, 'decisions');
      },
      async held() {
        for (let look = 0; look < LOOKS; look += 1) {
          const [found] = listAt(await client.get('/v1/approvals'), 'approvals');
          if (found !== undefined) return found;
          await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        }
        return undefined;
      },
      approval: (id) => client.get(apiPath('/v1/approvals', id)),
      async approve(id) {
        await client.post(`${apiPath('/v1/approvals', id)}/approve`, { why: 'the demonstration' });
      },
      revert: (decision) => client.post('/v1/reverts', { decision, why: 'the demonstration' }),
    };
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
  const written = {
    listen: `127.0.0.1:${listen}`,
    operate: `127.0.0.1:${operate}`,
    // No browser knows the gate's own CA, and this machine alone comes here.
    operateInsecure: true,
    state: 'state',
    routes: [route],
  };
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

async function grantAgent(client: OperationsClient, folder: string, id: string, level: number): Promise<DemoAgent> {
  const any = ['*'];
  await client.post('/v1/agents', {
    id,
    team: 'shop',
    // Nobody approves what their own agent asks for.
    owner: 'sam',
    level,
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
  const issued = await client.post(`${apiPath('/v1/agents', id)}/tokens`, {
    route: ROUTE,
    why: 'the demonstration',
  });
  const token = textAt(issued, 'token');
  const parts = { route: ROUTE, agent: id, server: url, caPem: String(caPem), token };
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const kubeconfig = await file(`${id}.kubeconfig`, kubeconfigFor(parts).text);
  return { id, level, url, ca: await file('ca.crt', String(caPem)), token, kubeconfig };
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
