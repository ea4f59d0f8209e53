import { MONTHS, nextChunk, patternOf, WEEKDAYS } from './go-layout.ts';
import { nanosOf } from './instant.ts';

/**
 * Go's `time.Parse(layout, value)` on a machine whose zone is UTC, as nanoseconds; undefined where it, or OPA, says
 * error. A zone's abbreviation that nobody declares counts as UTC, as there.
 */
export function parseTime(layout: string, value: string): bigint | undefined {
  return new TimeParser(patternOf(layout), value).parse();
}

/** What was read. */
interface Fields {
  year: number;
  month: number | undefined;
  day: number | undefined;
  yearDay: number | undefined;
  hour: number;
  minute: number;
  second: number;
  nanos: number;
  half: 'AM' | 'PM' | undefined;
  isUtc: boolean;
  offset: number | undefined;
}

class TimeParser {
  #pattern: string;
  #value: string;
  readonly #fields: Fields = {
    ...{ year: 0, month: undefined, day: undefined, yearDay: undefined, hour: 0, minute: 0, second: 0, nanos: 0 },
    ...{ half: undefined, isUtc: false, offset: undefined },
  };

  constructor(pattern: string, value: string) {
    this.#pattern = pattern;
    this.#value = value;
  }

  parse(): bigint | undefined {
    for (;;) {
      const { prefix, chunk, rest } = nextChunk(this.#pattern);
      if (!this.#skip(prefix)) return undefined;
      if (chunk === '') return this.#value === '' ? this.#instant() : undefined;
      this.#pattern = rest;
      if (!(this.#readDate(chunk) ?? this.#readClock(chunk) ?? this.#readZone(chunk))) return undefined;
    }
  }

  /** What stands for itself; spaces match any number of them, also none at the value's end. */
  #skip(prefix: string): boolean {
    let left = prefix;
    while (left !== '') {
      if (left.startsWith(' ')) {
        if (this.#value !== '' && !this.#value.startsWith(' ')) return false;
        left = left.replace(/^ +/, '');
        this.#value = this.#value.replace(/^ +/, '');
      } else {
        if (this.#value[0] !== left[0]) return false;
        left = left.slice(1);
        this.#value = this.#value.slice(1);
      }
    }
    return true;
  }

  /** Whether the value has a date's part; undefined when the chunk is none. */
  #readDate(chunk: string): boolean | undefined {
    const fields = this.#fields;
    switch (chunk) {
      case '06': {
        const year = this.#take(/^(?:\d\d|[+-]\d)/);
        fields.year = (year ?? 0) + ((year ?? 0) >= 69 ? 1900 : 2000);
        return year !== undefined;
      }
      case '2006':
        return this.#set('year', this.#take(/^\d{4}/));
      case 'Jan':
        return this.#set('month', this.#name(MONTHS.map((name) => name.slice(0, 3))));
      case 'January':
        return this.#set('month', this.#name(MONTHS));
      case '1':
      case '01':
        return this.#set('month', this.#number(chunk, 1, 12));
      case 'Mon':
        return this.#name(WEEKDAYS.map((name) => name.slice(0, 3))) !== undefined;
      case 'Monday':
        return this.#name(WEEKDAYS) !== undefined;
      case '_2':
        this.#value = this.#value.replace(/^ /, '');
        return this.#set('day', this.#number('2', 0, 99));
      case '2':
      case '02':
        return this.#set('day', this.#number(chunk, 0, 99));
      case '__2':
        this.#value = this.#value.replace(/^ {1,2}/, '');
        return this.#set('yearDay', this.#take(/^\d{1,3}/));
      case '002':
        return this.#set('yearDay', this.#take(/^\d{3}/));
      default:
        return undefined;
    }
  }

  #readClock(chunk: string): boolean | undefined {
    switch (chunk) {
      case '15':
        return this.#set('hour', this.#number('3', 0, 23));
      case '3':
      case '03':
        return this.#set('hour', this.#number(chunk, 0, 12));
      case '4':
      case '04':
        return this.#set('minute', this.#number(chunk, 0, 59));
      case '5':
      case '05':
        return this.#set('second', this.#number(chunk, 0, 59)) && this.#readUnaskedFraction();
      case 'PM':
      case 'pm':
        return this.#readHalf(chunk === 'PM' ? ['AM', 'PM'] : ['am', 'pm']);
      default:
        return /^[.,]/.test(chunk) ? this.#readFraction(chunk) : undefined;
    }
  }

  #readHalf(words: readonly string[]): boolean {
    const word = this.#value.slice(0, 2);
    this.#value = this.#value.slice(2);
    this.#fields.half = word === words[0] ? 'AM' : 'PM';
    return words.includes(word);
  }

  /** Seconds may have a fraction that the layout says nothing of. */
  #readUnaskedFraction(): boolean {
    if (/^[.,]/.test(nextChunk(this.#pattern).chunk) || !/^[.,]\d/.test(this.#value)) return true;
    return this.#setFraction(/^[.,]\d+/.exec(this.#value)?.[0] ?? '');
  }

  #readFraction(chunk: string): boolean {
    if (chunk[1] === '0') {
      const text = this.#value.slice(0, chunk.length);
      return text.length === chunk.length && this.#setFraction(text);
    }
    const text = /^[.,]\d+/.exec(this.#value)?.[0];
    return text === undefined || this.#setFraction(text);
  }

  #setFraction(text: string): boolean {
    this.#value = this.#value.slice(text.length);
    const digits = text.slice(1, 10);
    this.#fields.nanos = Number(digits) * 10 ** (9 - digits.length);
    return /^[.,]\+?\d+$/.test(text.slice(0, 10));
  }

  #readZone(chunk: string): boolean {
    if (chunk === 'MST') return this.#readAbbreviation();
    if (chunk.startsWith('Z') && this.#value.startsWith('Z')) {
      this.#value = this.#value.slice(1);
      this.#fields.isUtc = true;
      return true;
    }
    const shape = chunk.slice(1).replaceAll(/\d\d/g, '(\\d\\d)');
    const match = new RegExp(`^([+-])${shape}`).exec(this.#value);
    if (!match) return false;
    const [all, sign, hours = '0', minutes = '0', seconds = '0'] = match;
    this.#value = this.#value.slice(all.length);
    const offset = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
    this.#fields.offset = sign === '-' ? -offset : offset;
    return Number(hours) <= 24 && Number(minutes) <= 60 && Number(seconds) <= 60;
  }

  #readAbbreviation(): boolean {
    if (this.#value.startsWith('UTC')) {
      this.#value = this.#value.slice(3);
      this.#fields.isUtc = true;
      return true;
    }
    const zone = abbreviationOf(this.#value);
    if (zone === undefined) return false;
    this.#value = this.#value.slice(zone.length);
    return true;
  }

  #set(field: 'year' | 'month' | 'day' | 'yearDay' | 'hour' | 'minute' | 'second', value: number | undefined): boolean {
    if (value !== undefined) this.#fields[field] = value;
    return value !== undefined;
  }

  /** One or two digits, two when the chunk has two. */
  #number(chunk: string, least: number, most: number): number | undefined {
    const value = this.#take(chunk.length === 2 ? /^\d\d/ : /^\d\d?/);
    return value !== undefined && value >= least && value <= most ? value : undefined;
  }

  #take(pattern: RegExp): number | undefined {
    const text = pattern.exec(this.#value)?.[0];
    if (text === undefined) return undefined;
    this.#value = this.#value.slice(text.length);
    return Number(text);
  }

  /** The number, from 1, of the name that the value begins with, in letters of any case. */
  #name(names: readonly string[]): number | undefined {
    const index = names.findIndex((name) => this.#value.slice(0, name.length).toLowerCase() === name.toLowerCase());
    if (index < 0) return undefined;
    this.#value = this.#value.slice(names[index]?.length);
    return index + 1;
  }

  #instant(): bigint | undefined {
    const { year, hour, minute, second, nanos, half, isUtc, offset } = this.#fields;
    const date = dateOf(this.#fields);
    if (date === undefined) return undefined;
    let clock = hour;
    if (half === 'PM' && hour < 12) clock += 12;
    if (half === 'AM' && hour === 12) clock = 0;
    const day = new Date(0).setUTCFullYear(year, date.month - 1, date.day) / 1000;
    // An abbreviation moves nothing, not even `GMT+3`: Go knows only those of the machine's own zone.
    const east = isUtc ? 0 : (offset ?? 0);
    return nanosOf(day + clock * 3600 + minute * 60 + second - east, nanos);
  }
}

