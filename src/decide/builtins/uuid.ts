import { RegoNumber } from '../terms/rego-number.ts';
import { RegoObject, type Term } from '../terms/term.ts';
import { textOperand } from './operands.ts';

/** From the start of the Gregorian calendar, of which UUIDs count, to 1970: in 100 ns. */
const EPOCH = 122_192_928_000_000_000n;
const VARIANTS = ['Reserved', 'RFC4122', 'Microsoft', 'Future'] as const;

/** `uuid.parse(text)`, in the four spellings that google/uuid takes. */
export function parseUuid(text: Term | undefined): Term | undefined {
  const hex = hexOf(textOperand(text));
  if (hex === undefined) return undefined;
  const bytes = Buffer.from(hex, 'hex');
  const version = bytes.readUInt8(6) >> 4;
  const members: [Term, Term][] = [
    ['version', new RegoNumber(version)],
    ['variant', variantOf(bytes.readUInt8(8))],
  ];
  if (version === 1 || version === 2) members.push(...timeBased(bytes));
  if (version === 2) {
    const domain = bytes.readUInt8(9);
    members.push(['id', new RegoNumber(bytes.readUInt32BE(0))]);
    members.push(['domain', ['Person', 'Group', 'Org'][domain] ?? `Domain${domain}`]);
  }
  return new RegoObject(members);
}

function hexOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9a-fA-F]{32}$/.test(text)) return text;
  // Of braces only the number of bytes counts.
  const size = Buffer.byteLength(text);
  const bare = size === 38 ? Buffer.from(text).toString('latin1').slice(1, 37) : text.replace(/^urn:uuid:/i, '');
  return /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(bare) ? bare.replaceAll('-', '') : undefined;
}

function variantOf(byte: number): string {
  if ((byte & 0xc0) === 0x80) return VARIANTS[1];
  if ((byte & 0xe0) === 0xc0) return VARIANTS[2];
  return (byte & 0xe0) === 0xe0 ? VARIANTS[3] : VARIANTS[0];
}

function timeBased(bytes: Buffer): [Term, Term][] {
  const low = BigInt(bytes.readUInt32BE(0));
  const middle = BigInt(bytes.readUInt16BE(4));
  const high = BigInt(bytes.readUInt16BE(6) & 0xfff);
  const time = (high << 48n) | (middle << 32n) | low;
  const node = bytes.subarray(10);
  return [
    // In 64 bits, as Go counts: the earliest times wrap around.
    ['time', new RegoNumber(BigInt.asIntN(64, (time - EPOCH) * 100n))],
    ['nodeid', [...node].map((byte) => byte.toString(16).padStart(2, '0')).join('-')],
    ['macvariables', addressKind(node.readUInt8(0))],
    ['clocksequence', new RegoNumber(bytes.readUInt16BE(8) & 0x3fff)],
  ];
}

function addressKind(byte: number): string {
  return `${byte & 2 ? 'local' : 'global'}:${byte & 1 ? 'multicast' : 'unicast'}`;
}
