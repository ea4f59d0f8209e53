const NUMBER = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/;
/** Beyond this an integer is not written out: it would be as many digits. */
const MOST_EXPONENT = 1_000;

/** A number as it is written in JSON; nothing is lost of large integers and long fractions. */
export class RegoNumber {
  readonly text: string;

  constructor(value: string | number | bigint) {
    this.text = String(value);
  }

  /** The integer that the text spells with digits only, as Go's `strconv` reads one; undefined for `1.0` and `1e3`. */
  get digits(): bigint | undefined {
    return /^-?\d+$/.test(this.text) ? BigInt(this.text) : undefined;
  }

  /** The integer that the number is worth, also of `1.0` and `1e3`; undefined when it is none, or too long to write out. */
  get integer(): bigint | undefined {
    const { coefficient, exponent } = decimalOf(this.text);
    if (coefficient === 0n) return 0n;
    if (exponent < 0 || exponent > MOST_EXPONENT) return undefined;
    return coefficient * 10n ** BigInt(exponent);
  }

  get float(): number {
    return Number(this.text);
  }

  compare(other: RegoNumber): number {
    const a = decimalOf(this.text);
    const b = decimalOf(other.text);
    const signs = signOf(a.coefficient) - signOf(b.coefficient);
    if (signs !== 0 || a.coefficient === 0n) return signs;
    const magnitudes = magnitudeOf(a) - magnitudeOf(b);
    if (magnitudes !== 0) return magnitudes * signOf(a.coefficient);
    // Of one magnitude, the exponents differ by no more than the digits that there are.
    const least = Math.min(a.exponent, b.exponent);
    const [x, y] = [a, b].map((one) => one.coefficient * 10n ** BigInt(one.exponent - least));
    return x === y ? 0 : Number((x ?? 0n) > (y ?? 0n)) * 2 - 1;
  }
}

interface Decimal {
  /** Without zeros at its end. */
  readonly coefficient: bigint;
  readonly exponent: number;
}

function decimalOf(text: string): Decimal {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const all = whole + fraction;
  let kept = all.length;
  while (kept > 0 && all[kept - 1] === '0') kept -= 1;
  if (kept === 0) return { coefficient: 0n, exponent: 0 };
  const coefficient = BigInt(all.slice(0, kept));
  return {
    coefficient: sign === '' ? coefficient : -coefficient,
    exponent: Number(exponent) - fraction.length + all.length - kept,
  };
}

function magnitudeOf({ coefficient, exponent }: Decimal): number {
  return String(coefficient).replace('-', '').length + exponent;
}

function signOf(value: bigint): number {
  return value < 0n ? -1 : Number(value > 0n);
}
