import { CommanderError } from 'commander';
import { type ErrorCode, messageOf, SallyportError } from '../errors.ts';
import { plainText } from './plain-text.ts';
import type { Terminal } from './terminal.ts';

/** 0 done, 1 a finding or a refusal, 2 wrong usage, configuration or broken input. */
export type ExitCode = 0 | 1 | 2;

const USAGE: ReadonlySet<ErrorCode> = new Set(['usage/invalid', 'config/invalid', 'request/invalid', 'bundle/invalid']);

/** Says what went wrong in one line and what to do in another, and gives the exit code. */
export function reportError(terminal: Terminal, thrown: unknown): ExitCode {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  const message = messageOf(thrown).split('\n').map(plainText).join('\n  ');
  terminal.err(`sallyport: ${message}\n`);
  if (!(thrown instanceof SallyportError)) {
    if (terminal.env.SALLYPORT_DEBUG !== undefined && thrown instanceof Error) terminal.err(`${thrown.stack}\n`);
    return 1;
  }
  if (thrown.fix !== undefined) terminal.err(`fix: ${plainText(thrown.fix)}\n`);
  return USAGE.has(thrown.code) ? 2 : 1;
}
