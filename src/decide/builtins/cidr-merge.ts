import { hostMask, lastOf, type Network, parseNetwork, printNetwork } from './cidr.ts';
import { isMapped, parseAddress } from './ip-address.ts';

interface Range {
  readonly first: bigint;
  readonly last: bigint;
  /** As it was given, when nothing was merged into it. */
  readonly network: Network | undefined;
}

/** The first address of all, of IPv4 and of IPv6: none is before it. */
const FLOORS = [0n, 0xffffn << 32n];

/**
 * OPA's `net.cidr_merge`: the fewest networks that cover the same addresses. Undefined where OPA says error.
 * @throws TypeError where IPv4 and IPv6 meet in one range, which OPA's own function has no sound answer for
 */
export function mergeNetworks(texts: readonly string[]): readonly string[] | undefined {
  const networks = texts.map(readNetwork);
  const ranges: Range[] = [];
  for (const network of networks) {
    if (!network) return undefined;
    const first = network.address & ~hostMask(network);
    if (!network.isV4 && (isMapped(first) || isMapped(lastOf(network)))) throw new TypeError(MIXED);
    ranges.push({ first, last: lastOf(network), network });
  }
  return mergeRanges(ranges.sort(compareRanges)).flatMap(rangeNetworks).map(printNetwork);
}

const MIXED = 'net.cidr_merge: networks that hold IPv4 addresses as IPv6 are not merged here; write them with dots';

/** An address without a prefix stands for the network of its class, as Go's `DefaultMask` has it. */
function readNetwork(text: string): Network | undefined {
  const parsed = parseAddress(text);
  if (!parsed) return parseNetwork(text);
  if (!isMapped(parsed.address)) return undefined;
  const first = Number((parsed.address >> 24n) & 0xffn);
  return { address: parsed.address, isV4: true, ones: first < 0x80 ? 8 : first < 0xc0 ? 16 : 24 };
}

function compareRanges(a: Range, b: Range): number {
  if (a.last !== b.last) return a.last < b.last ? -1 : 1;
  if (a.first === b.first) return 0;
  return a.first < b.first ? -1 : 1;
}

/** From the end on: each takes in the one before it when they touch. */
function mergeRanges(sorted: readonly Range[]): readonly Range[] {
  const merged: Range[] = [];
  for (const range of sorted.toReversed()) {
    const after = merged.at(-1);
    const before = after && (FLOORS.includes(after.first) ? after.first : after.first - 1n);
    if (!after || before === undefined || before > range.last) merged.push(range);
    else {
      let { first } = after;
      if (range.first < first) first = range.first;
      if (isMapped(first) !== isMapped(after.last)) throw new TypeError(MIXED);
      merged[merged.length - 1] = { first, last: after.last, network: undefined };
    }
  }
  return merged;
}

/** The fewest networks that make up a range: the largest that begins at its first address, and so on. */
function rangeNetworks({ first, last, network }: Range): readonly Network[] {
  if (network) return [network];
  const isV4 = isMapped(first);
  const bits = isV4 ? 32 : 128;
  const networks: Network[] = [];
  for (let at = first; at <= last; ) {
    let ones = bits;
    while (ones > 0 && fits(at, last, { isV4, ones: ones - 1 })) ones -= 1;
    networks.push({ address: at, isV4, ones });
    at += hostMask({ isV4, ones }) + 1n;
  }
  return networks;
}

function fits(at: bigint, last: bigint, size: Pick<Network, 'isV4' | 'ones'>): boolean {
  const mask = hostMask(size);
  return (at & mask) === 0n && (at | mask) <= last;
}
