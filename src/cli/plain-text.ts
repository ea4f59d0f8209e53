/**
 * Text of others (agents, upstreams) as it may be shown on a terminal: controls, escape sequences, bidirectional
 * overrides and invisible characters are spelled out instead of obeyed, so that a name cannot repaint the screen or
 * make a line read as another one (CWE-150, CVE-2021-42574).
 */
export function plainText(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, spellOut);
}

function spellOut(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`;
}
