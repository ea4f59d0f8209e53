import { RegoNumber } from '../terms/rego-number.ts';
import { isTerms, RegoObject, RegoSet, stringsOf, type Term } from '../terms/term.ts';
import { containsText, hostMask, parseNetwork } from './cidr.ts';
import { mergeNetworks } from './cidr-merge.ts';
import { type HostBuiltins, onTerms } from './host-builtin.ts';
import { printAddress } from './ip-address.ts';
import { checkSize, MOST_ELEMENTS } from './limits.ts';

/** `net.cidr_*` that is not native to OPA's modules. */
export const netBuiltins: HostBuiltins = {
  'net.cidr_contains_matches': onTerms(containsMatches),
  'net.cidr_expand': onTerms(expand),
  'net.cidr_is_valid': onTerms((text) => typeof text === 'string' && parseNetwork(text) !== undefined),
  'net.cidr_merge': onTerms(merge),
};

function expand(text: Term | undefined): Term | undefined {
  const network = typeof text === 'string' ? parseNetwork(text) : undefined;
  if (!network) return undefined;
  const size = hostMask(network) + 1n;
  checkSize('net.cidr_expand', size, MOST_ELEMENTS, 'addresses');
  return new RegoSet(Array.from({ length: Number(size) }, (_, index) => printAddress(network.address + BigInt(index))));
}

function merge(texts: Term | undefined): Term | undefined {
  const strings = stringsOf(texts);
  const merged = strings && mergeNetworks(strings);
  return merged && new RegoSet(merged);
}

/** `net.cidr_contains_matches(networks, inner)`: the pairs of indexes, keys or elements. */
function containsMatches(networks: Term | undefined, inner: Term | undefined): Term | undefined {
  const outer = namedAddresses(networks);
  const others = namedAddresses(inner);
  // OPA looks at the second operand for each of the first only.
  if (!outer || (outer.length > 0 && !others)) return undefined;
  checkSize('net.cidr_contains_matches', outer.length * (others?.length ?? 0), MOST_ELEMENTS, 'comparisons');
  const pairs: Term[] = [];
  for (const { name, text } of outer) {
    for (const other of others ?? []) {
      const network = typeof text === 'string' ? parseNetwork(text) : undefined;
      if (!network || typeof other.text !== 'string') return undefined;
      const contained = containsText(network, other.text);
      if (contained === undefined) return undefined;
      if (contained) pairs.push([name, other.name]);
    }
  }
  return new RegoSet(pairs);
}

interface Named {
  readonly name: Term;
  readonly text: Term;
}

/** A string names itself, the elements of an array their index, those of a set themselves, values of an object their key. */
function namedAddresses(term: Term | undefined): readonly Named[] | undefined {
  if (typeof term === 'string') return [{ name: term, text: term }];
  const named = namesOf(term).map(([name, value]) => ({ name, text: isTerms(value) ? value[0] : value }));
  const found = named.filter((one): one is Named => one.text !== undefined);
  const isWhole = namesOf(term).every(([, value]) => typeof value === 'string' || (isTerms(value) && value.length > 0));
  return isWhole && found.length === named.length ? found : undefined;
}

function namesOf(term: Term | undefined): readonly (readonly [name: Term, value: Term])[] {
  if (isTerms(term)) return term.map((value, index) => [new RegoNumber(index), value]);
  if (term instanceof RegoSet) return term.elements.map((value) => [value, value]);
  return term instanceof RegoObject ? term.members : [];
}
