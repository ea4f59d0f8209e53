import { isMapped, parseAddress, printAddress } from './ip-address.ts';

/** A network as Go's `net.IPNet` has it. */
export interface Network {
  readonly address: bigint;
  /** The mask is one of 32 bits, and not of 128. */
  readonly isV4: boolean;
  /** The ones of the mask. */
  readonly ones: number;
}

/** Go's `net.ParseCIDR`: an address and a prefix; the network is masked. */
export function parseNetwork(text: string): Network | undefined {
  const [, addressText = '', digits = ''] = /^([^/]*)\/(\d{1,7})$/.exec(text) ?? [];
  const parsed = parseAddress(addressText);
  const ones = Number(digits);
  if (!parsed || digits === '' || ones > (parsed.isV4 ? 32 : 128)) return undefined;
  const { address, isV4 } = parsed;
  return { address: address & ~hostMask({ isV4, ones }), isV4, ones };
}

/** The addresses of a network but the first, as bits. */
export function hostMask({ isV4, ones }: Pick<Network, 'isV4' | 'ones'>): bigint {
  return (1n << BigInt((isV4 ? 32 : 128) - ones)) - 1n;
}

export function lastOf(network: Network): bigint {
  return network.address | hostMask(network);
}

/** Go's `IPNet.Contains`: a mapped address is one of IPv4 and in no network of IPv6. */
export function containsAddress(network: Network, address: bigint): boolean {
  if (isMapped(network.address) !== isMapped(address)) return false;
  const mask = isMapped(network.address) ? hostMask(network) & 0xffff_ffffn : hostMask(network);
  return (network.address | mask) === (address | mask);
}

/** `net.cidr_contains(network, inner)`, of an address or a network; undefined where OPA says error. */
export function containsText(network: Network, inner: string): boolean | undefined {
  const parsed = parseAddress(inner);
  if (parsed) return containsAddress(network, parsed.address);
  const other = parseNetwork(inner);
  if (!other) return undefined;
  if (isPlainV6(network) && isPlainV6(other)) {
    return network.ones <= other.ones && (other.address & ~hostMask(network)) === network.address;
  }
  return containsAddress(network, other.address) && containsAddress(network, lastOf(other));
}

function isPlainV6({ address, isV4 }: Network): boolean {
  return !isV4 && !isMapped(address);
}

export function printNetwork({ address, isV4, ones }: Network): string {
  return `${printAddress(address)}/${isV4 || !isMapped(address) ? ones : Math.max(ones - 96, 0)}`;
}
