/** A server that could not be asked is asked again after a second, two, four, ... */
const FIRST_MS = 1_000;

/**
 * Milliseconds until the next try after so many failures in a row (1 or more): exponential, at most `max`, and somewhere in
 * the upper half of that, so that gates that failed together do not come back together.
 */
export function backOff(failures: number, max: number, random: () => number): number {
  const whole = Math.min(max, FIRST_MS * 2 ** Math.min(failures - 1, 30));
  return whole * (0.5 + random() / 2);
}

/** Milliseconds between two requests to a server that answers at once. */
export function between({ min, max }: { readonly min: number; readonly max: number }, random: () => number): number {
  return min + (max - min) * random();
}

/**
 * What `Retry-After` asks for (RFC 9110, section 10.2.3), in milliseconds; 0 when it cannot be read. The caller bounds it: a
 * server is not to tell the gate to stay away for good.
 */
export function retryAfter(value: string | undefined, now: Date): number {
  if (value === undefined) return 0;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now.getTime());
}
