import { expect, it } from 'vitest';
import { Passing } from '../src/passing.ts';

it('holds what has come and not gone', () => {
  const passing = new Passing<string>();
  const leave = ['a', 'b', 'c'].map((name) => passing.add(name));
  leave[1]?.();
  expect([passing.size, [...passing].sort()]).toEqual([2, ['a', 'c']]);
});

it('gives a place that is free again to the next, from which the one before cannot take it', () => {
  const passing = new Passing<string>();
  const leave = passing.add('a');
  leave();
  passing.add('b');
  leave();
  expect([passing.size, [...passing]]).toEqual([1, ['b']]);
});

it('can be walked while members leave and come', () => {
  const passing = new Passing<() => void>();
  const seen: number[] = [];
  const leaves = [0, 1, 2].map((n) =>
    passing.add(() => {
      seen.push(n);
      for (const leave of leaves) leave();
    }),
  );
  for (const member of [...passing]) member();
  expect([seen, passing.size]).toEqual([[0, 1, 2], 0]);
});
