import type { Command } from 'commander';
import { SallyportError } from '../errors.ts';
import { apiPath } from '../operate/client.ts';
import { commonOptions, openClient } from './context.ts';
import { parseDuration } from './duration.ts';
import { at, listAt, textAt } from './json-fields.ts';
import { printNote, type Terminal } from './terminal.ts';

interface ConnectOptions {
  readonly agent: string;
  readonly intent?: string;
  readonly ttl: string;
  readonly why?: string;
  readonly out?: string;
  readonly server?: string;
}

/** `connect`: what an agent's client needs to go through the gate. */
export function addConnectCommands(program: Command, terminal: Terminal): void {
  const connect = program.command('connect').description('print what a client needs to go through the gate');
  connect
    .command('kubectl')
    .description('a kubeconfig with the CA of the gate and a token of the agent')
    .argument('<route>', 'a route of the configuration')
    .requiredOption('--agent <id>', 'whose token it is')
    .option('--intent <id>', 'bind the token to an intent')
    .option('--ttl <duration>', 'how long the token lives, 7d at most', '8h')
    .option('--why <text>', 'for those who read the log later')
    .option('--out <file>', 'merge into this kubeconfig instead of printing')
    .option('--server <url>', 'where the agent reaches the gate, when not at its own address')
    .action(async (route: string, options: ConnectOptions, command: Command) => {
      const common = commonOptions(command);
      const ttlSeconds = parseDuration('--ttl', options.ttl);
      const client = await openClient(terminal, common);
      const routes = await client.get('/v1/routes');
      const found = listAt(routes, 'routes').find((each) => textAt(each, 'name') === route);
      if (found === undefined)
        throw unknownRoute(
          route,
          listAt(routes, 'routes').map((each) => textAt(each, 'name')),
        );
      const issued = await client.post(`${apiPath('/v1/agents', options.agent)}/tokens`, {
        route,
        ttlSeconds,
        why: options.why ?? `sallyport connect kubectl ${route}`,
        ...(options.intent === undefined ? {} : { intent: options.intent }),
      });
      const { kubeconfigFor, mergeIntoFile } = await import('./kubeconfig.ts');
      const kubeconfig = kubeconfigFor({
        route,
        agent: options.agent,
        server: options.server === undefined ? textAt(found, 'url') : joinUrl(options.server, textAt(found, 'at')),
        caPem: textAt(routes, 'caPem'),
        token: textAt(issued, 'token'),
      });
      if (options.out === undefined)
        terminal.out(common.json ? `${JSON.stringify(kubeconfig.value)}\n` : kubeconfig.text);
      else {
        await mergeIntoFile(options.out, kubeconfig);
        printNote(
          terminal,
          `${options.out} has context ${kubeconfig.context} now; use kubectl --context ${kubeconfig.context}`,
        );
      }
      printNote(
        terminal,
        `the token lives until ${textAt(issued, 'expires')} and is not refreshed: connect again then`,
      );
      if (at(found, 'impersonate') === true) {
        printNote(
          terminal,
          `on the cluster the gate acts as sallyport:agent:${options.agent}, group sallyport:agents;`,
        );
        printNote(terminal, 'what RBAC that needs: sallyport check --rbac');
      }
    });
}

function joinUrl(server: string, prefix: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol !== 'https:') {
    throw new SallyportError('usage/invalid', `--server: ${JSON.stringify(server)} is not an https:// address`, {
      fix: 'kubectl sends no token over plain HTTP, so the gate must be reached over TLS',
    });
  }
  return `${url.origin}${url.pathname.replace(/\/$/, '')}${prefix}`;
}

function unknownRoute(route: string, routes: readonly string[]): SallyportError {
  return new SallyportError('request/not-found', `there is no route ${JSON.stringify(route)}`, {
    fix: routes.length === 0 ? 'configure a route first' : `the routes are: ${routes.join(', ')}`,
  });
}
