import type { Command } from 'commander';
import { parsePast } from './duration.ts';
import { parseInteger } from './numbers.ts';
import type { Terminal } from './terminal.ts';

/** Which recorded decisions a command looks at. */
export interface RecordedOptions {
  readonly limit: string;
  readonly since?: string;
}

const MOST = 1_000_000;

export function addRecordedOptions(command: Command): Command {
  return command
    .option('--limit <count>', 'at most so many recorded decisions, the newest', '10000')
    .option('--since <time>', 'recorded decisions not older: a time with offset, or 30m, 8h, 7d ago');
}

/** @throws SallyportError `usage/invalid`. */
export function readRecordedOptions(terminal: Terminal, options: RecordedOptions): { limit: number; since?: string } {
  const limit = parseInteger('--limit', options.limit, 1, MOST);
  return options.since === undefined
    ? { limit }
    : { limit, since: parsePast('--since', options.since, terminal.now()) };
}
