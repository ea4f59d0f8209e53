import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { productVersion } from '../product-version.ts';
import { commonOptions } from './context.ts';
import { parseMoment } from './duration.ts';
import type { ExitCode } from './exit.ts';
import { printNote, type Terminal } from './terminal.ts';

interface ReviewCommandOptions {
  readonly format?: string;
  readonly out?: string;
  readonly time?: string;
}

/** `review`: what a bundle would let agents do, for the person who signs it off. Touches no gate that runs. */
export function addReviewCommand(program: Command, terminal: Terminal, setExit: (code: ExitCode) => void): void {
  program
    .command('review')
    .description('review a bundle before it may guard anything; starts nothing, changes nothing')
    .argument('<bundle>', 'the bundle (.tar.gz)')
    .option('--format <format>', 'text, json or sarif (default: text, with --json: json)')
    .option('--out <file>', 'write the report there instead of printing it')
    .option('--time <time>', 'when it is reviewed: a time with its offset, or 30d from now (default: now)')
    .action(async (file: string, options: ReviewCommandOptions, command: Command) => {
      const { json } = commonOptions(command);
      const { checkFormat, renderReview } = await import('../review/report/render.ts');
      const format = checkFormat(options.format ?? (json ? 'json' : 'text'));
      const time =
        options.time === undefined ? terminal.now().toISOString() : parseMoment('--time', options.time, terminal.now());
      const { readBundleFile } = await import('../review/read-bundle-file.ts');
      const { reviewBundle } = await import('../review/review.ts');
      const { opaFinder } = await import('../review/opa-finder.ts');
      const bundle = await readBundleFile(file);
      const opaOf = opaFinder(terminal.env, (line) => printNote(terminal, line));
      const review = await reviewBundle({ bundle, file, keys: [], time, opaOf });
      const report = renderReview(review, format, productVersion());
      if (options.out === undefined) terminal.out(report);
      else {
        await writeFile(options.out, report);
        printNote(terminal, `wrote ${options.out}`);
      }
      setExit(review.findings.some(({ level }) => level === 'error') ? 1 : 0);
    });
}
