/** `make bench [BENCH_SECONDS=..] [BENCH_ROUNDS=..]`: everything is compared side by side in one run; only ratios are claimed. */
import { benchBareSdk } from './bare-sdk.ts';
import { benchCluster } from './cluster.ts';
import { benchEvaluation } from './evaluation.ts';
import { benchFrozenHolds } from './frozen-holds.ts';
import { benchHeap } from './heap.ts';
import { benchMatrix } from './matrix.ts';
import { benchReads } from './reads.ts';
import { benchStreams } from './streams.ts';
import { benchWrites } from './writes.ts';

const seconds = Number(process.env.BENCH_SECONDS ?? 8);
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
await benchReads({ seconds, rounds });
await benchWrites();
await benchEvaluation();
await benchBareSdk();
await benchMatrix();
await benchStreams({ seconds, rounds });
await benchFrozenHolds({ rounds });
await benchCluster({ rounds });
await benchHeap(100_000);
process.exit(0);
