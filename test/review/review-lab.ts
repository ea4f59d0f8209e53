import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBundle } from '../../src/decide/bundle.ts';
import { readTarGz } from '../../src/decide/tar.ts';
import { isObject, type Json, type JsonObject } from '../../src/json.ts';
import { packTar } from '../../src/review/pack-tar.ts';
import { type Review, type ReviewOptions, reviewBundle } from '../../src/review/review.ts';
import { pinnedOpa, ROOT } from './library.ts';

export const COMMITTED = join(ROOT, 'bundles/sallyport.tar.gz');

/** When the reviews of these tests happen: a Friday morning, long before the shipped runbooks are due. */
export const TIME = '2026-11-20T10:00:00.000Z';

type Files = Map<string, Uint8Array>;

/** The committed bundle, packed again after somebody laid hands on its files. */
export async function tampered(change: (files: Files) => void): Promise<Uint8Array> {
  const files: Files = new Map(readTarGz(await readFile(COMMITTED)));
  change(files);
  return packTar(files);
}

/** Changes the settings in a bundle's data. */
export function settings(change: (settings: Record<string, Json>) => void): (files: Files) => void {
  return (files) => {
    const data: JsonObject = JSON.parse(textOf(files, 'data.json'));
    const changed = isObject(data.settings) ? structuredClone({ ...data.settings }) : {};
    change(changed);
    files.set('data.json', Buffer.from(JSON.stringify({ ...data, settings: changed })));
  };
}

/** Replaces text in a file of a bundle, which must be there. */
export function text(name: string, search: string, replacement: string): (files: Files) => void {
  return (files) => {
    const before = textOf(files, name);
    if (!before.includes(search)) throw new Error(`${name} has no ${search}`);
    files.set(name, Buffer.from(before.replace(search, replacement)));
  };
}

export function textOf(files: ReadonlyMap<string, Uint8Array>, name: string): string {
  return Buffer.from(files.get(name) ?? []).toString('utf8');
}

/** A review of an archive in this process, with the pinned OPA. */
export async function reviewOf(archive: Uint8Array, options: Partial<ReviewOptions> = {}): Promise<Review> {
  const opa = await pinnedOpa();
  const bundle = readBundle(archive);
  return reviewBundle({ bundle, file: 'b.tar.gz', keys: [], time: TIME, opaOf: async () => opa, ...options });
}

/** The rules of a review's findings, with their levels: `error module-differs`. */
export function told({ findings }: Review): readonly string[] {
  return findings.map(({ level, rule }) => `${level} ${rule}`);
}

/** A folder with bundles in files, for the command. */
export async function bundleFolder(
  archives: Readonly<Record<string, Uint8Array>>,
): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-review-'));
  for (const [name, archive] of Object.entries(archives)) await writeFile(join(folder, name), archive);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
