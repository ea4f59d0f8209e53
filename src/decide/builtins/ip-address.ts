/** IPv4 addresses are kept as Go keeps them: mapped into IPv6 (`::ffff:a.b.c.d`). */
const MAPPED = 0xffffn << 32n;

export function isMapped(address: bigint): boolean {
  return address >> 32n === 0xffffn;
}

/** An address as Go's `net.ParseIP` reads it; `isV4` tells the spelling with dots only. */
export function parseAddress(text: string): { readonly address: bigint; readonly isV4: boolean } | undefined {
  if (!text.includes(':')) {
    const address = parseDotted(text);
    return address === undefined ? undefined : { address: MAPPED | address, isV4: true };
  }
  const address = parseColons(text);
  return address === undefined ? undefined : { address, isV4: false };
}

function parseDotted(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function parseColons(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [before, after] = halves.map((half, index) => groupsOf(half, index === halves.length - 1));
  if (!before) return undefined;
  if (halves.length === 1) return before.length === 8 ? joinGroups(before) : undefined;
  if (!after || before.length + after.length > 7) return undefined;
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0n);
  return joinGroups([...before, ...zeros, ...after]);
}

/** Groups of 16 bits; the last 32 may be dotted. */
function groupsOf(text: string, isLast: boolean): readonly bigint[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: bigint[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.includes('.') && isLast && index === parts.length - 1) {
      const dotted = parseDotted(part);
      if (dotted === undefined) return undefined;
      groups.push(dotted >> 16n, dotted & 0xffffn);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

function joinGroups(groups: readonly bigint[]): bigint {
  return groups.reduce((sum, group) => (sum << 16n) | group, 0n);
}

/** As Go prints it (RFC 5952): mapped addresses with dots, the longest run of zeros as `::`. */
export function printAddress(address: bigint): string {
  if (isMapped(address)) return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 0xffn).join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((address >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  const { at, length } = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, at).join(':')}::${groups.slice(at + length).join(':')}`;
}

function longestZeros(groups: readonly string[]): { readonly at: number; readonly length: number } {
  let longest = { at: 0, length: 0 };
  let from = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== '0') from = index + 1;
    else if (index + 1 - from > longest.length) longest = { at: from, length: index + 1 - from };
  }
  return longest;
}
