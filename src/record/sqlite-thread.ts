import { Worker } from 'node:worker_threads';
import { messageOf, SallyportError } from '../errors.ts';
import {
  type Answers,
  type Batch,
  errorOf,
  type FromWorker,
  type ItemResult,
  type WorkerSettings,
} from './sqlite-messages.ts';

/** The main thread's end of the worker. Everything rejects with `record/unavailable` once the worker is gone. */
export interface SqliteThread {
  commit(batch: Batch): Promise<readonly ItemResult[]>;
  ask<Name extends keyof Answers>(name: Name, ...args: Parameters<Answers[Name]>): Promise<ReturnType<Answers[Name]>>;
  /** Closes the database and ends the worker. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: SallyportError) => void;
}

// TypeScript from source, JavaScript from the built package. Both names are written out, for tools that look for them.
const WORKER = import.meta.url.endsWith('.ts')
  ? new URL('./sqlite-worker.ts', import.meta.url)
  : new URL('./sqlite-worker.js', import.meta.url);

/** Starts the worker and resolves when its database is open. @throws SallyportError as `openDatabase`. */
export async function startSqliteThread(settings: WorkerSettings): Promise<SqliteThread> {
  const worker = new Worker(WORKER, { workerData: settings });
  const started = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  const committing: PromiseWithResolvers<readonly ItemResult[]>[] = [];
  const asked = new Map<number, Waiting>();
  let broken: SallyportError | undefined;
  let questions = 0;

  function fail(error: SallyportError): void {
    broken ??= error;
    started.reject(broken);
    for (const each of committing.splice(0)) each.reject(broken);
    for (const each of asked.values()) each.reject(broken);
    asked.clear();
  }

  worker.on('message', (message: FromWorker) => {
    if (message.op === 'committed') committing.shift()?.resolve(message.results);
    else if (message.op === 'ready') started.resolve();
    else if (message.op === 'failed') fail(errorOf(message.failure));
    else {
      const waiting = asked.get(message.id);
      asked.delete(message.id);
      if (message.op === 'answered') waiting?.resolve(message.value);
      else waiting?.reject(errorOf(message.failure));
    }
  });
  worker.on('error', (thrown) => fail(unavailable(`the record's thread failed: ${messageOf(thrown)}`, thrown)));
  worker.on('messageerror', (thrown) =>
    fail(unavailable(`the record's thread was garbled: ${messageOf(thrown)}`, thrown)),
  );
  worker.on('exit', () => {
    fail(unavailable('the record is closed'));
    exited.resolve();
  });

  await started.promise.catch(async (thrown: unknown) => {
    await exited.promise;
    throw thrown;
  });

  return {
    commit(batch) {
      if (broken !== undefined) return Promise.reject(broken);
      const result = Promise.withResolvers<readonly ItemResult[]>();
      committing.push(result);
      worker.postMessage(batch, [batch.bytes.buffer]);
      return result.promise;
    },
    ask(name, ...args) {
      if (broken !== undefined) return Promise.reject(broken);
      const id = questions++;
      return new Promise((resolve, reject) => {
        asked.set(id, { resolve, reject });
        worker.postMessage({ op: 'ask', id, name, args });
      });
    },
    async close() {
      worker.postMessage({ op: 'close' });
      await exited.promise;
    },
  };
}

function unavailable(message: string, cause?: unknown): SallyportError {
  return new SallyportError('record/unavailable', message, { cause });
}
