import type { Command } from 'commander';
import { SallyportError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { apiPath } from '../operate/client.ts';
import { NAMED_SCOPES } from '../operate/freeze-scope.ts';
import { commonOptions, openClient } from './context.ts';
import { parseMoment } from './duration.ts';
import { textAt } from './json-fields.ts';
import { formatFields } from './table.ts';
import { printResult, type Terminal } from './terminal.ts';

interface FreezeOptions {
  readonly everything?: true;
  readonly route?: string;
  readonly environment?: string;
  readonly service?: string;
  readonly team?: string;
  readonly runbook?: string;
  readonly agent?: string;
  readonly why: string;
  readonly until?: string;
  readonly reads?: true;
}

/** `freeze` and `thaw`: the stop button and its release. */
export function addFreezeCommands(program: Command, terminal: Terminal): void {
  program
    .command('freeze')
    .description('stop everything, a route, an environment, a service, a team, a runbook or an agent, at once')
    .option('--everything', 'all calls of all agents')
    .option('--route <name>', 'all calls of a route')
    .option('--environment <name>', 'all calls that touch an environment')
    .option('--service <name>', 'all calls that touch a service')
    .option('--team <name>', 'all calls that touch what a team owns')
    .option('--runbook <name>', 'all calls that claim to follow a runbook')
    .option('--agent <id>', 'all calls of an agent')
    .requiredOption('--why <text>', 'for those who read the log later')
    .option('--until <time>', 'when it ends by itself: a time with offset, or 30m, 8h (default: when thawed)')
    .option('--reads', 'stop reads too')
    .action(async (options: FreezeOptions, command: Command) => {
      const { json, ...common } = commonOptions(command);
      const body = {
        scope: scopeOf(options),
        reads: options.reads === true,
        why: options.why,
        until: options.until === undefined ? null : parseMoment('--until', options.until, terminal.now()),
      };
      const client = await openClient(terminal, { json, ...common });
      const freeze = await client.post('/v1/freezes', body);
      printResult(terminal, json, freeze, describeFreeze(freeze));
    });
  program
    .command('thaw')
    .description('lift a freeze')
    .argument('<id>', 'as `freeze` printed it')
    .requiredOption('--why <text>', 'for those who read the log later')
    .action(async (id: string, options: { readonly why: string }, command: Command) => {
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const freeze = await client.post(`${apiPath('/v1/freezes', id)}/lift`, { why: options.why });
      printResult(terminal, common.json, freeze, describeFreeze(freeze));
    });
}

function scopeOf(options: FreezeOptions): JsonObject {
  const named = NAMED_SCOPES.flatMap((kind): JsonObject[] => {
    const name = options[kind];
    return name === undefined ? [] : [{ kind, [kind]: name }];
  });
  const scopes = options.everything === true ? [{ kind: 'everything' }, ...named] : named;
  const [scope, ...more] = scopes;
  if (scope !== undefined && more.length === 0) return scope;
  throw new SallyportError('usage/invalid', `freeze takes one of its scopes, not ${scopes.length}`, {
    fix: `give exactly one of --everything, ${NAMED_SCOPES.map((kind) => `--${kind}`).join(', ')}`,
  });
}

function describeFreeze(freeze: JsonObject): string {
  const scope = [textAt(freeze, 'scope', 'kind'), textAt(freeze, 'scope', textAt(freeze, 'scope', 'kind'))];
  const lifted = textAt(freeze, 'lifted', 'at');
  return formatFields([
    [lifted === '' ? 'frozen' : 'thawed', scope.filter((part) => part !== '').join(' ')],
    ['id', textAt(freeze, 'id')],
    ['stops', textAt(freeze, 'reads') === 'true' ? 'everything, reads too' : 'everything but reads'],
    ['by', `${textAt(freeze, 'by')}: ${textAt(freeze, 'why')}`],
    ['since', textAt(freeze, 'since')],
    ['until', textAt(freeze, 'until') || 'somebody thaws it'],
    ...(lifted === '' ? [] : [['lifted', `${lifted} by ${textAt(freeze, 'lifted', 'by')}`] as const]),
  ]);
}
