import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bundle, readBundle } from '../../src/decide/bundle.ts';
import { readTarGz } from '../../src/decide/tar.ts';
import { isObject, type Json, type JsonObject } from '../../src/json.ts';
import { packTar } from '../../src/review/pack-tar.ts';
import { ROOT } from './library.ts';

export const COMMITTED = join(ROOT, 'bundles/sallyport.tar.gz');

/** When the reviews of these tests happen: a Friday morning, long before the shipped runbooks are due. */
export const TIME = '2026-11-20T10:00:00.000Z';

/** A whole review judges some sixty thousand calls. */
export const WHOLE_REVIEW = 300_000;

type Files = Map<string, Uint8Array>;
export type Tampering = (files: Files) => void;

/** The committed bundle, packed again after somebody laid hands on its files. */
export async function tampered(...changes: readonly Tampering[]): Promise<Uint8Array> {
  const files: Files = new Map(readTarGz(await readFile(COMMITTED)));
  for (const change of changes) change(files);
  return packTar(files);
}

export async function tamperedBundle(...changes: readonly Tampering[]): Promise<Bundle> {
  return readBundle(await tampered(...changes));
}

/** Changes the settings in a bundle's data. */
export function settings(change: (settings: Record<string, Json>) => void): Tampering {
  return (files) => {
    const data: JsonObject = JSON.parse(textOf(files, 'data.json'));
    const changed = isObject(data.settings) ? structuredClone({ ...data.settings }) : {};
    change(changed);
    files.set('data.json', Buffer.from(JSON.stringify({ ...data, settings: changed })));
  };
}

/** Every level may do what this one may. */
export function everybodyIs(level: string): Tampering {
  return settings((all) => {
    const levels = isObject(all.levels) ? all.levels : {};
    all.levels = Object.fromEntries(Object.keys(levels).map((name) => [name, levels[level] ?? {}]));
  });
}

/** Replaces text in a file of a bundle, which must be there. */
export function text(name: string, search: string, replacement: string): Tampering {
  return (files) => {
    const before = textOf(files, name);
    if (!before.includes(search)) throw new Error(`${name} has no ${search}`);
    files.set(name, Buffer.from(before.replace(search, replacement)));
  };
}

function textOf(files: ReadonlyMap<string, Uint8Array>, name: string): string {
  return Buffer.from(files.get(name) ?? []).toString('utf8');
}

/** A site's bundle that puts settings in place of the library's, and brings no rules. */
export function siteArchive(settings: JsonObject): Uint8Array {
  return packTar(
    new Map([
      ['.manifest', Buffer.from(JSON.stringify({ revision: 'site-1', roots: ['site'] }))],
      ['data.json', Buffer.from(JSON.stringify({ site: { settings } }))],
    ]),
  );
}
