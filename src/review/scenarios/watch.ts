import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { SallyportError } from '../../errors.ts';

/** Editors write a file in several steps. */
const SETTLES_MS = 150;
const OF_INTEREST = /\.(rego|ya?ml|json|tar\.gz)$/;

/**
 * Calls `work` at once, and again after each burst of changes of Rego, YAML and JSON below the paths, until `stop` aborts; never
 * twice at once: what changes meanwhile counts as one burst. Resolves when it has stopped.
 */
export async function watchPaths(
  paths: readonly string[],
  stop: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  const bell = new Bell();
  bell.ring();
  const watchers = paths.map((path) => watchPath(path, () => bell.ring()));
  const onStop = (): void => bell.ring();
  stop.addEventListener('abort', onStop);
  try {
    while (!stop.aborted) {
      await bell.rung();
      await settled(stop);
      if (stop.aborted) break;
      bell.clear();
      await work();
    }
  } finally {
    stop.removeEventListener('abort', onStop);
    for (const watcher of watchers) watcher.close();
  }
}

/** A file is watched by its folder: editors replace files. */
function watchPath(path: string, onEvent: () => void): FSWatcher {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new SallyportError('usage/invalid', `there is no ${path} to watch`);
  const isFolder = stat.isDirectory();
  const watcher = watch(isFolder ? path : dirname(path), { recursive: isFolder }, (_event, name) => {
    if (name === null || (isFolder ? OF_INTEREST.test(name) : name === basename(path))) onEvent();
  });
  // A folder that goes away is found missing by the next run.
  watcher.on('error', onEvent);
  return watcher;
}

function settled(stop: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(end, SETTLES_MS);
    function end(): void {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      done();
    }
    stop.addEventListener('abort', end);
  });
}

class Bell {
  #rings = false;
  #waiting: (() => void) | undefined;

  ring(): void {
    this.#rings = true;
    this.#waiting?.();
    this.#waiting = undefined;
  }

  clear(): void {
    this.#rings = false;
  }

  rung(): Promise<void> {
    if (this.#rings) return Promise.resolve();
    return new Promise((done) => {
      this.#waiting = done;
    });
  }
}
