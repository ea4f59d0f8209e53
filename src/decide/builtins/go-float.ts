/** Decimal digits of a positive number: 0.d1d2d3... times 10^point. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/**
 * A finite number as Go's `strconv.FormatFloat(value, verb, precision, 64)` prints it, without its sign; precision
 * undefined is as many digits as tell it from others.
 */
export function formatFloat(value: number, verb: 'e' | 'f' | 'g', precision: number | undefined): string {
  const magnitude = Math.abs(value);
  if (verb === 'f') {
    if (precision === undefined) return printFixed(shortest(magnitude), undefined);
    return printFixed(
      roundAt(exact(magnitude), (point) => point + precision),
      precision,
    );
  }
  if (verb === 'e') {
    if (precision === undefined) return printExponent(shortest(magnitude), undefined);
    return printExponent(
      roundAt(exact(magnitude), () => precision + 1),
      precision,
    );
  }
  return printGeneral(magnitude, precision);
}

function printGeneral(magnitude: number, precision: number | undefined): string {
  const wanted = precision === 0 ? 1 : precision;
  const decimal = wanted === undefined ? shortest(magnitude) : roundAt(exact(magnitude), () => wanted);
  const digits = decimal.digits.replace(/0+$/, '');
  let limit = wanted ?? 6;
  if (wanted !== undefined && limit > digits.length && digits.length >= decimal.point) limit = digits.length;
  const exponent = decimal.point - 1;
  if (digits !== '' && (exponent < -4 || exponent >= limit)) {
    return printExponent({ digits, point: decimal.point }, digits.length - 1);
  }
  return printFixed({ digits, point: decimal.point }, Math.max(digits.length - decimal.point, 0));
}

function printFixed({ digits, point }: Decimal, precision: number | undefined): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const rest = '0'.repeat(Math.max(-point, 0)) + digits.slice(Math.max(point, 0));
  const fraction = precision === undefined ? rest : rest.slice(0, precision).padEnd(precision, '0');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

function printExponent({ digits, point }: Decimal, precision: number | undefined): string {
  const first = digits.slice(0, 1) || '0';
  const rest = digits.slice(1);
  const fraction = precision === undefined ? rest : rest.slice(0, precision).padEnd(precision, '0');
  const exponent = digits === '' ? 0 : point - 1;
  const sign = exponent < 0 ? '-' : '+';
  return `${first}${fraction === '' ? '' : `.${fraction}`}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** The shortest digits that stand for the number. */
function shortest(magnitude: number): Decimal {
  const [, first = '', rest = '', exponent = '0'] =
    /^(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(magnitude.toExponential()) ?? [];
  if (magnitude === 0) return { digits: '', point: 0 };
  return { digits: first + rest, point: Number(exponent) + 1 };
}

/** All digits of the number: every double has finitely many. */
function exact(magnitude: number): Decimal {
  if (magnitude === 0) return { digits: '', point: 0 };
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, magnitude);
  const raw = bits.getBigUint64(0);
  const biased = Number(raw >> 52n);
  const mantissa = (raw & ((1n << 52n) - 1n)) | (biased === 0 ? 0n : 1n << 52n);
  const power = Math.max(biased, 1) - 1075;
  if (power >= 0) {
    const digits = String(mantissa << BigInt(power));
    return { digits, point: digits.length };
  }
  // m / 2^k is m * 5^k / 10^k
  const digits = String(mantissa * 5n ** BigInt(-power));
  return { digits, point: digits.length + power };
}

/** Rounds to so many digits (counted from the first one), half to even. */
function roundAt({ digits, point }: Decimal, keep: (point: number) => number): Decimal {
  const kept = keep(point);
  if (kept < 0) return { digits: '', point: 0 };
  if (kept >= digits.length) return { digits, point };
  const head = digits.slice(0, kept);
  const tail = digits.slice(kept);
  const half = `5${'0'.repeat(tail.length - 1)}`;
  const isUp = tail > half || (tail === half && Number(head.at(-1) ?? '0') % 2 === 1);
  if (!isUp) return head === '' ? { digits: '', point: 0 } : { digits: head, point };
  const up = String(BigInt(head === '' ? '0' : head) + 1n).padStart(kept, '0');
  return { digits: up, point: point + up.length - kept };
}
