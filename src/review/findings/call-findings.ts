import type { CallsReport } from '../calls/compare-calls.ts';
import { flipInWords } from '../report/calls-text.ts';
import type { Finding } from '../report/finding.ts';

/** Calls that the bundle judges more permissively than they were judged before. */
export function callFindings(report: CallsReport | null): readonly Finding[] {
  const looser = report?.flips.filter(({ direction }) => direction === 'looser') ?? [];
  return looser.map((flip) => ({
    rule: 'more-permissive',
    level: 'warning',
    message: `${flipInWords(flip)}, for example ${flip.examples[0]}`,
    fix: 'see that it is meant',
  }));
}
