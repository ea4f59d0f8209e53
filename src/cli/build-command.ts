import { resolve } from 'node:path';
import type { Command } from 'commander';
import { productVersion } from '../product-version.ts';
import { commonOptions } from './context.ts';
import { formatFields } from './table.ts';
import { printNote, printResult, type Terminal } from './terminal.ts';

interface BuildOptions {
  readonly rego: string;
  readonly out: string;
  readonly revision?: string;
}

/** `build`: a policy library into the bundle that the gate loads. */
export function addBuildCommand(program: Command, terminal: Terminal): void {
  program
    .command('build')
    .description('check a policy library and build its bundle')
    .option('--rego <folder>', 'the library', 'rego')
    .option('--out <file>', 'the bundle', 'bundles/sallyport.tar.gz')
    .option('--revision <text>', 'instead of version and digest')
    .action(async (options: BuildOptions, command: Command) => {
      const { json } = commonOptions(command);
      const { findOpa } = await import('../review/opa.ts');
      const { buildBundle } = await import('../review/build.ts');
      const opa = await findOpa({ env: { ...terminal.env }, announce: (line) => printNote(terminal, line) });
      const { out, digest, revision, files, warnings } = await buildBundle({
        rego: resolve(options.rego),
        out: resolve(options.out),
        opa,
        version: productVersion(),
        ...(options.revision === undefined ? {} : { revision: options.revision }),
      });
      for (const warning of warnings) printNote(terminal, `warning: ${warning}`);
      const text = formatFields([
        ['bundle', out],
        ['revision', revision],
        ['digest', digest],
        ['files', String(files.size)],
      ]);
      printResult(
        terminal,
        json,
        { out, digest, revision, files: [...files.keys()].sort(), warnings: [...warnings] },
        text,
      );
    });
}
