import type { Command } from 'commander';
import { SallyportError } from '../errors.ts';
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';
import { OperationsClient } from '../operate/client.ts';
import { commonOptions } from './context.ts';
import { at, listAt, textAt } from './json-fields.ts';
import { formatTable } from './table.ts';
import { printResult, type Terminal } from './terminal.ts';

interface PreflightOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly route?: string;
  readonly intent?: string;
  readonly ask?: true;
}

/** Where the agent meets the gate, and as whom. */
interface AgentAccess {
  readonly client: OperationsClient;
  /** The route that the token is for, when it says so. */
  readonly route: string | undefined;
}

/** `preflight`: what would become of a plan, asked by the agent itself. */
export function addPreflightCommand(program: Command, terminal: Terminal, setExit: (code: 0 | 1) => void): void {
  program
    .command('preflight')
    .description('what would become of a plan of calls, and whose approval it needs; forwards nothing')
    .argument('<file>', 'YAML or JSON: a list of {method, path, headers, body, route}')
    .option('--kubeconfig <file>', 'with the token of the agent, as `connect kubectl` wrote it (default: $KUBECONFIG)')
    .option('--context <name>', 'of the kubeconfig, when not the current one')
    .option('--route <name>', 'of calls that name none (default: the one that the token is for)')
    .option('--intent <id>', 'what the plan is for')
    .option('--ask', 'ask people now for every approval that it needs')
    .action(async (file: string, options: PreflightOptions, command: Command) => {
      const { json } = commonOptions(command);
      const { client, route } = await openAgentSide(terminal, options);
      const calls = (await readPlan(file)).map((call) => completed(call, options.route ?? route, options.intent));
      const found = await client.post('/sallyport/v1/preflight', { calls, ask: options.ask === true });
      printResult(terminal, json, found, describePlan(found));
      setExit(textAt(found, 'outcome') === 'deny' ? 1 : 0);
    });
}

/** @throws SallyportError `config/invalid`, `usage/invalid` */
async function openAgentSide(terminal: Terminal, options: PreflightOptions): Promise<AgentAccess> {
  const file = options.kubeconfig ?? terminal.env.KUBECONFIG;
  if (file === undefined || file === '')
    throw new SallyportError('usage/invalid', 'preflight is asked by an agent, and there is no kubeconfig of one', {
      fix: 'sallyport connect kubectl ROUTE --agent ID --out FILE, then --kubeconfig FILE',
    });
  const { readKubeconfig } = await import('../settle/kubeconfig.ts');
  const { server, ca, bearer } = readKubeconfig(file, options.context);
  const given = terminal.env.SALLYPORT_AGENT_TOKEN?.trim();
  const own = bearer.kind === 'token' ? bearer.token : undefined;
  const token = given !== undefined && given !== '' ? given : own;
  const { decodeJwt } = await import('jose');
  const route = routeOf(() => (token === undefined ? undefined : decodeJwt(token).route));
  return {
    client: new OperationsClient({
      origin: new URL(server).origin,
      ca: ca === undefined ? [] : [ca],
      token,
      tokenFrom: `SALLYPORT_AGENT_TOKEN or ${file}`,
    }),
    route,
  };
}

/** A token of another issuer names no route, or is none that can be read here. */
function routeOf(read: () => unknown): string | undefined {
  try {
    const route = read();
    return typeof route === 'string' ? route : undefined;
  } catch {
    return undefined;
  }
}

async function readPlan(file: string): Promise<readonly JsonObject[]> {
  const { readYamlFile } = await import('../config/yaml-file.ts');
  const { value } = readYamlFile(file, 'a plan');
  const calls = isObject(value) ? value.calls : value;
  if (Array.isArray(calls) && calls.length > 0 && calls.every(isObject)) return calls;
  throw new SallyportError('usage/invalid', `${file} is no plan`, {
    fix: 'a list of calls: [{method: GET, path: /api/v1/namespaces}]',
  });
}

function completed(call: JsonObject, route: string | undefined, intent: string | undefined): JsonObject {
  const headers = isObject(call.headers) ? call.headers : {};
  return {
    ...(route === undefined ? {} : { route }),
    ...call,
    headers: intent === undefined ? headers : { 'sallyport-intent': intent, ...headers },
  };
}

function describePlan(found: JsonObject): string {
  const rows = listAt(found, 'calls').map((call, index) => [
    ...[String(index + 1), textAt(call, 'outcome'), textAt(call, 'tier'), textAt(call, 'environment')],
    ...[
      `${textAt(call, 'call', 'method')} ${textAt(call, 'call', 'path')}`,
      reachOf(call),
      textAt(call, 'wayBack', 'how'),
    ],
    firstOf(call),
  ]);
  const calls = formatTable(['CALL', 'OUTCOME', 'TIER', 'WHERE', 'WHAT', 'REACH', 'WAY BACK', 'WHY'], rows);
  const approvals = listAt(found, 'approvals').map((need) => [approvalOf(need), numbersOf(need)]);
  const needed = approvals.length === 0 ? '' : `\n${formatTable(['NEEDS', 'CALLS'], approvals)}`;
  return `${calls}${needed}`;
}

function reachOf(call: Json): string {
  const [objects, pods] = [textAt(call, 'blast', 'objects'), textAt(call, 'blast', 'pods')];
  return objects === '' ? '-' : `${objects} objects, ${pods} pods`;
}

function firstOf(call: Json): string {
  const [first] = listAt(call, 'reasons');
  return first === undefined ? '' : `${textAt(first, 'rule')}: ${textAt(first, 'message')}`;
}

function approvalOf(need: Json): string {
  if (textAt(need, 'kind') === 'window') return `the window that opens ${textAt(need, 'until')}`;
  const groups = listAt(need, 'groups').map(String).join(' or ');
  return `${textAt(need, 'quorum')} of ${groups === '' ? 'the administrators' : groups}`;
}

function numbersOf(need: Json): string {
  const calls = at(need, 'calls');
  return isArray(calls) ? calls.map((index) => Number(index) + 1).join(', ') : '';
}
