import { randomUUID } from 'node:crypto';

/** A decision's id: a UUID of version 7 (RFC 9562), so that ids sort by the time of the call. @param now milliseconds */
export function newDecisionId(now: number): string {
  const random = randomUUID();
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${random.slice(15)}`;
}
