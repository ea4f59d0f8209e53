import { isObject, type Json, type JsonObject } from '../../../json.ts';

/** An event of the log as the review reads it. */
export interface ReadEvent {
  readonly kind: string;
  readonly id: string;
  readonly time: string;
  readonly body: JsonObject;
}

/** A member that is text; empty where it is none. */
export function textIn(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The level of an agent as an event has it. */
export function levelIn(agent: Json | undefined): number | null {
  const level = isObject(agent) ? agent.level : undefined;
  return typeof level === 'number' ? level : null;
}

/** For sorting: by code units, so that it is the same everywhere. */
export function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
