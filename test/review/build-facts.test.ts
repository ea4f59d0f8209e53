import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildFacts } from '../../src/review/build-facts.ts';
import { run } from '../../src/review/opa.ts';
import { pinnedOpa } from './library.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-facts-'));
});
afterEach(() => rm(folder, { recursive: true }));

const now = new Date('2030-01-15T12:00:00.000Z');
const facts = (over: { env?: NodeJS.ProcessEnv; by?: string; opa?: string } = {}) =>
  buildFacts({ env: over.env ?? {}, now, by: over.by, folder, opa: over.opa, version: '1.2.3' });
const git = async (...args: readonly string[]) => {
  const own = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  const { status, stdout, stderr } = await run('git', ['-C', folder, ...own, ...args], {});
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
};

it('tells who, when, with which OPA and of which commit, and whether anything was changed since', async () => {
  await git('init', '-q');
  await git('config', 'user.name', 'Ada');
  await writeFile(join(folder, 'a.rego'), 'package a\n');
  await git('add', '.');
  await git('commit', '-q', '-m', 'first');
  const commit = await git('rev-parse', 'HEAD');
  const opa = await pinnedOpa();
  const at = now.toISOString();
  const known = { by: 'Ada', at, commit, modified: false, opa: '1.22.0', sallyport: '1.2.3' };
  expect(await facts({ opa })).toEqual({ facts: known, serial: now.getTime() });
  await writeFile(join(folder, 'a.rego'), 'package b\n');
  expect(await facts({ opa, by: 'Grace' })).toMatchObject({ facts: { ...known, by: 'Grace', modified: true } });
});

it('takes the word of CI, and the time of the sources', async () => {
  const env = { GITHUB_ACTOR: 'ci', GITHUB_SHA: 'c0ffee', SOURCE_DATE_EPOCH: '1000000000' };
  const { facts: told, serial } = await facts({ env });
  expect({ told, serial }).toMatchObject({
    told: { by: 'ci', at: '2001-09-09T01:46:40.000Z', commit: 'c0ffee', sallyport: '1.2.3' },
    serial: 1_000_000_000_000,
  });
});

it('leaves out what nobody knows', async () => {
  const { facts: told } = await facts();
  expect(told).not.toHaveProperty('commit');
  expect(told).not.toHaveProperty('opa');
});

it.each(['soon', '-1', '1e9', '99999999999999'])('a SOURCE_DATE_EPOCH of %s is refused', async (epoch) => {
  await expect(facts({ env: { SOURCE_DATE_EPOCH: epoch } })).rejects.toMatchObject({ code: 'usage/invalid' });
});
