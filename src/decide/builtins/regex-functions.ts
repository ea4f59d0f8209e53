import { RE2JS } from 're2js';
import type { Term } from '../terms/term.ts';
import { checkSize, MOST_BYTES, MOST_ELEMENTS } from './limits.ts';
import { intOperand, textOperand } from './operands.ts';
import { allMatches, compileRegex, expandTemplate, matchesAnywhere } from './regex.ts';

// OPA's functions of regular expressions (v1/topdown/regex.go of OPA 1.22) that are not native to its modules.

/** `regex.split(pattern, text)` */
export function splitRegex(pattern: Term | undefined, text: Term | undefined): Term | undefined {
  const [expression, value] = [textOperand(pattern), textOperand(text)];
  const regex = expression === undefined || value === undefined ? undefined : compileRegex(expression);
  if (!regex || value === undefined) return undefined;
  if (value === '') return expression === '' ? [] : [''];
  const parts: string[] = [];
  let begin = 0;
  let end = 0;
  for (const match of allMatches(regex, value)) {
    end = match.start;
    if (match.end !== 0) parts.push(value.slice(begin, end));
    begin = match.end;
    checkSize('regex.split', parts.length, MOST_ELEMENTS, 'parts');
  }
  if (end !== value.length) parts.push(value.slice(begin));
  return parts;
}

/** `regex.find_n(pattern, text, n)`: the first n matches, all when n is negative. */
export function findN(pattern: Term | undefined, text: Term | undefined, n: Term | undefined): Term | undefined {
  const [expression, value, count] = [textOperand(pattern), textOperand(text), intOperand(n)];
  if (expression === undefined || value === undefined || count === undefined) return undefined;
  const regex = compileRegex(expression);
  const most = count < 0n ? Number.POSITIVE_INFINITY : Number(count);
  const found = regex && allMatches(regex, value, most);
  if (found) checkSize('regex.find_n', found.length, MOST_ELEMENTS, 'matches');
  return found?.map(({ start, end }) => value.slice(start, end));
}

/** `regex.replace(text, pattern, template)` */
export function replaceRegex(
  text: Term | undefined,
  pattern: Term | undefined,
  template: Term | undefined,
): Term | undefined {
  const [value, expression, replacement] = [textOperand(text), textOperand(pattern), textOperand(template)];
  if (value === undefined || expression === undefined || replacement === undefined) return undefined;
  const regex = compileRegex(expression);
  if (!regex) return undefined;
  let replaced = '';
  let end = 0;
  for (const match of allMatches(regex, value)) {
    replaced += value.slice(end, match.start) + expandTemplate(replacement, match, regex.namedGroups());
    end = match.end;
    checkSize('regex.replace', replaced.length, MOST_BYTES, 'characters');
  }
  return replaced + value.slice(end);
}

/** `regex.template_match(template, text, start, end)`: regular expressions between delimiters, all else as it stands. */
export function templateMatch(...operands: readonly Term[]): Term | undefined {
  const [template, text, start, end] = operands.map(textOperand);
  if (template === undefined || text === undefined || start === undefined || end === undefined) return undefined;
  if (Buffer.byteLength(start) !== 1 || Buffer.byteLength(end) !== 1) return undefined;
  const pattern = templatePattern(template, start, end);
  const regex = pattern === undefined ? undefined : compileRegex(pattern);
  return regex && matchesAnywhere(regex, text);
}

function templatePattern(template: string, start: string, end: string): string | undefined {
  let pattern = '^';
  let level = 0;
  let from = 0;
  for (const [at, character] of template.split('').entries()) {
    if (character === start) {
      level += 1;
      if (level !== 1) continue;
      pattern += RE2JS.quote(template.slice(from, at));
      from = at + 1;
    } else if (character === end) {
      level -= 1;
      if (level < 0) return undefined;
      if (level > 0) continue;
      const part = template.slice(from, at);
      if (!compileRegex(`^${part}$`)) return undefined;
      pattern += `(${part})`;
      from = at + 1;
    }
  }
  return level === 0 ? `${pattern}${RE2JS.quote(template.slice(from))}$` : undefined;
}
