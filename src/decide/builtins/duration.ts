const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3, // U+00B5
  μs: 1e3, // U+03BC
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const HOURS: Readonly<Record<string, number>> = { d: 24, w: 7 * 24, y: 365 * 24 };
const LIMIT = 2n ** 63n;

/**
 * A duration as OPA reads it: Go's `time.ParseDuration`, and days, weeks and years of 24, 168 and 8,760 hours.
 * Nanoseconds, or undefined where OPA says error.
 */
export function parseDuration(text: string): bigint | undefined {
  if (!/[dwy]/.test(text)) return parseGoDuration(text);
  if (!/^[-+]?(?:[0-9.]+(?:ms|us|µs|ns|[a-z]))+$/.test(text)) return undefined;
  let invalid = false;
  const rewritten = text.replace(/([0-9.]+)(ms|us|µs|ns|[a-z])/g, (segment, digits: string, unit: string) => {
    const hours = HOURS[unit];
    if (hours === undefined) return segment;
    const total = Number(digits) * hours;
    if (!Number.isFinite(total)) invalid = true;
    return `${invalid ? 0 : plainDecimal(total)}h`;
  });
  return invalid ? undefined : parseGoDuration(rewritten);
}

/** Go's `time.ParseDuration`, with its mix of integer and floating arithmetic. */
function parseGoDuration(text: string): bigint | undefined {
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  let rest = text.slice(sign.length);
  if (rest === '0') return 0n;
  if (rest === '') return undefined;
  let total = 0n;
  while (rest !== '') {
    const match = /^([0-9]*)(?:(\.)([0-9]*))?([^.0-9]+)/.exec(rest);
    if (!match) return undefined;
    const [all, whole = '', , fraction = '', unit = ''] = match;
    if (whole === '' && fraction === '') return undefined;
    const size = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (size === undefined) return undefined;
    let value = BigInt(whole === '' ? 0 : whole) * BigInt(size);
    if (value > LIMIT) return undefined;
    value += fractionOf(fraction, size);
    total += value;
    if (value > LIMIT || total > LIMIT) return undefined;
    rest = rest.slice(all.length);
  }
  if (sign === '-') return -total;
  return total > LIMIT - 1n ? undefined : total;
}

/** Go's `leadingFraction`: digits that no longer fit 63 bits are ignored. */
function fractionOf(digits: string, size: number): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (value > (LIMIT - 1n) / 10n || next > LIMIT) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (size / scale)));
}

/** A number without an exponent, as Go's `FormatFloat(x, 'f', -1, 64)` prints it. */
function plainDecimal(value: number): string {
  const text = String(value);
  const small = /^(\d)(?:\.(\d+))?e-(\d+)$/.exec(text);
  if (small) return `0.${'0'.repeat(Number(small[3]) - 1)}${small[1]}${small[2] ?? ''}`;
  return text.includes('e') ? BigInt(value).toString() : text;
}
