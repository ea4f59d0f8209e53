import { SallyportError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { at, listAt, textAt } from './json-fields.ts';
import { parseInteger } from './numbers.ts';

/** A level that was asked for, perhaps in the words of another ladder. */
export interface AskedLevel {
  readonly level: number;
  /** Added to the reason, so that the record names both; empty where a level was asked for as such. */
  readonly words: string;
  /** What else the step may stand for; empty where there is nothing else. */
  readonly note: string;
}

/**
 * Reads a level, or the step of a ladder that stands for one or more levels: the lowest of them, unless `as` names another.
 * @param option what errors call the text
 * @param ladders asks for the answer of `GET /v1/ladders`; only where a ladder is named
 * @throws SallyportError `usage/invalid` that lists what there is
 */
export async function readLevel(
  option: string,
  text: string,
  { ladder, as }: { readonly ladder?: string; readonly as?: string },
  ladders: () => Promise<JsonObject>,
): Promise<AskedLevel> {
  if (ladder === undefined) {
    if (as !== undefined)
      throw new SallyportError('usage/invalid', '--as chooses among the levels of a step: it needs --ladder');
    return { level: parseInteger(option, text, 0, 5), words: '', note: '' };
  }
  const known = at(await ladders(), 'ladders');
  const found = at(known, ladder);
  if (found === undefined) throw unknown('--ladder', ladder, 'ladder', Object.keys(Object(known)));
  const steps = listAt(found, 'steps');
  const step = steps.find((one) => textAt(one, 'name') === text);
  if (step === undefined)
    throw unknown(
      option,
      text,
      `step of ladder ${ladder}`,
      steps.map((one) => textAt(one, 'name')),
    );
  const levels = listAt(step, 'levels').map(Number);
  const [lowest, ...others] = levels;
  const level = as === undefined ? lowest : parseInteger('--as', as, 0, 5);
  if (level === undefined || !levels.includes(level))
    throw unknown('--as', String(as), `level of step ${text}`, levels.map(String));
  const rest = others.length === 0 || as !== undefined ? '' : others.join(', ');
  return {
    level,
    words: ` (step ${text} of ladder ${ladder}: ${textAt(step, 'title')})`,
    note: rest === '' ? '' : `step ${text} of ladder ${ladder} stands for level ${level}; with --as it may be ${rest}`,
  };
}

function unknown(option: string, text: string, what: string, there: readonly string[]): SallyportError {
  return new SallyportError('usage/invalid', `${option}: there is no ${what} ${JSON.stringify(text)}`, {
    fix: there.length === 0 ? 'the policy in force has none' : `there are ${there.join(', ')}`,
  });
}
