import type { Command } from 'commander';
import type { Json } from '../json.ts';
import { apiPath, apiQuery } from '../operate/client.ts';
import { commonOptions, openClient } from './context.ts';
import { listAt, textAt } from './json-fields.ts';
import { formatFields, formatTable } from './table.ts';
import { printResult, type Terminal } from './terminal.ts';

/** `notices`: what people could not be told, and what becomes of it. */
export function addNoticeCommands(program: Command, terminal: Terminal): void {
  const notices = program.command('notices').description('notices that did not reach their targets');
  notices
    .command('list')
    .description('notices that are not delivered, dead ones first')
    .option('--target <name>', 'for this target')
    .option('--state <state>', 'waiting or dead')
    .action(async (options: { readonly target?: string; readonly state?: string }, command: Command) => {
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const answer = await client.get(`/v1/notices${apiQuery({ target: options.target, state: options.state })}`);
      printResult(terminal, common.json, answer, formatTable(HEADINGS, listAt(answer, 'notices').map(row)));
    });
  notices
    .command('test')
    .description('send a target a notice that says that it is a test')
    .argument('<target>', 'as the configuration names it')
    .option('--why <text>', 'for those who read it', 'to see whether it arrives')
    .action(async (target: string, options: { readonly why: string }, command: Command) => {
      const common = commonOptions(command);
      const client = await openClient(terminal, common);
      const answer = await client.post('/v1/notices/test', { target, why: options.why });
      printResult(
        terminal,
        common.json,
        answer,
        `on its way to ${target}; if it does not arrive: sallyport notices list\n`,
      );
    });
  addDecision('retry', 'send a dead notice again');
  addDecision('drop', 'give a dead notice up for good');

  function addDecision(name: 'retry' | 'drop', description: string): void {
    notices
      .command(name)
      .description(description)
      .argument('<id>', 'as `notices list` shows it')
      .requiredOption('--why <text>', 'for those who read the log later')
      .action(async (id: string, options: { readonly why: string }, command: Command) => {
        const common = commonOptions(command);
        const client = await openClient(terminal, common);
        const notice = await client.post(`${apiPath('/v1/notices', id)}/${name}`, { why: options.why });
        const fields = [
          ['notice', textAt(notice, 'id')],
          ['target', textAt(notice, 'target')],
          ['says', textAt(notice, 'notice', 'title')],
          [name === 'retry' ? 'next try' : 'dropped', name === 'retry' ? textAt(notice, 'next') : 'for good'],
        ] as const;
        printResult(terminal, common.json, notice, formatFields(fields));
      });
  }
}

const HEADINGS = ['ID', 'TARGET', 'STATE', 'TRIES', 'NEXT', 'SAYS', 'ERROR'];

function row(notice: Json): readonly string[] {
  const state = textAt(notice, 'state');
  return [
    textAt(notice, 'id'),
    textAt(notice, 'target'),
    state,
    textAt(notice, 'attempts'),
    state === 'dead' ? '-' : textAt(notice, 'next'),
    textAt(notice, 'notice', 'title'),
    textAt(notice, 'error') || '-',
  ];
}
