import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { messageOf, SallyportError } from '../../errors.ts';
import type { Arrival, Clock, Source, Watcher } from './source.ts';

/** How often the file is looked at. */
const LOOK_MS = 1_000;
/** After how long something is offered again that could not be used for want of something else. */
const LATER_MS = 15_000;
const LARGEST = 64 * 2 ** 20;

/**
 * A bundle in a file. It is looked at by name once a second, through whatever links lead to it, so that every way of
 * putting another one there is noticed: a rename, the link of a mounted config map, an editor, a copy in place; also where
 * the system tells nobody of changes (network file systems). Of what is being written nothing is taken: two looks in a
 * row must find the same, and so must those before and after reading.
 */
export class FileSource implements Source {
  readonly name: string;
  readonly kind = 'file';
  readonly follows: boolean;
  readonly #clock: Clock;
  /** Of the file that was read last. */
  #seen: string | undefined;
  /** Whether that is in force. */
  #accepted = false;

  constructor(path: string, follows: boolean, clock: Clock) {
    this.name = path;
    this.follows = follows;
    this.#clock = clock;
  }

  async fetch(): Promise<Arrival> {
    const whole = await readWhole(this.name);
    if (whole === undefined) throw unreadable(this.name, new Error('it is being written'));
    return this.#arrival(whole);
  }

  accept(): void {
    this.#accepted = true;
  }

  async follow(watcher: Watcher, signal: AbortSignal): Promise<void> {
    let before: string | undefined;
    for (;;) {
      await this.#clock.sleep(LOOK_MS, signal);
      if (signal.aborted) return;
      try {
        const found = stampOf(await stat(this.name, { bigint: true }));
        const whole = found === before && found !== this.#seen ? await readWhole(this.name) : undefined;
        before = found;
        // What was put there since then has to settle first, too.
        if (whole?.stamp === found) await this.#offer(whole, watcher, signal);
        else if (found === this.#seen && this.#accepted) watcher.unchanged();
      } catch (thrown) {
        before = undefined;
        watcher.failed(thrown instanceof SallyportError ? thrown : unreadable(this.name, thrown));
      }
    }
  }

  async #offer(whole: Whole, watcher: Watcher, signal: AbortSignal): Promise<void> {
    if ((await watcher.arrived(this.#arrival(whole))) !== 'later') return;
    this.#seen = undefined;
    await this.#clock.sleep(LATER_MS, signal);
  }

  #arrival({ archive, stamp }: Whole): Arrival {
    this.#seen = stamp;
    this.#accepted = false;
    return { archive, from: this.name };
  }
}

interface Whole {
  readonly archive: Uint8Array;
  readonly stamp: string;
}

/** The file as it is, or undefined when it changes meanwhile. @throws SallyportError `bundle/unavailable` */
async function readWhole(path: string): Promise<Whole | undefined> {
  let file: FileHandle | undefined;
  try {
    // Non-blocking, so that a pipe in its place cannot hang the gate.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) throw new Error('it is not a regular file');
    if (before.size > LARGEST) throw new Error(`it is larger than ${LARGEST} bytes`);
    // Not more than it had at first, however fast it grows.
    const archive = new Uint8Array(Number(before.size));
    let length = 0;
    for (let read = 1; read > 0 && length < archive.length; length += read)
      read = (await file.read(archive, length, archive.length - length, length)).bytesRead;
    const stamp = stampOf(before);
    return stampOf(await file.stat({ bigint: true })) === stamp ? { archive, stamp } : undefined;
  } catch (thrown) {
    throw unreadable(path, thrown);
  } finally {
    await file?.close();
  }
}

/** Of the inode, its size and its times; that of the inode's own change cannot be set back, as that of the contents can. */
function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

function unreadable(path: string, cause: unknown): SallyportError {
  return new SallyportError('bundle/unavailable', `the bundle ${path} cannot be read: ${messageOf(cause)}`, {
    fix: 'see bundle.path in the configuration',
    cause,
  });
}
