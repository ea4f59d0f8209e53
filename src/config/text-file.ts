import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { messageOf } from '../errors.ts';

/** No file that people write for the gate comes near this; a bigger one is a mistake or an attack. */
const LARGEST = 1_048_576;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file (a part of its path is not a folder)',
  EACCES: 'it may not be read by this user',
  EPERM: 'it may not be read by this user',
  ELOOP: 'its symbolic links go round in circles',
};

/**
 * The text of a small file: UTF-8, at most 1 MiB, without a byte order mark. Devices and pipes are refused, because
 * reading one could block or never end.
 * @throws Error whose message is just the reason (`no such file`): the caller says which file and where it was named.
 */
export function readTextFile(path: string): string {
  let bytes: Uint8Array;
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw new Error('it is a folder');
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size > LARGEST) throw new Error('it is larger than 1 MiB');
    bytes = readFileSync(path);
  } catch (error) {
    throw new Error(reasonOf(error));
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('it is not UTF-8 text');
  }
}

/** `~` is the home folder; a relative path is relative to `folder`. */
export function resolvePath(path: string, folder: string): string {
  if (path === '~') return homedir();
  return path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(folder, path);
}

function reasonOf(error: unknown): string {
  // Only the code: Node's own message repeats the path, which may be a secret that was put where a path belongs.
  if (error instanceof Error && 'code' in error) return REASONS[String(error.code)] ?? String(error.code);
  return messageOf(error);
}
