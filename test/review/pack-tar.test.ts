import { describe, expect, it } from 'vitest';
import { readTarGz } from '../../src/decide/tar.ts';
import { packTar } from '../../src/review/pack-tar.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

describe('a packed archive', () => {
  it('gives back its files', () => {
    const files = new Map([
      ['empty', bytes('')],
      ['folder/one', bytes('x'.repeat(512))],
      ['two', bytes('y'.repeat(513))],
    ]);
    const read = [...readTarGz(packTar(files))].map(([name, content]) => [name, Buffer.from(content).toString()]);
    expect(read).toEqual([...files].map(([name, content]) => [name, Buffer.from(content).toString()]));
  });

  it('is the same whatever order the files come in', () => {
    const one = packTar(
      new Map([
        ['a', bytes('1')],
        ['b', bytes('2')],
      ]),
    );
    const other = packTar(
      new Map([
        ['b', bytes('2')],
        ['a', bytes('1')],
      ]),
    );
    expect(other).toEqual(one);
  });

  it('names no time and no system in its header', () => {
    expect([...packTar(new Map([['a', bytes('1')]])).subarray(0, 10)]).toEqual([31, 139, 8, 0, 0, 0, 0, 0, 2, 255]);
  });

  it('refuses a name that does not fit', () => {
    const name = 'n'.repeat(100);
    expect(() => packTar(new Map([[name, bytes('')]]))).toThrow(expect.objectContaining({ code: 'bundle/invalid' }));
  });
});
