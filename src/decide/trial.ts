import { Worker } from 'node:worker_threads';
import { type ErrorCode, messageOf, SallyportError } from '../errors.ts';
import type { BundleArchives, BundleDemands } from './open-bundles.ts';
import { TriedModules } from './tried-modules.ts';

/** What the trial's thread is given. */
export interface TrialTask {
  readonly archives: BundleArchives;
  readonly demands: Pick<BundleDemands, 'keys' | 'site' | 'pinned' | 'fuel' | 'memoryMiB'>;
}

/** What it says in the end. */
export type TrialResult =
  | { readonly modules: TriedModules['entries'] }
  | { readonly code: ErrorCode; readonly message: string; readonly fix: string | undefined };

/** A trial that takes longer is a refusal; the library's takes less than a second. */
const LONGEST_MS = 60_000;
/** MiB of heap: archives are read, unpacked and parsed in it. */
const HEAP_MIB = 512;

// TypeScript from source, JavaScript from the built package. Both names are written out, for tools that look for them.
const WORKER = import.meta.url.endsWith('.ts')
  ? new URL('./trial-worker.ts', import.meta.url)
  : new URL('./trial-worker.js', import.meta.url);

/**
 * Tries bundles in a thread of its own, so that calls are judged meanwhile: what unpacks to too much, is signed by nobody,
 * does not compile or runs away is refused there, and never comes near the thread that judges.
 */
export class Trial {
  /** Of the last trial that went well. */
  readonly modules = new TriedModules();
  readonly #demands: TrialTask['demands'];

  constructor({ keys, site, pinned, fuel, memoryMiB }: BundleDemands) {
    const asked = site === undefined ? {} : { site: { keys: site.keys, trust: site.trust } };
    const limits = { ...(fuel === undefined ? {} : { fuel }), ...(memoryMiB === undefined ? {} : { memoryMiB }) };
    this.#demands = { keys, ...asked, ...(pinned === undefined ? {} : { pinned }), ...limits };
  }

  /** @throws SallyportError what is wrong with them, as `openBundles` */
  async run(archives: BundleArchives): Promise<void> {
    const task: TrialTask = { archives, demands: this.#demands };
    const worker = new Worker(WORKER, { workerData: task, resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB } });
    const timer = setTimeout(() => void worker.terminate(), LONGEST_MS).unref();
    try {
      const result = await new Promise<TrialResult>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.once('messageerror', reject);
        worker.once('exit', () => reject(new Error(`it took more than ${LONGEST_MS / 1000} s, or ended`)));
      });
      if ('modules' in result) this.modules.replace(result.modules);
      else throw new SallyportError(result.code, result.message, result.fix === undefined ? {} : { fix: result.fix });
    } catch (thrown) {
      if (thrown instanceof SallyportError) throw thrown;
      throw new SallyportError('bundle/invalid', `the bundle could not be tried: ${messageOf(thrown)}`, {
        fix: 'see that it is no larger and no slower to load than it has to be',
        cause: thrown,
      });
    } finally {
      clearTimeout(timer);
      await worker.terminate();
    }
  }
}
