import { SallyportError } from '../errors.ts';
import type { Document } from '../record/store.ts';
import { type Intent, intentFromJson } from './intent.ts';

/** An intent as the store has it. */
export interface Kept {
  readonly intent: Intent;
  readonly version: number;
}

/** Why an intent is over, for whoever still acts for it. */
export function endedBecause({ id, until, closed }: Intent): string {
  if (closed === null || closed.outcome === 'expired') return `intent ${id} was open until ${until}`;
  return `intent ${id} was closed at ${closed.at} by ${closed.by}: ${closed.outcome}`;
}

/** What an intent has no room for. */
export function tooMuch(what: string): SallyportError {
  return new SallyportError('request/too-many', `an intent holds no more than ${what}`, {
    fix: 'close it and open another one, with what still counts',
  });
}

/** @throws SallyportError `record/unavailable` when the document is none */
export function readKept(document: Document): Kept {
  const intent = intentFromJson(document.body);
  if (intent !== undefined) return { intent, version: document.version };
  // Calls are judged by what it says, so the gate does not guess.
  throw new SallyportError('record/unavailable', `intent ${document.id} in the store cannot be read`, {
    fix: 'restore the store from a copy, or run the version of sallyport that wrote it',
  });
}

/** Whether somebody else was quicker. */
export function isConflict(thrown: unknown): boolean {
  return thrown instanceof SallyportError && thrown.code === 'record/conflict';
}
