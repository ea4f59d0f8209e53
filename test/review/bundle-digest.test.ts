import { describe, expect, it } from 'vitest';
import { contentDigest } from '../../src/decide/bundle-digest.ts';

const digest = (files: Record<string, string>) =>
  contentDigest(new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])));

const files = {
  '.manifest': '{"revision":"1","roots":["a"],"metadata":{"built":{"by":"x"}}}',
  'data.json': '{"b":1,"a":[1,2]}',
  'policy.wasm': 'module',
};

describe('the digest of a bundle', () => {
  it('is the same for ever', () => {
    expect(digest(files)).toBe('sha256:19784f0b43e7f1624b6e723b1b79f74a0e5fcfabed4cacff5f56091644aaed1e');
  });

  it.each([
    ['the order of its files', Object.fromEntries(Object.entries(files).reverse())],
    ['leading slashes', Object.fromEntries(Object.entries(files).map(([name, text]) => [`/${name}`, text]))],
    ['how its JSON is written', { ...files, 'data.json': '{ "a": [1, 2.0], "b": 1 }' }],
    ['its revision', { ...files, '.manifest': '{"revision":"2","roots":["a"]}' }],
    ['its build facts', { ...files, '.manifest': '{"revision":"1","roots":["a"],"metadata":{"built":{"by":"y"}}}' }],
    ['its signatures', { ...files, '.signatures.json': '{"signatures":["x"]}' }],
  ])('does not depend on %s', (_, other) => {
    expect(digest(other)).toBe(digest(files));
  });

  it.each([
    ['its module', { ...files, 'policy.wasm': 'other' }],
    ['its data', { ...files, 'data.json': '{"b":1,"a":[2,1]}' }],
    ['its roots', { ...files, '.manifest': '{"revision":"1","roots":["b"]}' }],
    ['a further file', { ...files, 'more.rego': 'package more' }],
    [
      'the name of a file',
      { '.manifest': files['.manifest'], 'data.json': files['data.json'], 'other.wasm': 'module' },
    ],
  ])('depends on %s', (_, other) => {
    expect(digest(other)).not.toBe(digest(files));
  });

  it.each([
    ['data that are not JSON', { ...files, 'data.json': '{' }, 'data.json cannot be read'],
    ['a manifest that is no object', { ...files, '.manifest': '[]' }, "the bundle's .manifest is not a JSON object"],
    ['a file that is there twice', { ...files, '/data.json': '{}' }, 'the bundle holds data.json twice'],
  ])('is refused for %s', (_, odd, message) => {
    expect(() => digest(odd)).toThrow(
      expect.objectContaining({ code: 'bundle/invalid', message: expect.stringContaining(message) }),
    );
  });
});
