#!/usr/bin/env node
import { relative } from 'node:path';
import { Command } from 'commander';
import { addAgentCommands } from './cli/agent-commands.ts';
import { addApprovalCommands } from './cli/approval-commands.ts';
import { addBuildCommand } from './cli/build-command.ts';
import { addBundleCommands } from './cli/bundle-commands.ts';
import { addCheckCommand } from './cli/check-command.ts';
import { addConnectCommands } from './cli/connect-commands.ts';
import { addDecisionCommands } from './cli/decision-commands.ts';
import { addDemoCommand } from './cli/demo-command.ts';
import { type ExitCode, reportError } from './cli/exit.ts';
import { addFreezeCommands } from './cli/freeze-commands.ts';
import { addIntentCommands } from './cli/intent-commands.ts';
import { addNoticeCommands } from './cli/notice-commands.ts';
import { addOperatorCommands } from './cli/operator-commands.ts';
import { addPreflightCommand } from './cli/preflight-command.ts';
import { addReplayCommand } from './cli/replay-command.ts';
import { addReportCommands } from './cli/report-commands.ts';
import { addRevertCommand } from './cli/revert-command.ts';
import { addReviewCommand } from './cli/review-command.ts';
import { addServeCommand } from './cli/serve-command.ts';
import type { Terminal } from './cli/terminal.ts';
import { addTestCommand } from './cli/test-command.ts';
import { addVerifyCommand } from './cli/verify-command.ts';
import { productVersion } from './product-version.ts';

/** Runs one command. Never throws; results go to `terminal.out`, all else to `terminal.err`. */
async function run(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exit: ExitCode = 0;
  const program = new Command('sallyport')
    .description('the gate between agents and infrastructure')
    .version(productVersion())
    .option('--config <file>', 'the configuration (default: sallyport.yaml)')
    .option('--json', 'results as JSON')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      outputError: (text, write) => write(usageError(text)),
    });
  addServeCommand(program, terminal);
  addDemoCommand(program, terminal);
  addCheckCommand(program, terminal, (code) => {
    exit = code;
  });
  addConnectCommands(program, terminal);
  addAgentCommands(program, terminal);
  addOperatorCommands(program, terminal);
  addDecisionCommands(program, terminal);
  addApprovalCommands(program, terminal);
  addNoticeCommands(program, terminal);
  addFreezeCommands(program, terminal);
  addIntentCommands(program, terminal);
  addPreflightCommand(program, terminal, (code) => {
    exit = code;
  });
  addReportCommands(program, terminal);
  addBundleCommands(program, terminal);
  addBuildCommand(program, terminal);
  addTestCommand(program, terminal, (code) => {
    exit = code;
  });
  addRevertCommand(program, terminal, (code) => {
    exit = code;
  });
  addReviewCommand(program, terminal, (code) => {
    exit = code;
  });
  addReplayCommand(program, terminal, (code) => {
    exit = code;
  });
  addVerifyCommand(program, terminal, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exit;
  } catch (thrown) {
    return reportError(terminal, thrown);
  }
}

function usageError(text: string): string {
  const [line = '', ...rest] = text
    .trimEnd()
    .replace(/^error: /, '')
    .split('\n');
  return [`sallyport: ${line}`, ...rest, 'fix: see --help', ''].join('\n');
}

/** From a checkout there is no `sallyport` on PATH. */
function calledAs(script: string): string {
  return script.endsWith('.ts') ? `node ${relative(process.cwd(), script)}` : 'sallyport';
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
// The reader of a pipe may leave early (`| head`); that is its right and no error of ours.
process.stdout.on('error', () => stop.abort());

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  now: () => new Date(),
  stop: stop.signal,
  program: calledAs(process.argv[1] ?? ''),
  interactive: process.stdout.isTTY === true,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
