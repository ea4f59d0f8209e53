import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { messageOf, SallyportError } from '../errors.ts';
import { apiPath, apiQuery } from '../operate/client.ts';
import { commonOptions, openClient } from './context.ts';
import { parsePast } from './duration.ts';
import { printNote, type Terminal } from './terminal.ts';

interface ReportOptions {
  readonly format?: string;
  readonly out?: string;
  readonly agent?: string;
  readonly from?: string;
  readonly to?: string;
}

const FORMATS = ['markdown', 'json', 'html'] as const;
/** The record of a busy week takes its time. */
const PATIENCE_MS = 10 * 60_000;

/** `report`: what people need to take over, and to look back. */
export function addReportCommands(program: Command, terminal: Terminal): void {
  const report = program.command('report').description('from the record alone: handoff packages and weekly reviews');
  withOptions(
    report
      .command('handoff')
      .description('all that whoever takes over has to know, of an intent, or of an agent and a span of time')
      .argument('[intent]', 'the intent; without it, --agent'),
  ).action(async (intent: string | undefined, options: ReportOptions, command: Command) => {
    if ((intent === undefined) === (options.agent === undefined))
      throw new SallyportError('usage/invalid', 'name an intent, or --agent with a span of time');
    const path = intent === undefined ? '/v1/reports/handoff' : apiPath('/v1/reports/handoff', intent);
    if (intent !== undefined && (options.from ?? options.to) !== undefined)
      throw new SallyportError('usage/invalid', '--from and --to go with --agent: an intent has its own span');
    await make(terminal, command, path, options);
  });
  withOptions(
    report
      .command('weekly')
      .description('decisions and outcomes of the last seven whole days (UTC), compared with those before'),
  ).action((options: ReportOptions, command: Command) => make(terminal, command, '/v1/reports/weekly', options));
}

function withOptions(command: Command): Command {
  return command
    .option('--agent <id>', 'of this agent')
    .option('--from <time>', 'from then on: a time with offset, or 30m, 8h, 7d ago')
    .option('--to <time>', 'until before then')
    .option('--format <format>', 'markdown, json or html', 'markdown')
    .option('--out <file>', 'write it there instead of printing it');
}

async function make(terminal: Terminal, command: Command, path: string, options: ReportOptions): Promise<void> {
  const common = commonOptions(command);
  const format = FORMATS.find((one) => one === (common.json ? 'json' : options.format));
  if (format === undefined) {
    throw new SallyportError('usage/invalid', `--format: ${JSON.stringify(options.format)} is not a format`, {
      fix: `one of ${FORMATS.join(', ')}`,
    });
  }
  const moment = (option: string, text: string | undefined) =>
    text === undefined ? undefined : parsePast(option, text, terminal.now());
  const query = { agent: options.agent, from: moment('--from', options.from), to: moment('--to', options.to), format };
  const client = await openClient(terminal, common);
  const text = await client.text(`${path}${apiQuery(query)}`, PATIENCE_MS);
  const ended = text.endsWith('\n') ? text : `${text}\n`;
  if (options.out === undefined) return terminal.out(ended);
  try {
    await writeFile(options.out, ended);
  } catch (cause) {
    throw new SallyportError('config/invalid', `${options.out} cannot be written: ${messageOf(cause)}`, { cause });
  }
  printNote(terminal, `written to ${options.out}`);
}
