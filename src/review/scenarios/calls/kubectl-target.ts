import { SallyportError } from '../../../errors.ts';
import type { GivenCall } from './call-writer.ts';
import type { KubectlWords } from './kubectl-words.ts';
import { type KubernetesKind, kindOf } from './kubernetes-kinds.ts';
import type { RawRequest } from './raw-http.ts';

/** A command and the case around it. */
export interface Command extends KubectlWords {
  readonly call: GivenCall;
}

/** Writes the request of a command; `rest` are its words after the verb. */
export type Write = (command: Command, rest: readonly string[]) => RawRequest;

/** Query parameters; one that is undefined is left out. */
export type Query = Readonly<Record<string, string | undefined>>;

/** What `-l` and `--field-selector` choose. */
export function selectors({ flags }: Command): Query {
  return { labelSelector: flags.get('selector'), fieldSelector: flags.get('field-selector') };
}

/** The `dryRun` of the query. @throws SallyportError `request/invalid` for what only the client would do */
export function dryRun({ flags }: Command): string | undefined {
  const given = flags.get('dry-run');
  if (given === undefined || given === 'none') return undefined;
  if (given === 'server') return 'All';
  throw invalid('--dry-run is server here: what a client runs dry by itself never reaches the gate');
}

/** The encoded path and query of what a command is about. */
export function pathOf(
  command: Command,
  kind: KubernetesKind,
  name: string,
  subresource = '',
  query: Query = {},
  namespace = '',
): string {
  const { flags } = command;
  const everywhere = flags.has('all-namespaces') && name === '';
  const within =
    kind.namespaced && !everywhere ? `/namespaces/${encodeURIComponent(namespace || namespaceOf(command))}` : '';
  const parts = [kind.resource, name, subresource].filter((part) => part !== '').map(encodeURIComponent);
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(key)}=${encodeURIComponent(value)}`],
  );
  return `${kind.base}${within}/${parts.join('/')}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
}

/** kubectl's own default where none is given. */
export function namespaceOf({ flags }: Command): string {
  return flags.get('namespace') ?? 'default';
}

/** `TYPE/NAME`, `TYPE NAME`, and where the name may be left out `TYPE`. */
export function targetOf(words: readonly string[], nameless = false): readonly [kind: KubernetesKind, name: string] {
  const [first = '', second, ...more] = words;
  const slash = first.indexOf('/');
  const type = slash === -1 ? first : first.slice(0, slash);
  const name = slash === -1 ? (second ?? '') : first.slice(slash + 1);
  if (type === '') throw invalid('it needs a type: TYPE/NAME');
  if (more.length > 0 || (slash !== -1 && second !== undefined))
    throw invalid('a case is about one object; it names several');
  if (name === '' && !nameless) throw invalid('it needs a name: TYPE/NAME');
  return [kindOf(type), name];
}

/** The name of what may be written `NAME` or `TYPE/NAME`. */
export function nameOf(words: readonly string[], type: string): string {
  const [word = '', ...more] = words;
  if (word === '' || more.length > 0) throw invalid(`it needs one name of ${type}`);
  const slash = word.indexOf('/');
  if (slash !== -1 && kindOf(word.slice(0, slash)).resource !== type)
    throw invalid(`it is about ${type} here: name one`);
  return word.slice(slash + 1);
}

/** The refusal of a command, with what to do instead. */
export function invalid(what: string): SallyportError {
  return new SallyportError('request/invalid', `kubectl: ${what}`, {
    fix: 'write the call as raw HTTP where the shorthand does not do: METHOD /path, with body:',
  });
}
