import type { Command } from 'commander';
import type { JsonObject } from '../json.ts';
import { commonOptions, openClient } from './context.ts';
import { listAt, textAt } from './json-fields.ts';
import { formatFields } from './table.ts';
import { printResult, type Terminal } from './terminal.ts';

interface ReloadOptions {
  readonly why: string;
  readonly rollback?: true;
}

/** `bundle`: what judges in the running gate. */
export function addBundleCommands(program: Command, terminal: Terminal): void {
  const bundle = program.command('bundle').description('the policy that judges in the running gate');
  bundle
    .command('show')
    .description('which bundles judge, and where they come from')
    .action(async (_options: object, command: Command) => {
      const common = commonOptions(command);
      const report = await (await openClient(terminal, common)).get('/v1/bundle');
      printResult(terminal, common.json, report, describe(report));
    });
  bundle
    .command('reload')
    .description('load the configured bundles again; one that is refused leaves those in force as they are')
    .requiredOption('--why <text>', 'for those who read the log later')
    .option('--rollback', 'although it is older than one that judged before')
    .action(async (options: ReloadOptions, command: Command) => {
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const { why, rollback = false } = options;
      const loaded = await client.post('/v1/bundle/reload', { why, rollback });
      printResult(terminal, common.json, loaded, describe(loaded));
    });
}

function describe(state: JsonObject): string {
  const member = (name: string): readonly (readonly [string, string])[] => {
    const digest = textAt(state, name, 'digest');
    if (digest === '') return [];
    const serial = textAt(state, name, 'serial');
    const told = serial === '' ? 'no serial' : `serial ${serial}`;
    return [[name, `revision ${textAt(state, name, 'revision')}, ${told}, ${digest}`]];
  };
  return formatFields([
    ['revision', textAt(state, 'revision') || 'nothing judges yet: every call is refused'],
    ['digest', textAt(state, 'digest')],
    ...member('library'),
    ...member('site'),
    ...sourceFields(state),
    ...listAt(state, 'warnings').map((warning) => ['warning', String(warning)] as const),
  ]);
}

function sourceFields(state: JsonObject): readonly (readonly [string, string])[] {
  return ['library', 'site'].flatMap((member) => {
    const from = textAt(state, 'sources', member, 'from');
    const problem = textAt(state, 'sources', member, 'lastError', 'message');
    return [
      ...(from === '' ? [] : [[`${member} from`, from] as const]),
      ...(problem === '' ? [] : [['problem', problem] as const]),
    ];
  });
}
