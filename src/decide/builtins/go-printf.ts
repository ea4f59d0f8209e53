import { type Argument, type Flags, printArgument } from './go-format.ts';
import { checkSize, MOST_BYTES } from './limits.ts';

/** What Go takes for a width, a precision or an argument's index. */
const MOST = 1_000_000;

/**
 * Go's `fmt.Sprintf`, its errors included: `%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA int64=1)`.
 * @throws RangeError when the text would be too long, TypeError for what `printArgument` does not print
 */
export function sprintf(format: string, args: readonly Argument[]): string {
  return new Printer(format, args).print();
}

class Printer {
  readonly #format: string;
  readonly #args: readonly Argument[];
  #at = 0;
  #next = 0;
  #afterIndex = false;
  #isIndexGood = true;
  #isReordered = false;
  #printed = '';

  constructor(format: string, args: readonly Argument[]) {
    this.#format = format;
    this.#args = args;
  }

  print(): string {
    while (this.#at < this.#format.length) {
      const percent = this.#format.indexOf('%', this.#at);
      const end = percent < 0 ? this.#format.length : percent;
      this.#write(this.#format.slice(this.#at, end));
      this.#at = end + 1;
      if (percent < 0) break;
      this.#verb();
    }
    if (!this.#isReordered && this.#next < this.#args.length) {
      const extra = this.#args.slice(this.#next).map((arg) => `${arg.type}=${printArgument(arg, 'v', noFlags())}`);
      this.#write(`%!(EXTRA ${extra.join(', ')})`);
    }
    return this.#printed;
  }

  #verb(): void {
    const flags = noFlags();
    this.#isIndexGood = true;
    this.#readFlags(flags);
    this.#readIndex();
    this.#readWidth(flags);
    this.#readPrecision(flags);
    if (!this.#afterIndex) this.#readIndex();
    const verb = String.fromCodePoint(this.#format.codePointAt(this.#at) ?? 0);
    if (this.#at >= this.#format.length) {
      this.#write('%!(NOVERB)');
      return;
    }
    this.#at += verb.length;
    const argument = this.#args[this.#next];
    if (verb === '%') this.#write('%');
    else if (!this.#isIndexGood) this.#write(`%!${verb}(BADINDEX)`);
    else if (!argument) this.#write(`%!${verb}(MISSING)`);
    else {
      if (verb === 'v' || verb === 'w') {
        flags.sharpV = flags.sharp;
        flags.plusV = flags.plus;
        flags.sharp = false;
        flags.plus = false;
      }
      this.#next += 1;
      this.#write(printArgument(argument, verb, flags));
    }
  }

  #readFlags(flags: Flags): void {
    for (; ; this.#at += 1) {
      const mark = this.#format[this.#at];
      if (mark === '#') flags.sharp = true;
      else if (mark === '0') flags.zero = true;
      else if (mark === '+') flags.plus = true;
      else if (mark === '-') flags.minus = true;
      else if (mark === ' ') flags.space = true;
      else return;
    }
  }

  #readWidth(flags: Flags): void {
    if (this.#format[this.#at] === '*') {
      this.#at += 1;
      const width = this.#numberArgument();
      if (width === undefined) this.#write('%!(BADWIDTH)');
      flags.width = width === undefined ? undefined : Math.abs(width);
      if (width !== undefined && width < 0) {
        flags.minus = true;
        flags.zero = false;
      }
      this.#afterIndex = false;
      return;
    }
    flags.width = this.#readNumber();
    if (this.#afterIndex && flags.width !== undefined) this.#isIndexGood = false;
  }

  #readPrecision(flags: Flags): void {
    if (this.#format[this.#at] !== '.' || this.#at + 1 >= this.#format.length) return;
    this.#at += 1;
    if (this.#afterIndex) this.#isIndexGood = false;
    this.#readIndex();
    if (this.#format[this.#at] === '*') {
      this.#at += 1;
      const precision = this.#numberArgument();
      flags.precision = precision !== undefined && precision >= 0 ? precision : undefined;
      if (flags.precision === undefined) this.#write('%!(BADPREC)');
      this.#afterIndex = false;
    } else flags.precision = this.#readNumber() ?? 0;
  }

  /** Digits in the format; too large a number ends it. */
  #readNumber(): number | undefined {
    const digits = /^\d+/.exec(this.#format.slice(this.#at, this.#at + 16))?.[0];
    if (digits === undefined) return undefined;
    // Go looks before it takes the last digit.
    if (Number(digits.slice(0, -1)) > MOST) {
      this.#at = this.#format.length;
      return undefined;
    }
    this.#at += digits.length;
    return Number(digits);
  }

  /** `*` takes the next argument. */
  #numberArgument(): number | undefined {
    const argument = this.#args[this.#next];
    if (!argument) return undefined;
    this.#next += 1;
    if (argument.type !== 'int64' || argument.value > MOST || argument.value < -MOST) return undefined;
    return Number(argument.value);
  }

  /** `[3]` */
  #readIndex(): void {
    this.#afterIndex = false;
    if (this.#format[this.#at] !== '[') return;
    this.#isReordered = true;
    const end = this.#format.indexOf(']', this.#at);
    const inside = end < 0 ? '' : this.#format.slice(this.#at + 1, end);
    const index = /^\d{1,16}$/.test(inside) && Number(inside.slice(0, -1)) <= MOST ? Number(inside) - 1 : undefined;
    this.#at = end < 0 ? this.#at + 1 : end + 1;
    this.#afterIndex = index !== undefined;
    if (index !== undefined && index >= 0 && index < this.#args.length) this.#next = index;
    else this.#isIndexGood = false;
  }

  #write(text: string): void {
    this.#printed += text;
    checkSize('sprintf', this.#printed.length, MOST_BYTES, 'characters');
  }
}

function noFlags(): Flags {
  return {
    ...{ sharp: false, zero: false, plus: false, minus: false, space: false, sharpV: false, plusV: false },
    ...{ width: undefined, precision: undefined },
  };
}
