import { RE2JS } from 're2js';

const LONGEST_PATTERN = 2_000;
const MOST_WORK = 20_000_000;

/**
 * A pattern as Go's `regexp` reads it; undefined where it is none.
 * @throws TypeError when it is too long to be used
 */
export function compilePattern(pattern: string): RE2JS | undefined {
  if (pattern.length > LONGEST_PATTERN) throw new TypeError(`a pattern is longer than ${LONGEST_PATTERN} characters`);
  try {
    return RE2JS.compile(pattern);
  } catch {
    return undefined;
  }
}

/** Whether the pattern matches anywhere in the text. @throws TypeError when that would be too much work */
export function matchesPattern(pattern: RE2JS, text: string): boolean {
  if (pattern.programSize() * text.length > MOST_WORK) throw new TypeError('a pattern is too much work for its text');
  return pattern.matcher(text).find();
}
