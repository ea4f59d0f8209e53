import { plainText } from '../../cli/plain-text.ts';
import { groupAlone } from '../summary/alone-groups.ts';
import type { AuthorityRow, AuthoritySummary } from '../summary/authority-summary.ts';
import type { DifferenceSummary } from '../summary/difference-summary.ts';
import type { InvariantSummary } from '../summary/invariants-summary.ts';
import { counted } from './words.ts';
import { wrap } from './wrap.ts';

/** Who may do what without a person, then the whole matrix, in lines. */
export function authorityText(authority: AuthoritySummary): string {
  const alone = groupAlone(authority).flatMap(({ environments, rows }) => [
    '',
    `In ${environments.join(', ')}:`,
    ...rows.flatMap(({ levels, may }) => [
      `  level ${levels.join(', ')}`,
      ...(may.length === 0 ? ['    nothing'] : []),
      ...may.map(({ acts, circumstances, obligations }) => {
        const when = circumstances === 'every call' ? '' : `: ${circumstances}`;
        const besides = obligations.length === 0 ? '' : ` (the gate: ${obligations.join(', ')})`;
        return wrap(plainText(`${acts.join(', ')}${when}${besides}`), '    ', '      ');
      }),
    ]),
  ]);
  const matrix = [
    '',
    `The ${authority.cells} calls of the matrix, folded:`,
    ...authority.rows.map(rowText),
    ...authority.special.flatMap(({ title, rows }) => [`Ordinary calls, by ${title}:`, ...rows.map(rowText)]),
  ];
  return `${alone.slice(1).map(safe).join('\n')}\n${matrix.map(safe).join('\n')}\n`;
}

/** Statements: the broken ones with their counterexamples, the others by name. */
export function invariantsText(invariants: readonly InvariantSummary[]): string {
  const broken = invariants.filter((one) => one.broken > 0);
  const lines = broken.flatMap(({ name, broken: count, checked, counterexample, file, line }) => [
    wrap(plainText(`BROKEN ${name}: in ${count} of ${checked} calls (${file}:${line})`), '', '    '),
    wrap(plainText(counterexample ?? ''), '    '),
  ]);
  const kept = invariants.filter((one) => one.broken === 0).map(({ name }) => name);
  return `${[...lines, wrap(plainText(`hold: ${kept.join(', ')}`), '', '    ')].join('\n')}\n`;
}

/** What changes against another bundle, in lines. */
export function differenceText({ against, compared, rows, rules, settings }: DifferenceSummary): string {
  const lines = [
    wrap(
      plainText(
        `against revision ${against.revision} (${against.contentDigest}), ${counted(compared, 'call')} compared`,
      ),
    ),
    ...rows.map(({ direction, says, cells }) =>
      wrap(plainText(`${direction}: ${says} (${counted(cells, 'call')})`), '  ', '      '),
    ),
    ...rules.map(({ id, change, title }) => plainText(`  rule ${change}: ${id} (${title})`)),
    ...settings.map(({ path, before, after }) =>
      wrap(plainText(`setting ${path}: ${before} -> ${after}`), '  ', '      '),
    ),
    ...(rows.length + rules.length + settings.length === 0 ? ['  they say the same to all of them'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function rowText({ calls, outcome, people, cells }: AuthorityRow): string {
  const verdict = { deny: 'refused', allow: 'alone', hold: people === 0 ? 'waits' : `${counted(people, 'approval')}` }[
    outcome
  ];
  return wrap(plainText(`${verdict.padEnd(11)} ${String(cells).padStart(6)}  ${calls}`), '  ', ' '.repeat(21));
}

function safe(line: string): string {
  return line.split('\n').map(plainText).join('\n');
}
