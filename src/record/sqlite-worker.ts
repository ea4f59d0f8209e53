import { parentPort, workerData } from 'node:worker_threads';
import { createSpace } from './space.ts';
import { explain, openDatabase } from './sqlite-database.ts';
import {
  type Answers,
  type FromWorker,
  failureOf,
  type Question,
  type ToWorker,
  type WorkerSettings,
} from './sqlite-messages.ts';
import { createReader } from './sqlite-read.ts';
import { createCommitter } from './sqlite-write.ts';

// The thread that owns the database. Whatever it cannot go on from ends it, and the store then refuses everything.
const port = parentPort;
if (port === null) throw new TypeError('sqlite-worker.ts runs as a worker of sqlite.ts only');
const tell = (message: FromWorker) => port.postMessage(message);

function serve(settings: WorkerSettings): (message: ToWorker) => void {
  const db = openDatabase(settings.path);
  const { commit, eraseSealed, forgetReservations, end } = createCommitter(
    db,
    createSpace(db, settings.path, settings),
  );
  const answers: Answers = { ...createReader(db), eraseSealed, forgetReservations };

  function answer({ id, name, args }: Question): void {
    try {
      const question = Object.entries(answers).find(([each]) => each === name)?.[1];
      const ask: ((...args: never[]) => unknown) | undefined = question;
      if (ask === undefined) throw new TypeError(`nobody answers ${name}`);
      port?.postMessage({ op: 'answered', id, value: ask(...args) });
    } catch (thrown) {
      tell({ op: 'refused', id, failure: failureOf(explain(settings.path, thrown)) });
    }
  }

  return (message) => {
    if (message.op === 'commit') tell({ op: 'committed', results: commit(message) });
    else if (message.op === 'ask') answer(message);
    else {
      end();
      db.close();
      port?.close();
    }
  };
}

const settings: WorkerSettings = workerData;

function giveUp(thrown: unknown): void {
  tell({ op: 'failed', failure: failureOf(explain(settings.path, thrown)) });
  port?.close();
}

try {
  const handle = serve(settings);
  port.on('message', (message: ToWorker) => {
    try {
      handle(message);
    } catch (thrown) {
      giveUp(thrown);
    }
  });
  tell({ op: 'ready' });
} catch (thrown) {
  giveUp(thrown);
}
