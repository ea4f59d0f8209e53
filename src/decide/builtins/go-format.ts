import { formatFloat } from './go-float.ts';
import { canBackquote, isPrintable, quote, quoteRune } from './go-quote.ts';

/** What is printed: Go's string, int64, float64 or *big.Int. */
export type Argument =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int64' | '*big.Int'; readonly value: bigint }
  | { readonly type: 'float64'; readonly value: number };

/** The flags of one verb, as Go's fmt has them. */
export interface Flags {
  sharp: boolean;
  zero: boolean;
  plus: boolean;
  minus: boolean;
  space: boolean;
  /** `%#v` and `%+v`, which numbers and strings mostly do not heed. */
  sharpV: boolean;
  plusV: boolean;
  width: number | undefined;
  precision: number | undefined;
}

/**
 * Prints one argument under a verb as Go's fmt does, `%!d(string=x)` included.
 * @throws TypeError for what nobody prints in a policy: `%b`, `%x` and `#` of fractions, `%p` of a large integer
 */
export function printArgument(argument: Argument, verb: string, flags: Flags): string {
  if (verb === 'T') return pad(truncate(argument.type, flags), flags);
  switch (argument.type) {
    case 'string':
      return printString(argument.value, verb, flags) ?? badVerb(argument, verb, flags);
    case 'int64':
      return printInteger(argument.value, verb, flags) ?? badVerb(argument, verb, flags);
    case '*big.Int':
      return printBig(argument.value, verb, flags);
    case 'float64':
      return printFloat(argument.value, verb, flags) ?? badVerb(argument, verb, flags);
  }
}

function badVerb(argument: Argument, verb: string, flags: Flags): string {
  return `%!${verb}(${argument.type}=${printArgument(argument, 'v', flags)})`;
}

function printString(text: string, verb: string, flags: Flags): string | undefined {
  if (verb === 's' || (verb === 'v' && !flags.sharpV)) return pad(truncate(text, flags), flags);
  if (verb === 'v' || verb === 'q') {
    const kept = truncate(text, flags);
    return pad(flags.sharp && canBackquote(kept) ? `\`${kept}\`` : quote(kept, flags.plus), flags);
  }
  if (verb === 'x' || verb === 'X') return printBytes(text, verb, flags);
  return undefined;
}

function truncate(text: string, { precision }: Flags): string {
  return precision === undefined ? text : Array.from(text).slice(0, precision).join('');
}

function printBytes(text: string, verb: 'x' | 'X', flags: Flags): string {
  const bytes = [...Buffer.from(text)].slice(0, flags.precision);
  const pairs = bytes.map((byte) => byte.toString(16).padStart(2, '0'));
  const printed = pairs.map((pair) => (verb === 'X' ? pair.toUpperCase() : pair));
  const mark = flags.sharp && printed.length > 0 ? `0${verb}` : '';
  return pad(mark + printed.join(flags.space ? ` ${mark}` : ''), flags);
}

const BASES: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

function printInteger(value: bigint, verb: string, flags: Flags): string | undefined {
  const base = Object.hasOwn(BASES, verb) ? BASES[verb] : undefined;
  if (base !== undefined) return printDigits(value, base, verb, flags);
  if (verb === 'c') return pad(runeOf(value), flags);
  if (verb === 'q') return pad(quoteRune(runeOf(value), flags.plus), flags);
  return verb === 'U' ? printUnicode(BigInt.asUintN(64, value), flags) : undefined;
}

function printDigits(value: bigint, base: number, verb: string, flags: Flags): string {
  const { width = 0, precision } = flags;
  if (precision === 0 && value === 0n) return ' '.repeat(width);
  const signed = value < 0n ? '-' : flags.plus ? '+' : flags.space ? ' ' : '';
  let least = precision ?? 0;
  if (precision === undefined && flags.zero && !flags.minus) least = width - signed.length;
  const digits = (value < 0n ? -value : value).toString(base).padStart(least, '0');
  const cased = verb === 'X' ? digits.toUpperCase() : digits;
  return pad(signed + basePrefix(cased, base, verb, flags) + cased, { ...flags, zero: false });
}

