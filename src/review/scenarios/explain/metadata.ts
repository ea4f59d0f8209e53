import { parse } from 'yaml';
import { isObject } from '../../../json.ts';

/** What a rule's author says that it does: the description in the METADATA on its `answer`; undefined when there is none. */
export function descriptionOf(source: string): string | undefined {
  const lines = source.split('\n');
  const answer = lines.findIndex((line) => /^(default )?answer\b/.test(line));
  let start = answer;
  while (start > 0 && lines[start - 1]?.startsWith('#')) start -= 1;
  const comment = lines.slice(start, answer).map((line) => line.replace(/^# ?/, ''));
  const at = comment.indexOf('METADATA');
  if (answer === -1 || at === -1) return undefined;
  try {
    const metadata: unknown = parse(comment.slice(at + 1).join('\n'), { maxAliasCount: 0 });
    const { description } = isObject(metadata) ? metadata : {};
    return typeof description === 'string' ? description.trim().replaceAll('\n', ' ') : undefined;
  } catch {
    return undefined;
  }
}
