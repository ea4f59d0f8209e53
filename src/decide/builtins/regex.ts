import { type Matcher, RE2JS } from 're2js';

/** What one call may cost: the pattern's instructions, times characters, times searches. */
const MOST_STEPS = 200_000_000;
const MOST_PATTERN = 8_192;
const MOST_COMPILED = 100;

const compiled = new Map<string, RE2JS>();

/** A match as Go's regexp gives it: start and end of the whole and of each group, -1 where a group did not take part. */
export interface Match {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}

/**
 * A pattern in the syntax of RE2; undefined when it is none.
 * @throws RangeError for one that is too long
 */
export function compileRegex(pattern: string): RE2JS | undefined {
  const known = compiled.get(pattern);
  if (known) return known;
  if (pattern.length > MOST_PATTERN)
    throw new RangeError(`a regular expression is longer than ${MOST_PATTERN} characters`);
  try {
    const regex = RE2JS.compile(pattern);
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    compiled.set(pattern, regex);
    return regex;
  } catch {
    return undefined;
  }
}

/** Whether a pattern matches anywhere in a text. */
export function matchesAnywhere(regex: RE2JS, text: string): boolean {
  spend(regex, text, 0, 0);
  return regex.matcher(text).find();
}

/**
 * All matches from left to right, as Go's `FindAll` takes them: an empty one right behind another does not count.
 * @throws RangeError when it takes too many steps
 */
export function allMatches(regex: RE2JS, text: string, most = Number.POSITIVE_INFINITY): readonly Match[] {
  const matcher = regex.matcher(text);
  const found: Match[] = [];
  let steps = 0;
  let at = 0;
  let lastEnd = -1;
  while (found.length < most && at <= text.length) {
    steps = spend(regex, text, at, steps);
    if (!matcher.find(at)) break;
    const match = matchOf(matcher, regex.groupCount());
    if (match.end === at && match.start === lastEnd) at = next(text, at);
    else {
      found.push(match);
      at = match.end === at ? next(text, at) : match.end;
    }
    lastEnd = match.end;
  }
  return found;
}

function matchOf(matcher: Matcher, count: number): Match {
  const groups = Array.from({ length: count + 1 }, (_, index) => matcher.group(index) ?? undefined);
  return { start: matcher.start(), end: matcher.end(), groups };
}

function next(text: string, at: number): number {
  return at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
}

function spend(regex: RE2JS, text: string, at: number, spent: number): number {
  const steps = spent + regex.programSize() * (text.length - at + 1);
  if (steps > MOST_STEPS)
    throw new RangeError('a regular expression has too much to search; make it or the text shorter');
  return steps;
}

/** Go's `Regexp.Expand`: `$1`, `${1}`, `$name`, `$$`; a group that is not there is empty. */
export function expandTemplate(template: string, match: Match, names: Readonly<Record<string, number>>): string {
  return template.replace(/\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))?/gu, (whole, dollar, braced, bare) => {
    if (dollar !== undefined) return '$';
    const name: string | undefined = braced ?? bare;
    if (name === undefined) return whole;
    const isNumber = /^(?:0|[1-9]\d{0,8})$/.test(name);
    const index = isNumber ? Number(name) : Object.hasOwn(names, name) ? names[name] : undefined;
    return index === undefined ? '' : (match.groups[index] ?? '');
  });
}
