import { messageOf, SallyportError } from '../errors.ts';
import { canonicalJson, isObject, type Json } from '../json.ts';
import type { EventKind, LogEvent } from './store.ts';

/** A kind is stored as its place in this list: append to it, never reorder it. */
export const KINDS: readonly EventKind[] = ['asked', 'decided', 'outcome', 'changed', 'gate'];

const ENVELOPE = ['v', 'kind', 'id', 'time'];

/**
 * The leaf of an event: canonical JSON (RFC 8785) of `{v: 1, kind, id, time, ...body}`.
 * @throws SallyportError `record/unavailable` when the event has no such form (a lone surrogate, NaN, a name of the
 *   envelope in its body): what cannot be recorded must not be done.
 */
export function leafOf(event: LogEvent): string {
  try {
    for (const name of ENVELOPE) {
      if (Object.hasOwn(event.body, name)) throw new TypeError(`its body uses the envelope's name "${name}"`);
    }
    return canonicalJson({ v: 1, kind: event.kind, id: event.id, time: event.time, ...event.body });
  } catch (thrown) {
    throw new SallyportError(
      'record/unavailable',
      `the ${event.kind} event ${event.id} cannot be recorded: ${messageOf(thrown)}`,
      { cause: thrown },
    );
  }
}

/** What decisions are listed by; null where the event does not say. `time` is in milliseconds since the epoch. */
export type Listing = readonly [time: number, did: string | null, agent: string | null, route: string | null];

/**
 * Reads a `decided` event's listing: `body.did`, `body.agent.id`, `body.call.route`.
 * @throws SallyportError `record/unavailable` when its time is none.
 */
export function listingOf(event: LogEvent): Listing {
  const { did, agent, call } = event.body;
  const { id } = isObject(agent) ? agent : {};
  const { route } = isObject(call) ? call : {};
  return [instantOf(event.time), textOf(did), textOf(id), textOf(route)];
}

/** Milliseconds since the epoch of an RFC 3339 time. @throws SallyportError `record/unavailable` when it is none. */
export function instantOf(time: string): number {
  const instant = Date.parse(time);
  if (Number.isNaN(instant)) throw new SallyportError('record/unavailable', `"${time}" is no RFC 3339 time`);
  return instant;
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
