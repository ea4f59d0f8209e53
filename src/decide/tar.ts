import { gunzipSync } from 'node:zlib';
import { messageOf, SallyportError } from '../errors.ts';

const BLOCK = 512;
/** Bytes of a bundle when unpacked. */
export const MAX_UNPACKED = 64 * 2 ** 20;
const MOST_ENTRIES = 10_000;

/**
 * Unpacks a gzipped tar (POSIX ustar, as `opa build` and common tools write it) in memory: regular files by name,
 * without a leading `/` or `./`. Bounded, and strict: a name that leaves the archive, comes twice or is not plain, a link, a
 * device or anything else that is neither file nor folder, a wrong checksum and a cut end are refused.
 * @throws SallyportError `bundle/invalid` that names the entry
 */
export function readTarGz(archive: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const tar = unzip(archive);
  const files = new Map<string, Uint8Array>();
  let longName: string | undefined;
  for (let at = 0, entries = 0; ; entries += 1) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.length < BLOCK) throw invalid('it is cut off: the end of the archive is missing');
    if (header.every((byte) => byte === 0)) return files;
    if (entries >= MOST_ENTRIES) throw invalid(`it has more than ${MOST_ENTRIES} entries`);
    const entry = readHeader(header, longName);
    longName = undefined;
    const start = at + BLOCK;
    at = start + Math.ceil(entry.size / BLOCK) * BLOCK;
    if (at > tar.length) throw invalid(`${entry.name} is cut off`);
    const content = tar.subarray(start, start + entry.size);
    if (entry.type === 'x') longName = paxPath(content, entry.name);
    else if (entry.type === 'file') {
      const name = plainName(entry.name);
      if (files.has(name)) throw invalid(`${name} is in it twice`);
      files.set(name, content);
    } else plainName(entry.name.replace(/\/+$/, ''), true);
  }
}

function unzip(archive: Uint8Array): Uint8Array {
  try {
    return gunzipSync(archive, { maxOutputLength: MAX_UNPACKED });
  } catch (cause) {
    const tooLarge = cause instanceof RangeError;
    throw invalid(
      tooLarge ? `it unpacks to more than ${MAX_UNPACKED} bytes` : `not a gzip archive: ${messageOf(cause)}`,
    );
  }
}

interface Entry {
  readonly name: string;
  readonly size: number;
  readonly type: 'file' | 'folder' | 'x';
}

function readHeader(header: Uint8Array, longName: string | undefined): Entry {
  const prefix = textAt(header, 257, 5) === 'ustar' && header[262] === 0 ? textAt(header, 345, 155) : '';
  const short = textAt(header, 0, 100);
  const name = longName ?? (prefix === '' ? short : `${prefix}/${short}`);
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (octalAt(header, 148, 8, name) !== sum) throw invalid(`the header of ${show(name)} has a wrong checksum`);
  const flag = String.fromCharCode(header[156] ?? 0);
  const type = { '\0': 'file', '0': 'file', '5': 'folder', x: 'x' } as const;
  const known = flag === '\0' || flag === '0' || flag === '5' || flag === 'x' ? type[flag] : undefined;
  if (!known) throw invalid(`${show(name)} is not a plain file (type ${show(flag)})`);
  return { name, size: octalAt(header, 124, 12, name), type: known };
}

function textAt(header: Uint8Array, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octalAt(header: Uint8Array, at: number, length: number, name: string): number {
  const text = textAt(header, at, length).trim();
  if (!/^[0-7]{1,11}$/.test(text)) throw invalid(`the header of ${show(name)} has a number that is not octal`);
  return Number.parseInt(text, 8);
}

/** The path of a pax extended header (POSIX.1-2001): Go writes one for names that are long or not ASCII. */
function paxPath(content: Uint8Array, name: string): string | undefined {
  let path: string | undefined;
  let rest = content;
  while (rest.length > 0) {
    const length = /^([1-9][0-9]{0,6}) /.exec(new TextDecoder().decode(rest.subarray(0, 8)))?.[1];
    if (length === undefined || Number(length) > rest.length)
      throw invalid(`${show(name)} has a broken extended header`);
    const record = new TextDecoder().decode(rest.subarray(length.length + 1, Number(length) - 1));
    const [key = '', ...value] = record.split('=');
    if (key === 'path') path = value.join('=');
    // A size here would contradict the header's: what one reader skips another would read.
    if (key === 'size' || key === 'linkpath') throw invalid(`${show(name)} has an extended header for its ${key}`);
    rest = rest.subarray(Number(length));
  }
  return path;
}

function plainName(given: string, folder = false): string {
  const name = given.replace(/^(\.?\/)+/, '');
  const segments = name.split('/');
  const odd = segments.some((segment) => segment === '' || segment === '.' || segment === '..');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\\\u0000-\u001f\u007f\ufffd]/.test(name) || name.length > 1024)
    throw invalid(`the name ${show(given)} is not plain`);
  if (odd && !(folder && (name === '' || name === '.')))
    throw invalid(`${show(given)} leads out of the archive or is not plain`);
  return name;
}

function show(name: string): string {
  return JSON.stringify(name.slice(0, 200));
}

function invalid(why: string): SallyportError {
  return new SallyportError('bundle/invalid', `the bundle is not an archive that can be read: ${why}`, {
    fix: 'build it again with `opa build`',
  });
}
