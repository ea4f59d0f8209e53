import { readFileSync } from 'node:fs';
import { authorityOf, judgedBundle } from '../../src/review/authority/authority.ts';
import { limit } from './figures.ts';

const WORKERS = 2;

/** The whole authority matrix of the committed bundle, as `sallyport review` judges it. */
export async function benchMatrix(): Promise<void> {
  const archive = readFileSync(new URL('../../bundles/sallyport.tar.gz', import.meta.url));
  process.stdout.write(`\nAuthority matrix, whole library, ${WORKERS} workers\n`);
  const busy = process.cpuUsage();
  const started = performance.now();
  const { space, fuel } = await authorityOf(judgedBundle(archive), {
    at: '2026-11-20T10:00:00.000Z',
    workers: WORKERS,
  });
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(busy);
  const dearest = fuel.reduce((most, each) => Math.max(most, each), 0);
  process.stdout.write(
    `  cells: ${space.size}   processor: ${((user + system) / 1e6).toFixed(1)} s   cells per second: ${Math.round(space.size / seconds)}   dearest: ${dearest} fuel\n`,
  );
  limit('matrix: cells of the library', space.size, '>= 50000');
  limit('matrix: seconds on two cores', seconds, '< 10');
}
