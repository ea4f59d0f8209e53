import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import { decided, endOf, event, expectedLeaf } from './events.ts';
import { temporaryFolder } from './places.ts';

const PROGRAM = fileURLToPath(new URL('./append-until-killed.ts', import.meta.url));

/** Starts a program that appends, kills it with SIGKILL after it said `lines` lines, and gives all that it said. */
async function appendAndKill(path: string, prefix: string, lines: number): Promise<string[]> {
  const child = spawn(execPath, [PROGRAM, path, prefix], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  const said: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    said.push(line);
    if (said.length === lines) child.kill('SIGKILL');
  }
  expect(await gone).toEqual([null, 'SIGKILL']);
  return said.slice(1);
}

it('keeps every acknowledged event exactly once after kill -9, in one sequence, with the right hashes', async () => {
  const path = join(await temporaryFolder(), 'sallyport.db');
  const acknowledged = new Map<number, string>();
  let least = 0;
  for (const [round, lines] of [1, 2, 40, 333, 5_000].entries()) {
    for (const line of await appendAndKill(path, `round${round}`, lines)) {
      const [id = '', seq] = line.split(' ');
      expect(acknowledged.has(Number(seq))).toBe(false);
      acknowledged.set(Number(seq), id);
    }
    least += lines - 1;
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(least);

  const store = await openSqliteStore({ path, reserveBytes: 65_536 });
  const leaves = await store.leaves(0, 1_000_000);
  expect(leaves).toEqual(
    leaves.map(({ id }, seq) => expectedLeaf(seq, decided(id, { more: { filler: 'x'.repeat(1_500) } }))),
  );
  expect(new Set(leaves.map(({ id }) => id)).size).toBe(leaves.length);
  for (const [seq, id] of acknowledged) expect(leaves[seq]?.id).toBe(id);
  expect((await store.closeLost('2026-11-20T22:00:00.000Z')).length).toBe(leaves.length);
  await store.close();
}, 60_000);

it('is opened by one at a time, in this process and in others', async () => {
  const path = join(await temporaryFolder(), 'sallyport.db');
  const store = await openSqliteStore({ path, reserveBytes: 65_536 });
  const refusal = { code: 'record/unavailable', message: `${path} is open already, here or in another process` };
  // The second refusal shows that the first one has not loosened the lock.
  expect(await endOf(openSqliteStore({ path, reserveBytes: 65_536 }))).toEqual(refusal);
  const child = spawn(execPath, [PROGRAM, path, 'other'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, complained] = ['', ''];
  child.stdout.on('data', (chunk) => (said += chunk));
  child.stderr.on('data', (chunk) => (complained += chunk));
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(said).toBe('');
  expect(complained).toContain(refusal.message);
  expect(await store.append(event('gate', 'start-1'))).toBe(0);
  await store.close();
  await (await openSqliteStore({ path, reserveBytes: 65_536 })).close();
});
