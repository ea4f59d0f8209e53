import { expect, it } from 'vitest';
import { ReportTurns } from '../../../src/operate/report/report-turns.ts';

it('reports are made one at a time, a failed one stops none, and no crowd of them waits', async () => {
  const turns = new ReportTurns();
  const { promise: stalled, resolve: go } = Promise.withResolvers<void>();
  const order: string[] = [];
  const make = (name: string, fail = false) =>
    turns.take(async () => {
      order.push(`${name} begins`);
      await stalled;
      order.push(`${name} ends`);
      if (fail) throw new Error(name);
      return name;
    });
  const made = [make('one', true), ...Array.from({ length: 7 }, (_, i) => make(`more ${i}`))];
  const settled = Promise.allSettled(made);
  await expect(make('too many')).rejects.toMatchObject({ code: 'request/too-many' });
  expect(order).toEqual(['one begins']);
  go();
  expect((await settled).map(({ status }) => status)).toEqual([
    'rejected',
    ...Array.from({ length: 7 }, () => 'fulfilled'),
  ]);
  expect(
    order.filter((_, i) => i % 2 === 0).every((step, i) => order[2 * i + 1] === step.replace('begins', 'ends')),
  ).toBe(true);
  expect(await make('later')).toBe('later');
});
