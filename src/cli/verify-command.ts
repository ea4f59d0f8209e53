import type { Command } from 'commander';
import type { BundleKey } from '../config.ts';
import { SallyportError } from '../errors.ts';
import type { AnyKey, VerifiedBundle } from '../review/verify.ts';
import { commonOptions, readConfigOf } from './context.ts';
import { formatFields, formatTable } from './table.ts';
import { printResult, type Terminal } from './terminal.ts';

interface VerifyOptions {
  readonly key: readonly string[];
  readonly alg?: string;
  readonly scope: string;
}

/** `verify`: is a bundle what somebody signed, and what does it say of itself? */
export function addVerifyCommand(program: Command, terminal: Terminal, setExit: (code: 0 | 1) => void): void {
  program
    .command('verify')
    .description("verify a bundle's signature and show what it is; by the configuration's keys unless some are given")
    .argument('<bundle>', 'the archive (.tar.gz)')
    .option('--key <file>', 'a PEM public key or certificate, or an HS* secret; repeat for more', collect, [])
    .option('--alg <name>', 'the algorithm of the keys (default: that of their type; RS256 for RSA)')
    .option('--scope <name>', 'the scope that the signature must carry', '')
    .action(async (path: string, options: VerifyOptions, command: Command) => {
      const common = commonOptions(command);
      const { readArchive } = await import('../decide/bundles.ts');
      const { verifyArchive } = await import('../review/verify.ts');
      const { archive } = await readArchive(path);
      const given = await givenKeys(options);
      const config = given.length > 0 ? undefined : (await readConfigOf(terminal, common)).bundle;
      const keysOf = (kind: 'library' | 'site'): readonly (BundleKey | AnyKey)[] => {
        if (config === undefined) return given;
        const keys = kind === 'library' ? config.keys : (config.site?.keys ?? []);
        if (keys.length > 0) return keys;
        throw new SallyportError('usage/invalid', `the configuration has no keys for the bundle of a ${kind}`, {
          fix: `give --key, or ${kind === 'library' ? 'bundle.keys' : 'bundle.site.keys'} in the configuration`,
        });
      };
      const verified = await verifyArchive(archive, keysOf);
      printResult(terminal, common.json, resultOf(path, verified), describe(path, verified));
      setExit(verified.signature === undefined ? 1 : 0);
    });
}

async function givenKeys({ key: files, alg, scope }: VerifyOptions): Promise<readonly AnyKey[]> {
  const { readTextFile } = await import('../config/text-file.ts');
  const { algorithmOf, wrongBundleKey } = await import('../config/bundle-key.ts');
  return files.map((file) => {
    let key: string;
    try {
      key = readTextFile(file);
    } catch (cause) {
      throw new SallyportError('usage/invalid', `--key ${file} cannot be read: ${String(cause)}`, { cause });
    }
    const algorithm = alg ?? algorithmOf(key) ?? 'RS256';
    const wrong = wrongBundleKey({ id: '', key, algorithm, scope });
    if (wrong !== undefined) throw new SallyportError('usage/invalid', `--key ${file}: ${wrong}`);
    return { key, algorithm, scope };
  });
}

function resultOf(path: string, { kind, contents, signature, refused, files, library }: VerifiedBundle): object {
  const { revision, serial = null, contentDigest, digest, roots, built } = contents;
  return {
    ...{
      bundle: path,
      kind,
      verified: signature !== undefined,
      signature: signature ?? null,
      refused: refused ?? null,
    },
    ...{ revision, serial, digest: contentDigest, archive: digest, roots, built, library: library ?? null, files },
  };
}

function describe(path: string, { kind, contents, signature, refused, files, library }: VerifiedBundle): string {
  const { revision, serial, contentDigest, digest, built } = contents;
  const signed = signature && `key ${signature.keyId}, ${signature.algorithm}, scope ${signature.scope || 'none'}`;
  const facts = Object.entries(built).map(([name, value]) => `${name} ${String(value)}`);
  const fields = formatFields([
    ['bundle', `${path}, of a ${kind}`],
    ['signature', signed === undefined ? `REFUSED: ${refused}` : `holds: ${signed}`],
    ['revision', revision],
    ['serial', serial === undefined ? 'none: a gate with keys takes it only as its first' : String(serial)],
    ['digest', contentDigest],
    ['archive', digest],
    ...(library === undefined ? [] : [['library', library] as const]),
    ['built', facts.length === 0 ? 'nobody says by whom' : facts],
  ]);
  const rows = files.map(({ name, bytes, sha256 }) => [name, String(bytes), sha256]);
  return `${fields}\n${formatTable(['FILE', 'BYTES', 'SHA-256'], rows)}`;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
