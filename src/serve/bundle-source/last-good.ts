import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SallyportError } from '../../errors.ts';
import { readPrivateFile, replacePrivateFile } from '../../identify/private-file.ts';
import { isObject } from '../../json.ts';
import type { Arrival } from './source.ts';

const ARCHIVE = /^[0-9a-f]{64}\.tar\.gz$/;
const POINTER = 'last-good.json';
const LARGEST = 64 * 2 ** 20;

/**
 * The last bundle of a server that was in force, kept in the state folder so that a gate can start while the server is
 * away: an archive named by its digest, and a pointer to it that is replaced in one step. It is loaded like any other:
 * whatever is asked of a bundle is asked of this one anew.
 */
export class LastGood {
  readonly #folder: string;

  /** @param folder made when needed; of one bundle alone */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Keeps what came, durably, in the place of what was kept. @throws SallyportError `config/invalid` */
  async keep({ archive, from }: Arrival): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new SallyportError('config/invalid', `${this.#folder} cannot be made: ${messageOf(cause)}`, { cause });
    }
    const sha256 = createHash('sha256').update(archive).digest('hex');
    const name = `${sha256}.tar.gz`;
    await replacePrivateFile(join(this.#folder, name), archive);
    await replacePrivateFile(join(this.#folder, POINTER), `${JSON.stringify({ from, sha256 })}\n`);
    for (const other of await readdir(this.#folder))
      if (ARCHIVE.test(other) && other !== name) await rm(join(this.#folder, other), { force: true });
  }

  /**
   * What was kept of that source, or undefined: of another one it is none of this configuration's.
   * @throws SallyportError `bundle/invalid` when it is not what was kept
   */
  async read(from: string): Promise<Arrival | undefined> {
    try {
      const text = await readPrivateFile(join(this.#folder, POINTER));
      if (text === undefined) return undefined;
      const pointer: unknown = JSON.parse(text);
      if (!isObject(pointer) || typeof pointer.sha256 !== 'string' || !ARCHIVE.test(`${pointer.sha256}.tar.gz`))
        throw new Error(`${POINTER} names no archive`);
      if (pointer.from !== from) return undefined;
      const archive = await readArchive(join(this.#folder, `${pointer.sha256}.tar.gz`));
      if (createHash('sha256').update(archive).digest('hex') !== pointer.sha256) throw new Error('its digest differs');
      return { archive, from };
    } catch (cause) {
      throw new SallyportError('bundle/invalid', `the bundle kept in ${this.#folder} is damaged: ${messageOf(cause)}`, {
        fix: 'have the bundle server answer, or put the bundle there by bundle.path',
        cause,
      });
    }
  }
}

async function readArchive(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > LARGEST) throw new Error('it is no plain file of a bundle');
    return await file.readFile();
  } finally {
    await file.close();
  }
}
