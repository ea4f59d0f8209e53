import type { Command } from 'commander';
import type { Json, JsonObject } from '../json.ts';
import { apiPath, apiQuery, type OperationsClient } from '../operate/client.ts';
import { commonOptions, openClient } from './context.ts';
import type { ExitCode } from './exit.ts';
import { at, listAt, textAt, toText } from './json-fields.ts';
import { formatFields } from './table.ts';
import { printResult, type Terminal } from './terminal.ts';

interface RevertOptions {
  readonly why?: string;
  readonly force?: true;
  readonly dryRun?: true;
}

/** `revert`: takes a decision back. */
export function addRevertCommand(program: Command, terminal: Terminal, ends: (code: ExitCode) => void): void {
  program
    .command('revert')
    .description('take back what a decision let through')
    .argument('<id>', 'the decision, from `decisions list` or the Sallyport-Decision header')
    .option('--why <text>', 'for those who read the log later')
    .option('--force', 'also put back what others have changed since')
    .option('--dry-run', 'show what it would do, and do nothing')
    .action(async (id: string, options: RevertOptions, command: Command) => {
      if (options.dryRun !== true && options.why === undefined)
        command.error("error: required option '--why <text>' not specified");
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const answer = await ask(client, id, options);
      printResult(terminal, common.json, answer, describeRevert(answer));
      if (!FINE.has(textAt(answer, 'state'))) ends(1);
    });
}

function ask(client: OperationsClient, id: string, { why, force, dryRun }: RevertOptions): Promise<JsonObject> {
  const forced = force === true;
  if (dryRun !== true) return client.post('/v1/reverts', { decision: id, why: why ?? '', force: forced });
  return client.get(`${apiPath('/v1/decisions', id)}/way-back${apiQuery({ force: String(forced) })}`);
}

const FINE: ReadonlySet<string> = new Set(['ran', 'possible', 'nothing-to-do']);

/** What became of a revert, or what it would do, for people. */
export function describeRevert(answer: Json): string {
  const fields: readonly (readonly [string, readonly string[]])[] = [
    ['state', [`${textAt(answer, 'state')}: ${textAt(answer, 'message')}`]],
    ['of', [textAt(answer, 'decision')]],
    ['recorded as', [textAt(answer, 'revert')]],
    ['way back', [wayLine(answer)]],
    ['would change', listAt(answer, 'changes').map(changeLine)],
    ['conflicts', listAt(answer, 'conflicts').map(conflictLine)],
    ['not undone', listAt(answer, 'lost').map(toText)],
  ];
  return formatFields(
    fields
      .map(([name, lines]) => [name, lines.filter((line) => line !== '')] as const)
      .filter(([, lines]) => lines.length > 0),
  );
}

function wayLine(answer: Json): string {
  const how = textAt(answer, 'how');
  if (how === '') return '';
  return `${how}${at(answer, 'exact') === true ? '' : ', not all of what was there'}`;
}

function changeLine(change: Json): string {
  return `${textAt(change, 'path') || 'the object'}: ${shown(change, 'from')} -> ${shown(change, 'to')}`;
}

function conflictLine(conflict: Json): string {
  const place = textAt(conflict, 'path') || 'the object';
  return `${place}: the change set ${shown(conflict, 'set')}, now ${shown(conflict, 'now')}, before ${shown(conflict, 'wanted')}`;
}

function shown(value: Json, name: string): string {
  const found = at(value, name);
  return found === undefined || found === null ? 'nothing' : JSON.stringify(found);
}
