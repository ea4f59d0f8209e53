import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Store } from '../../src/record/store.ts';

/** A store in a place of its own, and how to open the same place again once it was closed. */
export interface StorePlace {
  open(): Promise<Store>;
}

/** A 0700 folder that is removed when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-record-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
