import { gzipSync } from 'node:zlib';
import { SallyportError } from '../errors.ts';

const BLOCK = 512;

/**
 * A gzipped ustar archive (POSIX.1-1988) that is the same for the same files: sorted names, no owner, no times, a fixed
 * gzip header (RFC 1952). Entries start with a slash, as OPA writes them: its loader finds no module without it. Names
 * are at most 99 bytes.
 * @throws SallyportError `bundle/invalid` when a name is too long.
 */
export function packTar(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const name of [...files.keys()].sort()) {
    const bytes = files.get(name) ?? new Uint8Array();
    blocks.push(header(`/${name}`, bytes.length), bytes, new Uint8Array(padding(bytes.length)));
  }
  blocks.push(new Uint8Array(2 * BLOCK));
  const packed = gzipSync(Buffer.concat(blocks), { level: 9 });
  packed.fill(0, 4, 8);
  packed[9] = 255;
  return packed;
}

function header(name: string, size: number): Uint8Array {
  if (Buffer.byteLength(name) > 100) {
    throw new SallyportError('bundle/invalid', `${name} is longer than a bundle's file names may be (100 bytes)`, {
      fix: 'shorten the names of the rule and its folders',
    });
  }
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write('0ustar\x0000', 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
