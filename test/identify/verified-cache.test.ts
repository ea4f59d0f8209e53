import { expect, it } from 'vitest';
import type { Verified } from '../../src/identify/verified.ts';
import { VerifiedCache } from '../../src/identify/verified-cache.ts';

const verified = (id: string, cacheUntil: number): Verified => ({
  credential: 'token',
  id,
  who: { agent: 'bot' },
  route: 'staging',
  intent: undefined,
  issuedAt: 0,
  notBefore: 0,
  expires: cacheUntil,
  cacheUntil,
});

it('lets go, when it is full, what was used least recently', () => {
  const cache = new VerifiedCache(4);
  for (const key of ['a', 'b', 'c']) cache.set(key, verified(key, 10));
  cache.get('a', 0);
  cache.set('d', verified('d', 10));
  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key, 0)?.id)).toEqual(['a', undefined, 'c', 'd']);
});

it('never holds more than it may', () => {
  const cache = new VerifiedCache(10);
  const keys = Array.from({ length: 1000 }, (_, n) => String(n));
  for (const key of keys) cache.set(key, verified(key, 10));
  const left = keys.filter((key) => cache.get(key, 0) !== undefined);
  expect(left.length).toBeLessThanOrEqual(10);
  expect(left.at(-1)).toBe('999');
});

it('ends an entry at its time, not after', () => {
  const cache = new VerifiedCache();
  cache.set('a', verified('a', 10));
  expect([cache.get('a', 9)?.id, cache.get('a', 10)]).toEqual(['a', undefined]);
});

it('gives the entry that was set last', () => {
  const cache = new VerifiedCache(2);
  cache.set('a', verified('old', 10));
  cache.set('b', verified('b', 10));
  cache.set('a', verified('new', 10));
  expect(cache.get('a', 0)?.id).toBe('new');
});

it('knows credentials by their digest alone', () => {
  expect(VerifiedCache.keyOf('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
});
