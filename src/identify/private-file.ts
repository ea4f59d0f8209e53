import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, SallyportError } from '../errors.ts';

const MAX_BYTES = 65_536;

/**
 * Reads a file that only its owner may read, or undefined when there is none.
 * @throws SallyportError `config/invalid` when it is a link, no plain file, too large, or open to others.
 */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  let file: FileHandle;
  try {
    // Non-blocking, so that a pipe in its place cannot hang the start.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw new SallyportError('config/invalid', `${path} cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  }
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > MAX_BYTES) {
      throw new SallyportError('config/invalid', `${path} is not a plain file of at most ${MAX_BYTES} bytes`);
    }
    if ((found.mode & 0o077) !== 0) {
      throw new SallyportError('config/invalid', `${path} may be read or written by others than its owner`, {
        fix: `find out who had access; then chmod 600 ${path}, or remove it to have a new one made`,
      });
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/**
 * Creates a file, 0600 unless told otherwise, whole and durable or not at all; false when there was one already, which
 * stays as it is.
 * @throws SallyportError `config/invalid` when the folder cannot be written.
 */
export async function createPrivateFile(path: string, text: string, mode: 0o600 | 0o644 = 0o600): Promise<boolean> {
  const temporary = await writeBeside(path, text, mode);
  try {
    // A link is made only where nothing is, and never half-written.
    await link(temporary, path);
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST') return false;
    throw unwritable(path, thrown);
  } finally {
    await unlink(temporary);
    await syncFolder(path);
  }
}

/** Puts a new 0600 file in the place of the old one, in one step. @throws SallyportError `config/invalid`. */
export async function replacePrivateFile(path: string, text: string | Uint8Array): Promise<void> {
  const temporary = await writeBeside(path, text, 0o600);
  try {
    await rename(temporary, path);
  } catch (thrown) {
    await unlink(temporary);
    throw unwritable(path, thrown);
  }
  await syncFolder(path);
}

/** Removes a file; that there is none is fine. @throws SallyportError `config/invalid`. */
export async function removePrivateFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw unwritable(path, thrown);
    return;
  }
  await syncFolder(path);
}

async function writeBeside(path: string, text: string | Uint8Array, mode: number): Promise<string> {
  const temporary = `${path}.${randomUUID()}.new`;
  try {
    const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw unwritable(path, thrown);
  }
  return temporary;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function unwritable(path: string, thrown: unknown): SallyportError {
  return new SallyportError('config/invalid', `${path} cannot be written: ${messageOf(thrown)}`, {
    fix: 'the state folder must belong to the user that runs the gate',
    cause: thrown,
  });
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}
