import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readBundle } from '../../src/decide/bundle.ts';
import { contentDigest } from '../../src/decide/bundle-digest.ts';
import { readTarGz } from '../../src/decide/tar.ts';
import { buildBundle } from './rego-lab.ts';

const WASM = [{ entrypoint: 'sallyport/decision', module: '/policy.wasm' }];
const MANIFEST = JSON.stringify({ revision: 'r1', roots: ['sallyport', 'settings'], wasm: WASM });

/** A tar entry, honest unless told otherwise. */
function entry(
  name: string,
  content = '',
  over: { type?: string; size?: string; sum?: number; prefix?: string } = {},
): Buffer {
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(over.size ?? `${body.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write(over.type ?? '0', 156);
  header.write('ustar\x0000', 257);
  header.write(over.prefix ?? '', 345);
  const sum = over.sum ?? header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

const END = Buffer.alloc(1024);
const pack = (...entries: readonly Buffer[]): Uint8Array => gzipSync(Buffer.concat([...entries, END]));
const bundleOf = (files: Readonly<Record<string, string>>): Uint8Array =>
  pack(
    ...Object.entries({ '/.manifest': MANIFEST, '/policy.wasm': 'wasm', ...files }).map(([name, text]) =>
      entry(name, text),
    ),
  );

describe('a bundle that opa built', () => {
  it('is read whole', async () => {
    const archive = await buildBundle({
      '.manifest': '{"revision": "r7", "roots": ["sallyport", "settings"]}',
      'main.rego': 'package sallyport\n\nimport rego.v1\n\ndefault decision := 1',
      'settings/levels/data.yaml': 'a: [1, 2]\nb: "09:00"\n',
      'settings/data.json': '{"c": {"d": null}}',
    });
    const bundle = readBundle(archive);
    expect(bundle).toEqual({
      archive,
      digest: `sha256:${createHash('sha256').update(archive).digest('hex')}`,
      contentDigest: contentDigest(bundle.files),
      revision: 'r7',
      roots: ['sallyport', 'settings'],
      modules: new Map([['sallyport/decision', 'policy.wasm']]),
      serial: undefined,
      built: {},
      files: readTarGz(archive),
      wasm: bundle.files.get('policy.wasm'),
      data: { settings: { c: { d: null }, levels: { a: [1, 2], b: '09:00' } } },
    });
    expect(WebAssembly.validate(new Uint8Array(bundle.wasm))).toBe(true);
  });
});

const deep = (open: string, inner: string, close: string) => `${open.repeat(20_000)}${inner}${close.repeat(20_000)}`;
const ALIASES = `a: &a [1,1,1,1,1,1,1,1,1]\n${[...'bcdefgh'].map((name, at) => `${name}: &${name} [${'*'.concat('abcdefg'[at] ?? '', ',').repeat(9)}]`).join('\n')}\n`;

describe('data files', () => {
  it('are merged at their folders', () => {
    const { data } = readBundle(
      bundleOf({
        '/settings/data.json': '{"a": {"x": 1}}',
        '/settings/a/data.yaml': 'y: on\n',
        'sallyport/q/data.yml': 'z: 09:30',
      }),
    );
    expect(data).toEqual({ settings: { a: { x: 1, y: 'on' } }, sallyport: { q: { z: '09:30' } } });
  });

  it('keep a key called __proto__ as a key', () => {
    const { data } = readBundle(
      bundleOf({ '/settings/data.json': '{"__proto__": {"x": 1}}', '/settings/a/data.json': '{}' }),
    );
    expect(JSON.stringify(data)).toBe('{"settings":{"a":{},"__proto__":{"x":1}}}');
  });

  it.each([
    ['outside the roots', { '/data.json': '{"levels": {}}' }, 'data.json has data at "levels", outside the roots'],
    ['deep outside the roots', { '/other/data.json': '{}' }, 'other/data.json has data at "other", outside'],
    ['that clash', { '/settings/data.json': '{"a": 1}', '/settings/a/data.json': '{}' }, 'gives "a" a second time'],
    ['that are no object', { '/settings/data.json': '[]' }, 'settings/data.json is not an object'],
    ['that are no JSON', { '/settings/data.json': '{a: 1}' }, 'settings/data.json cannot be read'],
    ['that are nested too deep', { '/settings/data.json': deep('{"a":', '1', '}') }, 'is nested more than 128 deep'],
    ['that multiply', { '/settings/data.yaml': ALIASES }, 'settings/data.yaml cannot be read'],
    ['that are no UTF-8 YAML', { '/settings/data.yaml': '\t- {' }, 'settings/data.yaml cannot be read'],
  ])('%s are refused', (_, files, why) => {
    expect(() => readBundle(bundleOf(files))).toThrow(invalid(why));
  });
});

describe('a manifest', () => {
  it.each([
    ['not there', pack(entry('/policy.wasm', 'x')), 'it has no .manifest'],
    ['not JSON', bundleOf({ '/.manifest': '{' }), '.manifest cannot be read'],
    ['nested too deep', bundleOf({ '/.manifest': deep('[', '', ']') }), '.manifest cannot be read: it is nested'],
    [
      'beside another file that is',
      bundleOf({ '/x.json': deep('[', '', ']') }),
      'x.json cannot be read: it is nested more than 128 deep',
    ],
    ['not an object', bundleOf({ '/.manifest': '[]' }), '.manifest is not an object'],
    ['without wasm', bundleOf({ '/.manifest': '{}' }), 'names no WASM entrypoint sallyport/decision; it has: none'],
    [
      'of another entrypoint',
      bundleOf({ '/.manifest': '{"wasm": [{"entrypoint": "a/b", "module": "/policy.wasm"}]}' }),
      'names no WASM entrypoint sallyport/decision; it has: a/b',
    ],
    [
      'of a module that is not there',
      bundleOf({ '/.manifest': JSON.stringify({ wasm: [{ ...WASM[0], module: '/other.wasm' }] }) }),
      'other.wasm, which .manifest names',
    ],
    [
      'with overlapping roots',
      bundleOf({ '/.manifest': JSON.stringify({ wasm: WASM, roots: ['a', 'a/b'] }) }),
      'the roots "a" and "a/b" overlap',
    ],
    [
      'with a root that is no string',
      bundleOf({ '/.manifest': JSON.stringify({ wasm: WASM, roots: [1] }) }),
      'a root is not a string',
    ],
    [
      'with a revision that is no string',
      bundleOf({ '/.manifest': JSON.stringify({ wasm: WASM, revision: 1 }) }),
      'revision is not a string',
    ],
  ])('%s is refused', (_, archive, why) => {
    expect(() => readBundle(archive)).toThrow(invalid(why));
  });
});

describe('an archive', () => {
  it('may have folders, dots in front, long names and a prefix', () => {
    const long = `${'deep/'.repeat(30)}data.json`;
    const pax = `path=${long}\n`;
    const record = `${pax.length + 4} ${pax}`;
    const archive = pack(
      entry('./', '', { type: '5' }),
      entry('./a/', '', { type: '5' }),
      entry('./a/x', '1'),
      entry('b', '2', { prefix: 'some/where' }),
      entry('PaxHeaders.0/long', record, { type: 'x' }),
      entry('short', '3'),
    );
    expect([...readTarGz(archive)].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([
      ['a/x', '1'],
      ['some/where/b', '2'],
      [long, '3'],
    ]);
  });

  it.each([
    ['that is no gzip', Buffer.from('hello'), 'not a gzip archive'],
    ['that is empty', Buffer.alloc(0), 'not a gzip archive'],
    ['whose gzip is cut', Buffer.from(pack(entry('a', 'x'))).subarray(0, 40), 'not a gzip archive'],
    ['without an end', gzipSync(entry('a', 'x')), 'it is cut off: the end of the archive is missing'],
    ['whose last entry is cut', gzipSync(entry('a', 'x', { size: '00000010000\0' })), 'a is cut off'],
    ['that climbs out', pack(entry('../evil', 'x')), '"../evil" leads out of the archive'],
    ['that climbs out from within', pack(entry('a/../../evil', 'x')), '"a/../../evil" leads out of the archive'],
    ['with a backslash', pack(entry('a\\b', 'x')), 'is not plain'],
    ['with a control character', pack(entry('a\nb', 'x')), 'is not plain'],
    ['with a link', pack(entry('a', '', { type: '2' })), '"a" is not a plain file (type "2")'],
    ['with a hard link', pack(entry('a', '', { type: '1' })), '"a" is not a plain file (type "1")'],
    ['with a device', pack(entry('a', '', { type: '3' })), '"a" is not a plain file (type "3")'],
    ['with a file twice', pack(entry('a', '1'), entry('/a', '2')), 'a is in it twice'],
    ['with a wrong checksum', pack(entry('a', '1', { sum: 7 })), '"a" has a wrong checksum'],
    [
      'with a size in base 256',
      pack(entry('a', '1', { size: '\x80\0\0\0\0\0\0\0\0\0\0\x01' })),
      'a number that is not octal',
    ],
    [
      'with a size in an extended header',
      pack(entry('p', '12 size=100\n', { type: 'x' }), entry('a', '1')),
      'extended header for its size',
    ],
    [
      'with a broken extended header',
      pack(entry('p', 'path=x', { type: 'x' }), entry('a', '1')),
      'broken extended header',
    ],
    [
      'with too many entries',
      pack(...Array.from({ length: 10_001 }, (_, index) => entry(`f${index}`))),
      'more than 10000 entries',
    ],
    ['that is a bomb', gzipSync(Buffer.alloc(65 * 2 ** 20)), 'unpacks to more than 67108864 bytes'],
  ])('%s is refused', (_, archive, why) => {
    expect(() => readTarGz(archive)).toThrow(invalid(why));
  });
});

function invalid(why: string): unknown {
  return expect.objectContaining({ code: 'bundle/invalid', message: expect.stringContaining(why) });
}
