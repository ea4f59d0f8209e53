import { plainText } from '../../cli/plain-text.ts';
import { formatFields, formatTable } from '../../cli/table.ts';
import { ACTION_CLASSES } from '../../describe/action.ts';
import type { RuleContent } from '../contents/rules.ts';
import type { Review } from '../review.ts';
import { authorityText, differenceText, invariantsText } from './authority-text.ts';
import { callsText } from './calls-text.ts';
import { siteFacts } from './site-words.ts';
import { builtInWords, moduleInWords, signatureInWords, verdictOf } from './words.ts';
import { wrap } from './wrap.ts';

/** A review for a terminal, in a hundred columns. Everything of the bundle is made safe to show. */
export function reviewText(review: Review): string {
  const { authority, invariants, difference, calls } = review;
  return [
    summary(review),
    ...(difference === null ? [] : [heading('What changes') + differenceText(difference)]),
    ...(calls === null ? [] : [heading('Calls') + callsText(calls)]),
    findings(review),
    heading('Without a person') + authorityText(authority),
    heading('Invariants') + invariantsText(invariants),
    provenance(review),
    ...(review.site === null ? [] : [heading("The site's bundle") + formatFields(siteFacts(review.site))]),
    contents(review),
  ].join('\n');
}

function summary(review: Review): string {
  return `${wrap(plainText(verdictOf(review).sentence))}\n`;
}

function findings({ findings: found }: Review): string {
  if (found.length === 0) return `${heading('Findings')}none\n`;
  const lines = found.flatMap(({ level, rule, message, fix, at }) => {
    const place = at === undefined ? '' : `${at.file}${at.line === undefined ? '' : `:${at.line}`}`;
    const more = [fix === undefined ? '' : `fix: ${fix}`, place].filter((line) => line !== '').map(plainText);
    return [
      wrap(plainText(`${level}: ${message} [${rule}]`), '', '    '),
      ...more.map((line) => wrap(line, '    ', '      ')),
    ];
  });
  return `${heading('Findings')}${lines.join('\n')}\n`;
}

function provenance({ provenance: from }: Review): string {
  const fields = formatFields([
    ['revision', from.revision],
    ['content', from.contentDigest],
    ['archive', from.archiveDigest],
    ['signature', signatureInWords(from.signature)],
    ['module', moduleInWords(from.module)],
    ['built', builtInWords(from.built)],
    ['roots', from.roots.join(', ')],
  ]);
  const files = from.files.map(({ name, bytes, sha256 }) => [sha256, String(bytes), name]);
  return `${heading('Provenance')}${fields}\n${formatTable(['SHA-256', 'BYTES', 'FILE'], files)}`;
}

function contents({ contents: has, cost }: Review): string {
  const fields = formatFields([
    ['entrypoints', [...has.entrypoints]],
    ['module', `${has.moduleBytes} bytes`],
    ['data', `${has.dataBytes} bytes`],
    ['host builtins', listed(has.builtins.host, 'none')],
    ['native', listed(has.builtins.native, 'not known')],
    ['dearest calls', cost.slowest.flatMap(({ what, fuel }) => narrow(`${fuel} fuel: ${what}`))],
    ['memory', `at most ${cost.memory} bytes`],
  ]);
  const rules = has.rules.map((rule) => [rule.id, rule.effect, rule.needs, asked(rule), rule.title]);
  const settings = has.settings.map(({ name, bytes, members }) => [name, String(bytes), clip(members.join(' '))]);
  return [
    heading('Contents') + fields,
    formatTable(['RULE', 'EFFECT', 'NEEDS', 'ASKED', 'TITLE'], rules),
    formatTable(['SETTING', 'BYTES', 'MEMBERS'], settings),
  ].join('\n');
}

function asked({ asked: classes }: RuleContent): string {
  if (classes.length === 0) return 'never';
  return classes.length === ACTION_CLASSES.length ? 'always' : `${classes.length} of ${ACTION_CLASSES.length} classes`;
}

function listed(names: readonly string[], otherwise: string): readonly string[] {
  return names.length === 0 ? [otherwise] : narrow(names.join(', '));
}

/** Fields are indented, so that their lines have to be shorter. */
function narrow(text: string): readonly string[] {
  return wrap(plainText(text), '', '  ', 84).split('\n');
}

function clip(text: string): string {
  return text.length > 70 ? `${text.slice(0, 67)}...` : text;
}

function heading(name: string): string {
  return `${name}\n${'='.repeat(name.length)}\n`;
}
