import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { messageOf, SallyportError } from '../../errors.ts';
import type { JudgeSource } from './judge-source.ts';
import { layOut } from './layout.ts';
import type { FromMatrixWorker, JudgedPart, Part } from './matrix-task.ts';
import type { Recipe } from './recipe.ts';
import type { CellResult } from './result.ts';
import type { Space } from './space.ts';

/** What a bundle says to every call that the matrix knows. */
export interface Matrix {
  readonly recipe: Recipe;
  readonly space: Space;
  /** Every result there is, in the order in which cells come to them. */
  readonly results: readonly CellResult[];
  /** By cell: the position of its result; `UNJUDGED` where it was left out. */
  readonly of: Uint32Array;
  /** By cell: the fuel that its evaluation took. */
  readonly fuel: Uint32Array;
}

export interface MatrixOptions {
  readonly source: JudgeSource;
  readonly recipe: Recipe;
  /** How many threads judge; as many as there are processors, at most eight, when absent. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Which cells are judged; all of them when absent. */
  readonly only?: (cell: number) => boolean;
}

export const UNJUDGED = 0xffff_ffff;

/** Small enough that all threads end at about the same time, large enough that asking for the next costs nothing. */
const PART = 1_024;
const MOST_WORKERS = 8;

/**
 * Judges every cell of the matrix, in worker threads. The same bundle and recipe give the same matrix on every machine, with any
 * number of workers.
 * @throws SallyportError `bundle/invalid` or `policy/fault`
 */
export async function judgeMatrix(options: MatrixOptions): Promise<Matrix> {
  const { source, recipe, signal } = options;
  const space = layOut(recipe);
  const parts = partsOf(space.size, options.only);
  const judged: JudgedPart[] = [];
  const threads = Math.min(options.workers ?? Math.min(availableParallelism(), MOST_WORKERS), parts.length);
  const stop = new AbortController();
  const stops = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const ended = Array.from({ length: threads }, () => runWorker({ source, recipe }, parts, judged, stops));
  try {
    await Promise.all(ended);
  } finally {
    stop.abort();
    await Promise.allSettled(ended);
  }
  return { recipe, space, ...joined(space.size, judged) };
}

function partsOf(size: number, only: (cell: number) => boolean = () => true): Part[] {
  const cells = Uint32Array.from({ length: size }, (_, cell) => cell).filter(only);
  const count = Math.ceil(cells.length / PART);
  return Array.from({ length: count }, (_, index) => ({ cells: cells.slice(index * PART, (index + 1) * PART) }));
}

// TypeScript from source, JavaScript from the built package. Both names are written out, for tools that look for them.
const WORKER = import.meta.url.endsWith('.ts')
  ? new URL('./matrix-worker.ts', import.meta.url)
  : new URL('./matrix-worker.js', import.meta.url);

/** Starts a worker and gives it parts until there are none; resolves when it is gone. */
async function runWorker(
  workerData: { readonly source: JudgeSource; readonly recipe: Recipe },
  parts: Part[],
  judged: JudgedPart[],
  signal: AbortSignal,
): Promise<void> {
  const worker = new Worker(WORKER, { workerData });
  const done = Promise.withResolvers<void>();
  const next = (): void => {
    const part = parts.shift();
    if (part === undefined) done.resolve();
    else worker.postMessage(part);
  };
  worker.on('message', (message: FromMatrixWorker) => {
    if (message.op === 'failed') {
      return done.reject(
        new SallyportError(message.code === 'bundle/invalid' ? message.code : 'policy/fault', message.message),
      );
    }
    if (message.op === 'judged') judged.push(message.part);
    next();
  });
  const fail = (thrown: unknown): void => {
    done.reject(new SallyportError('policy/fault', `a thread that judges the matrix failed: ${messageOf(thrown)}`));
  };
  worker.on('error', fail);
  worker.on('exit', (code) => fail(`it ended with ${code}`));
  signal.addEventListener('abort', () => fail('it was stopped'), { once: true });
  try {
    await done.promise;
  } finally {
    await worker.terminate();
  }
}

/** Results are numbered as cells come to them, whichever thread was first. */
function joined(size: number, judged: readonly JudgedPart[]): Pick<Matrix, 'results' | 'of' | 'fuel'> {
  const results: CellResult[] = [];
  const known = new Map<string, number>();
  const of = new Uint32Array(size).fill(UNJUDGED);
  const fuel = new Uint32Array(size);
  for (const part of judged.toSorted((one, other) => (one.cells[0] ?? 0) - (other.cells[0] ?? 0))) {
    const renumbered = part.results.map((result) => {
      const key = JSON.stringify(result);
      const there = known.get(key);
      if (there !== undefined) return there;
      known.set(key, results.length);
      return results.push(result) - 1;
    });
    for (const [index, cell] of part.cells.entries()) {
      of[cell] = renumbered[part.of[index] ?? -1] ?? UNJUDGED;
      fuel[cell] = part.fuel[index] ?? 0;
    }
  }
  return { results, of, fuel };
}
