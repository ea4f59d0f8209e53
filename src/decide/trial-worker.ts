import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, SallyportError } from '../errors.ts';
import { openBundles } from './open-bundles.ts';
import type { TrialResult, TrialTask } from './trial.ts';
import { TriedModules } from './tried-modules.ts';

// The thread of one trial; see trial.ts.

const { archives, demands }: TrialTask = workerData;

async function result(): Promise<TrialResult> {
  try {
    const tried = new TriedModules();
    await openBundles(archives, { ...demands, tried });
    return { modules: tried.entries };
  } catch (thrown) {
    if (!(thrown instanceof SallyportError))
      return { code: 'bundle/invalid', message: `the bundle cannot be used: ${messageOf(thrown)}`, fix: undefined };
    const { code, message, fix } = thrown;
    return { code, message, fix };
  }
}

parentPort?.postMessage(await result());
