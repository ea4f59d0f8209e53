import type { Finding } from '../report/finding.ts';
import type { DifferenceSummary } from '../summary/difference-summary.ts';

/** What a bundle gives that the one in force does not: calls that are judged more permissively, rules that are gone. */
export function differenceFindings(difference: DifferenceSummary | null): readonly Finding[] {
  if (difference === null) return [];
  const { rows, rules, against } = difference;
  const looser = rows.filter(({ direction }) => direction === 'more permissive');
  const calls = looser.reduce((sum, { cells }) => sum + cells, 0);
  const than = `than under ${against.revision === '' ? 'the old one' : `revision ${against.revision}`}`;
  const [first] = looser;
  return [
    ...(first === undefined
      ? []
      : [
          {
            rule: 'more-permissive',
            level: 'warning' as const,
            message: `${calls} of ${difference.compared} calls are judged more permissively ${than}; most of them: ${first.says}`,
            fix: 'see under what changes that each of them is meant',
          },
        ]),
    ...rules
      .filter(({ change }) => change === 'removed')
      .map(({ id, title }) => ({
        rule: 'rule-removed',
        level: 'warning' as const,
        message: `rule ${id} (${title}) is gone`,
        fix: 'see that what it guarded is guarded by another one',
      })),
  ];
}
