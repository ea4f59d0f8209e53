import { inject } from 'vitest';
import { connectLab, type Lab } from './lab.ts';

/** The cluster of the worker that runs this test file: what runs beside it has another. */
export function ownLab(): Lab {
  const worker = Number(process.env.VITEST_POOL_ID);
  const address = inject('labs')[worker - 1];
  if (address === undefined) throw new Error(`there is no lab for worker ${worker}`);
  return connectLab(address);
}
