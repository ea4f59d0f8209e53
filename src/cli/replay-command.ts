import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { PolicyOptions } from '../decide/policy.ts';
import { type CommonOptions, commonOptions, DEFAULT_CONFIG, openClient, readConfigOf } from './context.ts';
import { type ExitCode, reportError } from './exit.ts';
import { addRecordedOptions, type RecordedOptions, readRecordedOptions } from './recorded-options.ts';
import { printResult, type Terminal } from './terminal.ts';

interface ReplayCommandOptions extends RecordedOptions {
  readonly bundle?: string;
}

/** `replay`: recorded decisions judged again, in this process; the gate is only asked for its record. */
export function addReplayCommand(program: Command, terminal: Terminal, setExit: (code: ExitCode) => void): void {
  const command = program
    .command('replay')
    .description('judge recorded decisions again: by the bundles that judged them, or by another one to see what flips')
    .argument('[ids...]', 'decisions (default: the newest ones)')
    .option('--bundle <file>', 'judge by this bundle instead');
  addRecordedOptions(command).action(async (ids: readonly string[], options: ReplayCommandOptions, of: Command) => {
    const common = commonOptions(of);
    const query = readRecordedOptions(terminal, options);
    const { recordedCalls, namedCalls } = await import('../review/calls/recorded-calls.ts');
    const { ArchivedJudges } = await import('../review/replay/archived-judges.ts');
    const { replay, replayHolds } = await import('../review/replay/replay.ts');
    const { replayText } = await import('../review/report/calls-text.ts');
    const limits = await limitsOf(terminal, common);
    const other = options.bundle === undefined ? undefined : await judgeOfFile(terminal, options.bundle, limits);
    if (other === 'refused') return setExit(2);
    const client = await openClient(terminal, common);
    const judges = new ArchivedJudges(client, limits);
    const calls = ids.length === 0 ? recordedCalls(client, query) : namedCalls(client, ids);
    const result = await replay({ calls, judgeOf: (digest) => judges.of(digest), other });
    printResult(terminal, common.json, result, replayText(result));
    setExit(replayHolds(result) ? 0 : 1);
  });
}

/** A bundle that cannot be read is broken input, not a finding. */
async function judgeOfFile(terminal: Terminal, file: string, limits: PolicyOptions) {
  const { judgeOfBundle, readBundleFile } = await import('../review/read-bundle-file.ts');
  try {
    return await judgeOfBundle(await readBundleFile(file), limits);
  } catch (thrown) {
    reportError(terminal, thrown);
    return 'refused';
  }
}

/** With other limits than the gate's, policies that ran away would end elsewhere than they did. */
async function limitsOf(terminal: Terminal, common: CommonOptions): Promise<PolicyOptions> {
  if (common.config === undefined && !existsSync(DEFAULT_CONFIG)) return {};
  const { evaluation } = await readConfigOf(terminal, common);
  return { fuel: evaluation.fuel, memoryMiB: evaluation.memory };
}
