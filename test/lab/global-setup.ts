import type { TestProject } from 'vitest/node';
import { type LabAddress, startLab } from './lab.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    labs: readonly LabAddress[];
  }
}

/** One lab for each worker of the end-to-end project: a file finds its own by `ownLab()`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const labs: Awaited<ReturnType<typeof startLab>>[] = [];
  const stop = async () => {
    for (const lab of labs.splice(0)) await lab.stop();
  };
  try {
    for (let worker = 0; worker < project.config.maxWorkers; worker += 1) labs.push(await startLab());
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  project.provide(
    'labs',
    labs.map(({ kubectl: _, stop: __, ...address }) => address),
  );
  return stop;
}
