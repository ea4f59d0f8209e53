import { plainText } from '../../cli/plain-text.ts';
import type { CallsReport } from '../calls/compare-calls.ts';
import type { Flip } from '../calls/flips.ts';
import type { Replay } from '../replay/replay.ts';
import { counted } from './words.ts';
import { wrap } from './wrap.ts';

/** What became of given or recorded calls, in lines. */
export function callsText(report: CallsReport): string {
  const { source, against, judged, alone, same, flips, unusable } = report;
  const compared = judged - alone;
  const lines = [
    wrap(
      plainText(
        `${counted(judged, 'call')} of ${source}, ${compared} compared with ${against}: ${same} came out the same.`,
      ),
    ),
    ...(alone === 0 ? [] : [`${counted(alone, 'call')} had nothing to be compared with.`]),
    ...unusable.map(({ why, calls }) => wrap(plainText(`${counted(calls, 'decision')} not judged: ${why}`))),
    ...flipLines(flips),
  ];
  return `${lines.join('\n')}\n`;
}

/** What came of judging decisions again, in lines. */
export function replayText({ by, judged, same, differing, flips, neverJudged, lost }: Replay): string {
  const lines = [
    wrap(plainText(`${counted(judged, 'decision')} judged again by ${by}: ${same} came out the same.`)),
    ...differing.map(({ name, differs }) => plainText(`${name}: not the same ${differs.join(', ')} as on the record`)),
    ...flipLines(flips),
    ...(neverJudged === 0
      ? []
      : [`${counted(neverJudged, 'decision')} of the gate itself: no policy was asked, nothing to judge.`]),
    ...(lost.length === 0 ? [] : [`${counted(lost.length, 'decision')} could not be judged again:`]),
    ...lost.map(({ name, why }) => wrap(plainText(`${name}: ${why}`), '  ', '    ')),
  ];
  return `${lines.join('\n')}\n`;
}

function flipLines(flips: readonly Flip[]): readonly string[] {
  return flips.flatMap((flip) => [
    wrap(plainText(flipInWords(flip)), flip.direction === 'looser' ? '! ' : '  ', '    '),
    wrap(plainText(flip.why), '    '),
    wrap(plainText(`for example ${flip.examples.join(', ')}`), '    '),
  ]);
}

/** `more permissive: 3 calls of kubernetes:pods:delete in dev, deny becomes allow (level/table)` */
export function flipInWords({ direction, from, to, action, environment, rules, calls }: Flip): string {
  const change = from === to ? `${to}, on other terms` : `${from} becomes ${to}`;
  const how = direction === 'looser' ? 'more permissive' : 'stricter';
  return `${how}: ${counted(calls, 'call')} of ${action} in ${environment}, ${change} (${rules.join(', ')})`;
}
