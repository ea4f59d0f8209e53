import { isObject, type Json } from '../json.ts';
import { at, listAt, textAt } from './json-fields.ts';

/** How it was found out whether an act worked, and what was seen on the way. */
export function verificationLines(verification: Json | undefined): readonly string[] {
  if (!isObject(verification)) return [];
  const why = textAt(verification, 'why');
  const state = textAt(verification, 'state');
  const head = why === '' ? (WAITING[state] ?? state) : `${state}: ${why}`;
  return [
    head,
    canaryLine(at(verification, 'canary')),
    ...listAt(verification, 'seen').map(seenLine),
    fallbackLine(verification),
  ];
}

const WAITING: Readonly<Record<string, string>> = {
  awaiting: 'awaiting: the call is on its way',
  running: 'running: it is not known yet whether it worked',
};

function canaryLine(canary: Json | undefined): string {
  if (!isObject(canary)) return '';
  const { from, first, to, step } = canary;
  return `from ${from} to ${to} replicas, ${first} first${step === 'rest' ? '; the rest followed' : ''}`;
}

function seenLine(seen: Json): string {
  return `${textAt(seen, 'at')} ${textAt(seen, 'state')}: ${textAt(seen, 'saw')}`;
}

function fallbackLine(verification: Json): string {
  const fallback = textAt(verification, 'fallback');
  if (fallback === 'promised') return 'what does not succeed is taken back by the gate';
  if (fallback === 'due') return 'the gate takes it back';
  return fallback === 'done' ? 'the gate was to take it back' : '';
}
