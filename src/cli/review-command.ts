import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import type { Bundle } from '../decide/bundle.ts';
import type { BundlePair } from '../decide/bundle-judge.ts';
import { SallyportError } from '../errors.ts';
import { productVersion } from '../product-version.ts';
import type { CallSource, SiteToReview } from '../review/review.ts';
import { type CommonOptions, commonOptions, openClient, readConfigOf } from './context.ts';
import { parseMoment } from './duration.ts';
import { type ExitCode, reportError } from './exit.ts';
import { addRecordedOptions, type RecordedOptions, readRecordedOptions } from './recorded-options.ts';
import { printNote, type Terminal } from './terminal.ts';

interface ReviewCommandOptions extends RecordedOptions {
  readonly site?: string;
  readonly trust: readonly string[];
  readonly siteKey: readonly string[];
  readonly against?: string;
  readonly againstSite?: string;
  readonly calls?: string;
  readonly recorded?: true;
  readonly invariants: readonly string[];
  readonly key: readonly string[];
  readonly scope: string;
  readonly format: readonly string[];
  readonly out?: string;
  readonly time?: string;
}

/** `review`: what a bundle would let agents do, for the person who signs it off. Touches no gate that runs. */
export function addReviewCommand(program: Command, terminal: Terminal, setExit: (code: ExitCode) => void): void {
  const command = program
    .command('review')
    .description('review a bundle before it may guard anything; starts nothing, changes nothing')
    .argument('<bundle>', 'the bundle (.tar.gz)')
    .option('--site <bundle>', "a site's bundle that judges beside it")
    .option('--trust <name>', 'a setting, or rules, that the site is trusted with; repeat for more', collect, [])
    .option(
      '--site-key <file>',
      "a PEM public key that may have signed the site's bundle; repeat for more",
      collect,
      [],
    )
    .option('--against <bundle>', 'the bundle that is in force, to say what changes')
    .option('--against-site <bundle>', "the site's bundle that is in force, with the same trust")
    .option('--calls <file>', 'calls to judge, one JSON value a line: policy inputs or recorded decisions')
    .option('--recorded', 'judge the decisions on the record of the running gate')
    .option(
      '--invariants <file>',
      'statements that must hold besides those of the library; repeat for more',
      collect,
      [],
    )
    .option('--key <file>', 'a PEM public key or certificate that may have signed it; repeat for more', collect, [])
    .option('--scope <text>', 'the scope that the signature must carry', '')
    .option('--format <format[=file]>', 'text, json, sarif or html (default: text); repeat for more', collect, [])
    .option('--out <file>', 'write the report there, where one format is asked for')
    .option('--time <time>', 'when it is reviewed: a time with its offset, or 30d from now (default: now)');
  addRecordedOptions(command).action(async (file: string, options: ReviewCommandOptions, of: Command) => {
    try {
      setExit(await review(terminal, file, options, commonOptions(of)));
    } catch (thrown) {
      // A bundle that cannot be loaded is broken input here, not a finding.
      const code = reportError(terminal, thrown);
      setExit(thrown instanceof SallyportError && thrown.code === 'bundle/invalid' ? 2 : code);
    }
  });
}

async function review(
  terminal: Terminal,
  file: string,
  options: ReviewCommandOptions,
  common: CommonOptions,
): Promise<ExitCode> {
  const { parseOutputs, renderReview } = await import('../review/report/render.ts');
  const { readBundleFile } = await import('../review/read-bundle-file.ts');
  const { readKeyFiles } = await import('../review/provenance/key-files.ts');
  const { opaFinder } = await import('../review/opa-finder.ts');
  const { reviewBundle } = await import('../review/review.ts');
  const outputs = parseOutputs(options.format, options.out, common.json ? 'json' : 'text');
  const time =
    options.time === undefined ? terminal.now().toISOString() : parseMoment('--time', options.time, terminal.now());
  const bundle = await readBundleFile(file);
  const configured = common.config === undefined ? [] : (await readConfigOf(terminal, common)).bundle.keys;
  const result = await reviewBundle({
    bundle,
    file,
    site: await siteOf(options),
    against: await inForce(options, bundle),
    calls: await callsOf(terminal, options, common),
    invariants: options.invariants,
    keys: [...(await readKeyFiles(options.key, bundle.files, options.scope)), ...configured],
    time,
    opaOf: opaFinder(terminal.env, (line) => printNote(terminal, line)),
  });
  for (const output of outputs) {
    const report = renderReview(result, output.format, productVersion());
    if (output.file === undefined) terminal.out(report);
    else {
      await mkdir(dirname(output.file), { recursive: true });
      await writeFile(output.file, report);
      printNote(terminal, `wrote ${output.file}`);
    }
  }
  return result.findings.some(({ level }) => level === 'error') ? 1 : 0;
}

async function siteOf({ site, trust, siteKey, scope }: ReviewCommandOptions): Promise<SiteToReview | undefined> {
  if (site === undefined) return undefined;
  const { readSiteFile } = await import('../review/read-bundle-file.ts');
  const { readKeyFiles } = await import('../review/provenance/key-files.ts');
  const bundle = await readSiteFile(site);
  return { file: site, bundle, trust, keys: await readKeyFiles(siteKey, bundle.files, scope) };
}

/** What is in force: the library that was named or else the reviewed one, with the site's bundle that was named or none. */
async function inForce(
  { against, againstSite, trust }: ReviewCommandOptions,
  reviewed: Bundle,
): Promise<BundlePair | undefined> {
  if (against === undefined && againstSite === undefined) return undefined;
  const { readBundleFile, readSiteFile } = await import('../review/read-bundle-file.ts');
  const library = against === undefined ? reviewed : await readBundleFile(against);
  return againstSite === undefined
    ? { library }
    : { library, site: { bundle: await readSiteFile(againstSite), trust } };
}

async function callsOf(
  terminal: Terminal,
  options: ReviewCommandOptions,
  common: CommonOptions,
): Promise<CallSource | undefined> {
  const { calls, recorded } = options;
  if (calls !== undefined && recorded === true) {
    throw new SallyportError('usage/invalid', '--calls and --recorded are two answers to one question', {
      fix: 'give one of them',
    });
  }
  if (calls !== undefined) {
    const { readCalls } = await import('../review/calls/read-calls.ts');
    return { name: calls, calls: readCalls(calls) };
  }
  if (recorded !== true) return undefined;
  const { recordedCalls } = await import('../review/calls/recorded-calls.ts');
  const query = readRecordedOptions(terminal, options);
  return { name: 'the record', calls: recordedCalls(await openClient(terminal, common), query) };
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