/** Month and day, of which a day of the year may take the place but not say otherwise. */
function dateOf({ year, month, day, yearDay }: Fields): { readonly month: number; readonly day: number } | undefined {
  if (yearDay !== undefined) {
    const date = new Date(0);
    date.setUTCFullYear(year, 0, yearDay);
    const found = { month: date.getUTCMonth() + 1, day: date.getUTCDate() };
    const isOther = (month ?? found.month) !== found.month || (day ?? found.day) !== found.day;
    return yearDay < 1 || date.getUTCFullYear() !== year || isOther ? undefined : found;
  }
  const wanted = { month: month ?? 1, day: day ?? 1 };
  const date = new Date(0);
  date.setUTCFullYear(year, wanted.month - 1, wanted.day);
  return wanted.day >= 1 && date.getUTCDate() === wanted.day ? wanted : undefined;
}

/** What Go takes for a zone's abbreviation: three to five capitals, `GMT+3`, `+03`. */
function abbreviationOf(value: string): string | undefined {
  const special = /^(?:ChST|MeST)/.exec(value)?.[0];
  if (special !== undefined) return special;
  if (value.startsWith('GMT')) return `GMT${signedOffset(value.slice(3))}`;
  if (/^[+-]/.test(value)) return value.length >= 3 ? signedOffset(value) || undefined : undefined;
  const capitals = /^[A-Z]{0,6}/.exec(value)?.[0] ?? '';
  if (capitals.length === 3 || (capitals.length === 5 && capitals.endsWith('T'))) return capitals;
  return capitals.length === 4 && (capitals.endsWith('T') || capitals === 'WITA') ? capitals : undefined;
}

function signedOffset(value: string): string {
  const text = /^[+-]\d+/.exec(value)?.[0] ?? '';
  return Math.abs(Number(text)) <= 23 ? text : '';
}