function basePrefix(digits: string, base: number, verb: string, flags: Flags): string {
  let prefix = '';
  if (flags.sharp && base === 2) prefix = '0b';
  if (flags.sharp && base === 8 && !digits.startsWith('0')) prefix = '0';
  if (flags.sharp && base === 16) prefix = verb === 'X' ? '0X' : '0x';
  return verb === 'O' ? `0o${prefix}` : prefix;
}

function runeOf(value: bigint): string {
  const isRune = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value <= 0xdfffn);
  return isRune ? String.fromCodePoint(Number(value)) : '\ufffd';
}

function printUnicode(value: bigint, flags: Flags): string {
  const hex = value
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(flags.precision ?? 0, 4), '0');
  const character = runeOf(value);
  const shown = flags.sharp && value <= 0x10ffffn && isPrintable(character) ? ` '${character}'` : '';
  return pad(`U+${hex}${shown}`, { ...flags, zero: false });
}

/** `(*big.Int).Format` */
function printBig(value: bigint, verb: string, flags: Flags): string {
  if (verb === 'p') throw new TypeError('sprintf: %p prints an address, which is another each time');
  const base = verb === 's' ? 10 : Object.hasOwn(BASES, verb) ? BASES[verb] : undefined;
  if (base === undefined) return `%!${verb}(big.Int=${value})`;
  const sign = value < 0n ? '-' : flags.plus || flags.plusV ? '+' : flags.space ? ' ' : '';
  const prefixes: Readonly<Record<string, string>> = { b: '0b', o: '0', x: '0x', X: '0X' };
  const prefix = verb === 'O' ? '0o' : ((flags.sharp || flags.sharpV ? prefixes[verb] : '') ?? '');
  const plain = (value < 0n ? -value : value).toString(base).padStart(flags.precision ?? 0, '0');
  const digits = verb === 'X' ? plain.toUpperCase() : plain;
  const missing = Math.max((flags.width ?? 0) - sign.length - prefix.length - digits.length, 0);
  if (flags.minus) return `${sign}${prefix}${digits}${' '.repeat(missing)}`;
  if (flags.zero && flags.precision === undefined) return `${sign}${prefix}${'0'.repeat(missing)}${digits}`;
  return `${' '.repeat(missing)}${sign}${prefix}${digits}`;
}

const FLOATS: Readonly<Record<string, 'e' | 'f' | 'g'>> = { v: 'g', g: 'g', G: 'g', f: 'f', F: 'f', e: 'e', E: 'e' };

function printFloat(value: number, verb: string, flags: Flags): string | undefined {
  if (['b', 'x', 'X'].includes(verb) || (flags.sharp && Object.hasOwn(FLOATS, verb))) {
    throw new TypeError(
      `sprintf: %${flags.sharp ? '#' : ''}${verb} of a fraction is not printed here; use %v, %f, %e or %g`,
    );
  }
  const kind = Object.hasOwn(FLOATS, verb) ? FLOATS[verb] : undefined;
  if (kind === undefined) return undefined;
  const printed = formatFloat(value, kind, flags.precision ?? (kind === 'g' ? undefined : 6));
  const digits = verb === 'E' || verb === 'G' ? printed.toUpperCase() : printed;
  const sign = value < 0 || Object.is(value, -0) ? '-' : flags.plus ? '+' : flags.space ? ' ' : '';
  const width = flags.width ?? 0;
  if (sign !== '' && flags.zero && !flags.minus) return sign + digits.padStart(width - 1, '0');
  return pad(sign + digits, flags);
}

/** Pads to the width, counted in characters. */
function pad(text: string, { width, zero, minus }: Flags): string {
  if (width === undefined || width === 0) return text;
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  return minus ? text + ' '.repeat(missing) : (zero ? '0' : ' ').repeat(missing) + text;
}
