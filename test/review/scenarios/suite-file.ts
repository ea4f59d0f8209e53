import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSuite } from '../../../src/review/scenarios/read-suite.ts';
import type { Suite } from '../../../src/review/scenarios/scenario.ts';

/** A folder for scenario files, and what removes it. */
export function suiteFolder(): {
  readonly folder: string;
  /** Writes a file and gives its path. */
  readonly write: (name: string, text: string | Uint8Array) => string;
  readonly read: (text: string) => Suite;
  /** The problems that reading gives, without the file's path. */
  readonly problems: (text: string | Uint8Array) => readonly string[];
  readonly remove: () => Promise<void>;
} {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-suites-'));
  const write = (name: string, text: string | Uint8Array): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const read = (text: string): Suite => readSuite(write('suite.yaml', text));
  return {
    folder,
    write,
    read,
    problems: (text) => {
      try {
        readSuite(write('suite.yaml', text));
      } catch (error) {
        return String(error instanceof Error ? error.message : error)
          .replaceAll(`${join(folder, 'suite.yaml')}:`, '')
          .split('\n');
      }
      return [];
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
