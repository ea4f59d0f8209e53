import { SallyportError } from '../../../errors.ts';

/** A command line, taken apart. */
export interface KubectlWords {
  /** What is no flag, after `kubectl`. */
  readonly words: readonly string[];
  /** Flags by their long name; one without a value is `true`. */
  readonly flags: ReadonlyMap<string, string>;
  /** What follows `--`. */
  readonly command: readonly string[];
}

const SHORT: Readonly<Record<string, string>> = {
  n: 'namespace',
  l: 'selector',
  A: 'all-namespaces',
  p: 'patch',
  c: 'container',
  f: 'filename',
  o: 'output',
  w: 'watch',
  i: 'stdin',
  t: 'tty',
};

/** Flags that take no value unless it is written with `=`. */
const SWITCHES: ReadonlySet<string> = new Set([
  ...['all', 'all-namespaces', 'force', 'follow', 'ignore-not-found', 'now', 'overwrite', 'previous', 'server-side'],
  ...['stdin', 'tty', 'watch', 'dry-run', 'force-conflicts', 'wait'],
]);

/** Flags that say where the values of a call are; all others are an error, so that none is ignored that mattered. */
const VALUED: ReadonlySet<string> = new Set([
  ...['namespace', 'selector', 'field-selector', 'patch', 'type', 'container', 'filename', 'output', 'replicas'],
  ...['grace-period', 'cascade', 'subresource', 'raw', 'tail', 'since', 'current-replicas', 'timeout', 'to-revision'],
  ...['field-manager', 'as', 'as-group', 'duration', 'audience'],
]);

/** Takes a command line apart as a shell and kubectl do. @throws SallyportError `request/invalid` */
export function readWords(text: string): KubectlWords {
  const all = splitShell(text).slice(1);
  const words: string[] = [];
  const flags = new Map<string, string>();
  for (let at = 0; at < all.length; at += 1) {
    const word = all[at] ?? '';
    if (word === '--') return { words, flags, command: all.slice(at + 1) };
    if (!word.startsWith('-') || word === '-') {
      words.push(word);
      continue;
    }
    const [name, given] = flagOf(word);
    if (given !== undefined || SWITCHES.has(name)) set(flags, name, given ?? 'true');
    else {
      at += 1;
      const value = all[at];
      if (value === undefined) throw invalid(`the flag --${name} needs a value`);
      set(flags, name, value);
    }
  }
  return { words, flags, command: [] };
}

function flagOf(word: string): readonly [name: string, value: string | undefined] {
  const equals = word.indexOf('=');
  const written = equals === -1 ? word : word.slice(0, equals);
  const value = equals === -1 ? undefined : word.slice(equals + 1);
  if (/^-[it]{2}$/.test(written)) return ['stdin', value];
  const name = written.startsWith('--') ? written.slice(2) : SHORT[written.slice(1)];
  if (name === undefined || !(SWITCHES.has(name) || VALUED.has(name)))
    throw invalid(`the flag ${JSON.stringify(written.slice(0, 40))} is not known here`);
  return [name, value];
}

function set(flags: Map<string, string>, name: string, value: string): void {
  if (flags.has(name)) throw invalid(`the flag --${name} is given twice`);
  flags.set(name, value);
}

/** Splits at spaces outside of quotes, as a POSIX shell does; nothing is expanded. */
function splitShell(text: string): readonly string[] {
  const words: string[] = [];
  let word = '';
  let inside = false;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
      else if (char === '\\' && quote === '"' && /["\\]/.test(text[at + 1] ?? '')) {
        at += 1;
        word += text[at] ?? '';
      } else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      inside = true;
    } else if (/\s/.test(char)) {
      if (inside) words.push(word);
      word = '';
      inside = false;
    } else {
      word += char;
      inside = true;
    }
  }
  if (quote !== '') throw invalid(`a ${quote} is not closed`);
  if (inside) words.push(word);
  return words;
}

function invalid(what: string): SallyportError {
  return new SallyportError('request/invalid', `kubectl: ${what}`, {
    fix: 'write it as kubectl takes it, or write the call as raw HTTP: METHOD /path',
  });
}
