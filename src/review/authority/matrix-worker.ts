import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, SallyportError } from '../../errors.ts';
import { createCellJudge } from './judge-cells.ts';
import type { FromMatrixWorker, Part, Task } from './matrix-task.ts';

// One of the threads that judge a matrix: it gets parts one by one and ends with its parent.
const port = parentPort;
if (port === null) throw new TypeError('matrix-worker.ts runs as a worker of matrix.ts only');

function tell(message: FromMatrixWorker): void {
  const moved =
    message.op === 'judged' ? [message.part.cells.buffer, message.part.of.buffer, message.part.fuel.buffer] : [];
  port?.postMessage(message, moved);
}

function fail(thrown: unknown): void {
  tell({
    op: 'failed',
    code: thrown instanceof SallyportError ? thrown.code : 'policy/fault',
    message: messageOf(thrown),
  });
}

const task: Task = workerData;
try {
  const judge = await createCellJudge(task);
  port.on('message', (part: Part) => {
    try {
      tell({ op: 'judged', part: judge(part) });
    } catch (thrown) {
      fail(thrown);
    }
  });
  tell({ op: 'ready' });
} catch (thrown) {
  fail(thrown);
}
