import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** `demo`: the gate with everything made on the spot, in front of a demonstration upstream. */
export function addDemoCommand(parent: Command, terminal: Terminal): void {
  parent
    .command('demo')
    .description('see it work: a gate in front of a small demonstration upstream, until stopped')
    .option('--once', 'end after the tour')
    .action(async (options: { readonly once?: true }) => {
      const { runDemo } = await import('../demo/demo.ts');
      const { out, env, stop, program, interactive } = terminal;
      await runDemo({ out, env, stop, program, interactive, once: options.once === true });
    });
}
