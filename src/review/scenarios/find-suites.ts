import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { SallyportError } from '../../errors.ts';

const SUITE = /\.ya?ml$/;
const MOST_FILES = 10_000;

/**
 * The scenario files that paths name: files as they are, folders with all `.yaml` and `.yml` files in them. Links within
 * folders are not followed. Sorted, each once, relative to the working folder.
 * @throws SallyportError `usage/invalid` when a path is not there, or there is no file at all
 */
export function findSuites(paths: readonly string[], cwd: string): readonly string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw new SallyportError('usage/invalid', `there is no ${path}`);
    const files = stat.isDirectory() ? suitesIn(path) : [path];
    for (const file of files) found.add(relative(cwd, file).replaceAll('\\', '/') || file);
  }
  if (found.size === 0)
    throw new SallyportError('usage/invalid', `there are no scenarios under ${paths.join(', ')}`, {
      fix: 'name files or folders with .yaml files of scenarios',
    });
  if (found.size > MOST_FILES)
    throw new SallyportError('usage/invalid', `there are more than ${MOST_FILES} scenario files`);
  return [...found].sort();
}

/** Not `readdir`'s own recursion, which goes through links to folders. */
function suitesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return suitesIn(path);
    return entry.isFile() && SUITE.test(entry.name) ? [path] : [];
  });
}
