import type { Term } from '../terms/term.ts';
import { textOperand } from './operands.ts';

// OPA's regex.globs_match: whether two patterns have a text in common that is not empty. As glob-intersection of
// github.com/yashtewari decides it, whose answers are not always those of set theory.

interface Token {
  /** The characters, as ranges of code points; undefined is any. */
  readonly ranges: readonly (readonly [from: number, to: number])[] | undefined;
  readonly isSet: boolean;
  flag: '' | '*' | '+';
}
type Glob = readonly Token[];

/** The patterns come from policies and calls; some take exponentially long. */
const MOST_STEPS = 200_000;

export function globsMatch(a: Term | undefined, b: Term | undefined): boolean | undefined {
  const [one, other] = [tokensOf(textOperand(a)), tokensOf(textOperand(b))];
  return one && other && new Intersection().exists(simplify(one), simplify(other));
}

class Intersection {
  #steps = 0;

  exists(a: Glob, b: Glob): boolean {
    const trimmed = trim(a, b);
    return trimmed !== undefined && this.#normal(trimmed[0], trimmed[1]);
  }

  #normal(a: Glob, b: Glob): boolean {
    this.#step();
    for (let at = 0; at < a.length && at < b.length; at += 1) {
      const [one, other] = [a[at], b[at]];
      if (one?.flag !== '' || other?.flag !== '') return this.#special(a.slice(at), b.slice(at));
      if (!matches(one, other)) return false;
    }
    return a.length === b.length;
  }

  #special(a: Glob, b: Glob): boolean {
    const [flagged, other] = a[0]?.flag !== '' ? [a, b] : [b, a];
    return flagged[0]?.flag === '+' ? this.#plus(flagged, other) : this.#star(flagged, other);
  }

  #plus(flagged: Glob, other: Glob): boolean {
    const [token, first] = [flagged[0], other[0]];
    if (!token || !first || !matches(token, first)) return false;
    if (this.#star(flagged, other.slice(1))) return true;
    return first.flag !== '' && this.#normal(flagged.slice(1), other);
  }

  #star(flagged: Glob, other: Glob): boolean {
    const [star, following] = flagged;
    for (const [at, token] of other.entries()) {
      this.#step();
      if (following && matches(token, following) && this.#normal(flagged.slice(1), other.slice(at))) return true;
      if (!star || !matches(token, star)) return false;
    }
    return following === undefined;
  }

  #step(): void {
    this.#steps += 1;
    if (this.#steps > MOST_STEPS)
      throw new RangeError('regex.globs_match: these patterns take too many steps to compare');
  }
}

/** Takes off what both have at their ends, but one token; undefined when it differs. */
function trim(a: Glob, b: Glob): readonly [Glob, Glob] | undefined {
  let left = 0;
  for (; isPlain(a[left]) && isPlain(b[left]); left += 1) if (!matches(a[left], b[left])) return undefined;
  if (left > 0) left -= 1;
  let [lastA, lastB] = [a.length - 1, b.length - 1];
  for (; lastA >= left && lastB >= left && isPlain(a[lastA]) && isPlain(b[lastB]); lastA -= 1, lastB -= 1) {
    if (!matches(a[lastA], b[lastB])) return undefined;
  }
  if (lastA < a.length - 1) {
    lastA += 1;
    lastB += 1;
  }
  return [a.slice(left, lastA + 1), b.slice(left, lastB + 1)];
}

function isPlain(token: Token | undefined): boolean {
  return token?.flag === '';
}

/** Whether two tokens have a character in common; any character and a set always do, as there. */
function matches(a: Token | undefined, b: Token | undefined): boolean {
  if (!a?.ranges || !b?.ranges) return true;
  const others = b.ranges;
  return a.ranges.some(([from, to]) => others.some(([first, last]) => from <= last && first <= to));
}

/** Of neighbours with the same characters and both with a flag, one is enough. */
function simplify(tokens: Glob): Glob {
  const simple: Token[] = [];
  for (const token of tokens) {
    const latest = simple.at(-1);
    if (latest && latest.flag !== '' && token.flag !== '' && isSame(latest, token)) {
      if (token.flag === '+') latest.flag = '+';
    } else simple.push({ ...token });
  }
  return simple;
}

function isSame(a: Token, b: Token): boolean {
  return a.isSet === b.isSet && JSON.stringify(merged(a)) === JSON.stringify(merged(b));
}

function merged({ ranges }: Token): readonly (readonly [number, number])[] | undefined {
  const joined: [number, number][] = [];
  for (const [from, to] of ranges?.toSorted(([a], [b]) => a - b) ?? []) {
    const last = joined.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return ranges && joined;
}

/** `.`, sets, escaped and plain characters, each with `*` or `+` behind it; undefined when it is no pattern. */
function tokensOf(pattern: string | undefined): Token[] | undefined {
  if (pattern === undefined) return undefined;
  const tokens: Token[] = [];
  let rest = pattern;
  while (rest !== '') {
    const match = /^(?:(\.)|\[((?:\\[\s\S]|[^\]\\])*)\]|\\([\s\S])|([^\][.*+\\]))([*+]?)/u.exec(rest);
    if (!match) return undefined;
    const [all, dot, set, escaped, plain, flag = ''] = match;
    const ranges = set === undefined ? characterRange(escaped ?? plain) : setRanges(set);
    if (dot === undefined && !ranges) return undefined;
    tokens.push({
      ranges: dot === undefined ? ranges : undefined,
      isSet: set !== undefined,
      flag: flag === '*' || flag === '+' ? flag : '',
    });
    rest = rest.slice(all.length);
  }
  return tokens;
}

function characterRange(character: string | undefined): [number, number][] {
  const code = character?.codePointAt(0) ?? 0;
  return [[code, code]];
}

function setRanges(set: string): [number, number][] | undefined {
  const ranges: [number, number][] = [];
  const parts = Array.from(set.matchAll(/\\([\s\S])|([\s\S])/gu), ([all, escaped]) => ({
    code: (escaped ?? all).codePointAt(0) ?? 0,
    isDash: all === '-',
  }));
  let canRange = false;
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at];
    if (!part?.isDash) {
      ranges.push([part?.code ?? 0, part?.code ?? 0]);
      canRange = true;
      continue;
    }
    const [from, to] = [ranges.at(-1), parts[at + 1]];
    if (!canRange || !from || !to || to.isDash || to.code < from[0]) return undefined;
    from[1] = to.code;
    canRange = false;
    at += 1;
  }
  return ranges;
}
