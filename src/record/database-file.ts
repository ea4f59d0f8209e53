import { mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, SallyportError } from '../errors.ts';

/**
 * Makes the database's file (0600) and its folder (0700) when they are not there, and refuses those that others than the
 * owner can read or write. SQLite gives the files beside it the same mode.
 * @throws SallyportError `config/invalid`.
 */
export async function prepareDatabaseFile(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // Made only where there is none: to open and close a database that this process has open would drop SQLite's locks.
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) await create(path);
  } catch (thrown) {
    throw new SallyportError('config/invalid', `${path} cannot be made: ${messageOf(thrown)}`, {
      fix: 'the state folder must belong to the user that runs the gate',
      cause: thrown,
    });
  }
  await refuseShared(folder, '700');
  await refuseShared(path, '600');
}

async function create(path: string): Promise<void> {
  await (await open(path, 'wx', 0o600)).close();
  const folder = await open(dirname(path));
  // Or a power cut could take the name of the file, and with it everything that was fsynced under it.
  await folder.sync();
  await folder.close();
}

async function refuseShared(path: string, mode: string): Promise<void> {
  if (((await stat(path)).mode & 0o077) === 0) return;
  throw new SallyportError('config/invalid', `${path} is open to others than its owner`, {
    fix: `find out who had access; then chmod ${mode} ${path}`,
  });
}
