/** `make soak`: reads through a gate for as long as it takes, and what they leave on the heap. `SOAK_CALLS=..` */
import { benchHeap } from './heap.ts';

await benchHeap(Number(process.env.SOAK_CALLS ?? 1_000_000));
