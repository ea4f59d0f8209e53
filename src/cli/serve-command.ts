import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { SallyportError } from '../errors.ts';
import { type CommonOptions, commonOptions, readConfigOf } from './context.ts';
import { printNote, type Terminal } from './terminal.ts';

interface ServeOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly allowAdmin?: true;
}

/** `serve`: the gate itself. */
export function addServeCommand(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .description('run the gate until stopped')
    .option('--kubeconfig <file>', 'no configuration: one route to this cluster, with every default')
    .option('--context <name>', 'its context (default: the current one)')
    .option('--allow-admin', 'with a credential that may do everything on the cluster')
    .action(async (options: ServeOptions, command: Command) => {
      const common = commonOptions(command);
      const config = await configOf(terminal, common, options);
      // Only this command needs the whole gate; the others start quicker without it.
      const { startGate } = await import('../serve.ts');
      const gate = await startGate(config, { allowAdmin: options.allowAdmin === true });
      for (const warning of gate.warnings) printNote(terminal, `warning: ${warning}`);
      const origin = `https://${authority(gate.listen)}`;
      if (common.json) terminal.out(`${JSON.stringify({ listen: origin, operate: gate.operate.origin })}\n`);
      printNote(terminal, `agents: ${origin}`);
      printNote(terminal, `operators: ${gate.operate.origin}`);
      await stopped(terminal.stop);
      printNote(terminal, 'stopping');
      await gate.close();
    });
}

async function configOf(terminal: Terminal, common: CommonOptions, options: ServeOptions): Promise<Config> {
  const { kubeconfig, context } = options;
  if (kubeconfig === undefined) {
    if (context === undefined) return readConfigOf(terminal, common);
    throw new SallyportError('usage/invalid', '--context belongs to --kubeconfig');
  }
  if (common.config !== undefined) {
    throw new SallyportError('usage/invalid', '--kubeconfig is a whole configuration and does not go with --config');
  }
  const { configFromKubeconfig } = await import('../config/file.ts');
  return configFromKubeconfig(context === undefined ? { kubeconfig } : { kubeconfig, context });
}

function authority({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
