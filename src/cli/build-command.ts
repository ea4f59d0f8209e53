import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { SallyportError } from '../errors.ts';
import { productVersion } from '../product-version.ts';
import type { Built } from '../review/build.ts';
import type { BundleStamp } from '../review/write-bundle.ts';
import { commonOptions } from './context.ts';
import { formatFields } from './table.ts';
import { printNote, printResult, type Terminal } from './terminal.ts';

interface BuildOptions {
  readonly rego?: string;
  readonly site?: string;
  readonly dataOnly?: true;
  readonly out?: string;
  readonly revision?: string;
  readonly by?: string;
  readonly serial?: string;
  readonly signingKey?: string;
  readonly signingAlg: string;
  readonly signingPassphrase?: string;
  readonly keyId: string;
  readonly scope?: string;
}

/** `build`: a policy library, or what a site adds to one, into the bundle that the gate loads. */
export function addBuildCommand(program: Command, terminal: Terminal): void {
  program
    .command('build')
    .description("check a policy library, or a site's own settings and rules, and build the bundle")
    .option('--rego <folder>', "the library (default: rego; for a site, the package's)")
    .option('--site <folder>', "build a site's bundle of this folder instead, to judge beside the library's")
    .option('--data-only', 'leave Rego out of it; needs no OPA')
    .option('--out <file>', 'the bundle (default: bundles/sallyport.tar.gz; for a site, site.tar.gz)')
    .option('--revision <text>', 'instead of version and digest')
    .option('--by <name>', 'who builds it (default: as CI or git say)')
    .option('--serial <number>', 'greater for what is newer (default: the time, or SOURCE_DATE_EPOCH, in milliseconds)')
    .option('--signing-key <file>', 'sign it with this private key (PEM), or secret (HS*), of mode 0600')
    .option('--signing-alg <name>', 'RS256, PS256, ES256, HS256 (or 384, 512) or EdDSA', 'RS256')
    .option('--signing-passphrase <file>', "the key's passphrase, in a file of mode 0600")
    .option('--key-id <name>', 'the name of the key, by which gates find it', 'default')
    .option('--scope <name>', 'the scope that the key is configured for')
    .action(async (options: BuildOptions, command: Command) => {
      const { json } = commonOptions(command);
      const { out, digest, revision, files, warnings } = await build(options, terminal);
      for (const warning of warnings) printNote(terminal, `warning: ${warning}`);
      const text = formatFields([
        ['bundle', out],
        ['revision', revision],
        ['digest', digest],
        ['files', String(files.size)],
        ['signed', options.signingKey === undefined ? 'no' : `with key ${options.keyId} (${options.signingAlg})`],
      ]);
      const told = { out, digest, revision, signed: options.signingKey !== undefined };
      printResult(terminal, json, { ...told, files: [...files.keys()].sort(), warnings: [...warnings] }, text);
    });
}

async function build(options: BuildOptions, terminal: Terminal): Promise<Built> {
  const { findOpa } = await import('../review/opa.ts');
  const opa = () => findOpa({ env: { ...terminal.env }, announce: (line) => printNote(terminal, line) });
  if (options.site === undefined) {
    if (options.dataOnly) throw new SallyportError('usage/invalid', '--data-only belongs to --site');
    const { buildBundle } = await import('../review/build.ts');
    const [rego, found] = [resolve(options.rego ?? 'rego'), await opa()];
    const stamp = await stampOf(options, terminal, rego, found);
    return await buildBundle({ rego, out: resolve(options.out ?? 'bundles/sallyport.tar.gz'), opa: found, ...stamp });
  }
  const { buildSite } = await import('../review/build-site.ts');
  const { packageBundle } = await import('../config/file.ts');
  const { readBundle } = await import('../decide/bundle.ts');
  const { readArchive } = await import('../decide/bundles.ts');
  const site = resolve(options.site);
  const rego = options.rego === undefined ? join(dirname(packageBundle()), '..', 'rego') : resolve(options.rego);
  const stamp = await stampOf(options, terminal, site, undefined);
  const out = resolve(options.out ?? 'site.tar.gz');
  const library = options.rego === undefined ? readBundle((await readArchive(packageBundle())).archive) : undefined;
  const checked = library === undefined ? {} : { library };
  return await buildSite({ site, rego, out, opa, dataOnly: options.dataOnly === true, ...checked, ...stamp });
}

async function stampOf(
  options: BuildOptions,
  terminal: Terminal,
  folder: string,
  opa: string | undefined,
): Promise<BundleStamp> {
  const { buildFacts } = await import('../review/build-facts.ts');
  const { readSigner } = await import('../review/signing-key.ts');
  const version = productVersion();
  const env = { ...terminal.env };
  const { facts, serial } = await buildFacts({ env, now: terminal.now(), by: options.by, folder, opa, version });
  const { signingKey: key, signingAlg: algorithm, signingPassphrase: passphraseFile, keyId, scope, revision } = options;
  const more = {
    ...(scope === undefined ? {} : { scope }),
    ...(passphraseFile === undefined ? {} : { passphraseFile }),
  };
  const given = options.serial === undefined ? undefined : serialOf(options.serial);
  const asTold = key === undefined && given === undefined && options.by === undefined;
  return {
    ...{ version, facts, serial: given ?? serial, keepSame: asTold },
    ...(revision === undefined ? {} : { revision }),
    ...(key === undefined ? {} : { signer: await readSigner({ key, algorithm, keyId, ...more }) }),
  };
}

function serialOf(text: string): number {
  const serial = Number(text);
  if (/^[0-9]{1,16}$/.test(text) && Number.isSafeInteger(serial)) return serial;
  throw new SallyportError(
    'usage/invalid',
    `--serial is ${JSON.stringify(text)}, expected a whole number up to 2^53 - 1`,
  );
}
