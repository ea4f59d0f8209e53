import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import type { Store } from '../../src/record/store.ts';
import { temporaryFolder } from './fixtures.ts';
import { MemoryStore } from './memory-store.ts';

/** The stores that state is tested on. */
export const STORES: readonly (readonly [name: string, open: () => Promise<Store>])[] = [
  ['a store in memory', async () => new MemoryStore()],
  [
    'SQLite',
    async () => {
      const store = await openSqliteStore({ path: join(await temporaryFolder(), 'sallyport.db') });
      onTestFinished(() => store.close());
      return store;
    },
  ],
];
