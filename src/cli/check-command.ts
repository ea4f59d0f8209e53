import type { Command } from 'commander';
import { commonOptions, readConfigOf } from './context.ts';
import { formatTable } from './table.ts';
import { printResult, type Terminal } from './terminal.ts';

interface CheckOptions {
  readonly rbac?: true;
  readonly gateUser?: string;
  readonly agent: readonly string[];
}

/** `check`: would the gate start and work with this configuration? Starts nothing, changes nothing. */
export function addCheckCommand(program: Command, terminal: Terminal, setExit: (code: 0 | 1) => void): void {
  program
    .command('check')
    .description('check the configuration, the bundle and what the gate may do upstream; starts nothing')
    .option('--rbac', 'only print the RBAC manifest that the gate needs on a cluster')
    .option('--gate-user <name>', 'with --rbac: the user that the cluster knows the gate as')
    .option('--agent <id>', 'an agent to impersonate; repeat for more', collect, [])
    .action(async (options: CheckOptions, command: Command) => {
      if (options.rbac === true) {
        const { rbacManifest } = await import('../settle/rbac-manifest.ts');
        const { gateUser, agent } = options;
        terminal.out(rbacManifest({ agentIds: agent, ...(gateUser === undefined ? {} : { gateUser }) }));
        return;
      }
      const common = commonOptions(command);
      const config = await readConfigOf(terminal, common);
      const { findTrouble } = await import('./trouble.ts');
      const findings = await findTrouble(config, options.agent);
      const rows = findings.map(({ what, state, detail }) => [state, what, detail]);
      printResult(terminal, common.json, { findings }, formatTable(['STATE', 'WHAT', 'DETAIL'], rows));
      setExit(findings.some(({ state }) => state === 'problem') ? 1 : 0);
    });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
