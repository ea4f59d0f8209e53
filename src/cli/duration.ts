import { SallyportError } from '../errors.ts';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `30m`, `8h`, `7d` in seconds. @throws SallyportError `usage/invalid`. */
export function parseDuration(option: string, text: string): number {
  const [, count, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const seconds = SECONDS[unit ?? ''];
  if (count !== undefined && seconds !== undefined) return Number(count) * seconds;
  throw new SallyportError('usage/invalid', `${option}: ${JSON.stringify(text)} is not a duration`, {
    fix: 'a number and s, m, h or d: 30m, 8h, 7d',
  });
}

/**
 * A point in time: RFC 3339 as it is, a duration counted from `now`.
 * @throws SallyportError `usage/invalid`.
 */
export function parseMoment(option: string, text: string, now: Date): string {
  if (/^\d+[smhd]$/.test(text)) return new Date(now.getTime() + parseDuration(option, text) * 1000).toISOString();
  const withOffset = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/i.test(text);
  const time = withOffset ? new Date(text) : undefined;
  if (time !== undefined && !Number.isNaN(time.getTime())) return time.toISOString();
  throw new SallyportError('usage/invalid', `${option}: ${JSON.stringify(text)} is not a time`, {
    fix: 'a time with its offset (2030-01-31T18:00:00Z) or a duration (30m, 8h)',
  });
}

/**
 * A point in time: RFC 3339 as it is, a duration counted back from `now`.
 * @throws SallyportError `usage/invalid`.
 */
export function parsePast(option: string, text: string, now: Date): string {
  if (!/^\d+[smhd]$/.test(text)) return parseMoment(option, text, now);
  return new Date(now.getTime() - parseDuration(option, text) * 1000).toISOString();
}
