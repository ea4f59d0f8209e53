import { argv, stdout } from 'node:process';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import { decided } from './events.ts';

// Run as a program: appends to a store from 16 writers until it is killed, and says of each event that was acknowledged
// its id and its number. Writing to a pipe is synchronous on Linux and macOS: what was acknowledged was said.
const [, , path = '', prefix = ''] = argv;
const store = await openSqliteStore({ path, reserveBytes: 65_536 });
stdout.write('open\n');
let count = 0;
async function write(): Promise<never> {
  for (;;) {
    const id = `${prefix}-${count++}`;
    const seq = await store.append(decided(id, { more: { filler: 'x'.repeat(1_500) } }));
    stdout.write(`${id} ${seq}\n`);
  }
}
await Promise.all(Array.from({ length: 16 }, write));
