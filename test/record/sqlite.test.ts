import { join } from 'node:path';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import { temporaryFolder } from './places.ts';
import { describeStore } from './store-suite.ts';

describeStore('SQLite', async () => {
  const path = join(await temporaryFolder(), 'sallyport.db');
  return { open: () => openSqliteStore({ path, reserveBytes: 65_536 }) };
});
