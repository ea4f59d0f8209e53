import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSource } from '../../../src/serve/bundle-source/watch-file.ts';
import { StepClock } from './step-clock.ts';
import { Told } from './told.ts';

let folder: string;
let path: string;
let clock: StepClock;
let source: FileSource;
let told: Told;
let stop: AbortController;
let following: Promise<void>;

/** Begins to watch a file that was read at the start and is in force. */
async function watch(file: string): Promise<void> {
  path = file;
  source = new FileSource(path, true, clock);
  await source.fetch();
  source.accept();
  told = new Told(source);
  following = source.follow(told, stop.signal);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-watch-'));
  clock = new StepClock();
  stop = new AbortController();
  await writeFile(join(folder, 'bundle'), 'first');
  await watch(join(folder, 'bundle'));
});

afterEach(async () => {
  stop.abort();
  await following;
  await rm(folder, { recursive: true });
});

it('is looked at once a second, and what does not change is not read again', async () => {
  await clock.step(3);
  expect([told.heard, clock.delays]).toEqual([
    ['unchanged', 'unchanged', 'unchanged'],
    [1_000, 1_000, 1_000, 1_000],
  ]);
});

describe('another bundle is noticed once, when it has settled, however it was put there', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['renamed over it', () => writeFile(`${path}.new`, 'other').then(() => rename(`${path}.new`, path))],
    ['written in place, as long as the one before', () => writeFile(path, 'other')],
    [
      'written in place, with the time of the one before',
      () => writeFile(path, 'other').then(() => utimes(path, 1, 1)),
    ],
    ['removed and made anew', () => rm(path).then(() => writeFile(path, 'other'))],
    [
      'as an editor saves: the old one renamed away',
      () => rename(path, `${path}~`).then(() => writeFile(path, 'other')),
    ],
    [
      'by the folder that it is in, renamed',
      async () => {
        await mkdir(`${folder}.new`);
        await writeFile(join(`${folder}.new`, 'bundle'), 'other');
        await rename(folder, `${folder}.old`);
        await rename(`${folder}.new`, folder);
        await rm(`${folder}.old`, { recursive: true });
      },
    ],
    [
      'as a link to elsewhere',
      async () => {
        await writeFile(join(folder, 'elsewhere'), 'other');
        await symlink('elsewhere', `${path}.link`);
        await rename(`${path}.link`, path);
      },
    ],
  ])('%s', async (_how, put) => {
    await clock.step();
    await put();
    await clock.step();
    expect(told.take()).toEqual(['unchanged']);
    await clock.step(3);
    expect(told.take()).toEqual(['arrived: other', 'unchanged', 'unchanged']);
  });
});

it('the folder of a mounted config map is swapped by its link ..data', async () => {
  stop.abort();
  await following;
  stop = new AbortController();
  const release = async (name: string, content: string) => {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'bundle'), content);
    await symlink(name, join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  await release('..2026_01', 'first');
  await rm(join(folder, 'bundle'));
  await symlink('..data/bundle', join(folder, 'bundle'));
  await watch(join(folder, 'bundle'));
  await clock.step();
  await release('..2026_02', 'second');
  await rm(join(folder, '..2026_01'), { recursive: true });
  await clock.step(3);
  expect(told.heard).toEqual(['unchanged', 'arrived: second', 'unchanged']);
});

it('what is being written is not taken before it stands still', async () => {
  await writeFile(path, 'one, ');
  await clock.step();
  await appendFile(path, 'two, ');
  await clock.step();
  await appendFile(path, 'three');
  await clock.step();
  expect(told.take()).toEqual([]);
  await clock.step();
  expect(told.take()).toEqual(['arrived: one, two, three']);
});

it('one that is refused is offered once; another one after it again', async () => {
  told.fate = 'refused';
  await writeFile(path, 'bad');
  await clock.step(4);
  expect(told.take()).toEqual(['arrived: bad']);
  told.fate = 'in-force';
  await writeFile(path, 'good');
  await clock.step(3);
  expect(told.take()).toEqual(['arrived: good', 'unchanged']);
});

it('one that cannot be used just now is offered again', async () => {
  told.fate = 'later';
  await writeFile(path, 'good');
  await clock.step(3);
  told.fate = 'in-force';
  await clock.step(3);
  expect([told.heard, clock.delays]).toEqual([
    ['arrived: good', 'arrived: good', 'unchanged', 'unchanged'],
    [1_000, 1_000, 15_000, 1_000, 1_000, 1_000, 1_000],
  ]);
});

describe('what is no bundle to be read says why, and is looked at again', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['nothing', () => rm(path), 'ENOENT'],
    ['a folder', () => rm(path).then(() => mkdir(path)), 'not a regular file'],
    ['a pipe', () => rm(path).then(() => execFileSync('mkfifo', [path])), 'not a regular file'],
    ['a device without an end', () => rm(path).then(() => symlink('/dev/zero', path)), 'not a regular file'],
    ['a link to itself', () => rm(path).then(() => symlink('bundle', path)), 'ELOOP'],
    ['a huge file', () => truncate(path, 2 ** 31), 'larger than 67108864 bytes'],
  ])('%s', async (_what, put, why) => {
    await put();
    await clock.step(2);
    expect(told.take().at(-1)).toMatch(new RegExp(`^bundle/unavailable: the bundle ${path} cannot be read: .*${why}`));
    await rm(path, { recursive: true, force: true });
    await writeFile(path, 'other');
    await clock.step(3);
    expect(told.take()).toContain('arrived: other');
  });
});

it('a start without a file says what is missing and where to look', async () => {
  await rm(path);
  await expect(source.fetch()).rejects.toMatchObject({
    code: 'bundle/unavailable',
    message: expect.stringMatching(/bundle cannot be read: ENOENT/),
    fix: 'see bundle.path in the configuration',
  });
});
