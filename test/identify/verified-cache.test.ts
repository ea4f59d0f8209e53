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

it('lets the least recently used go when it is full', () => {
  const cache = new VerifiedCache(2);
  cache.set('a', verified('a', 10));
  cache.set('b', verified('b', 10));
  cache.get('a', 0);
  cache.set('c', verified('c', 10));
  expect(['a', 'b', 'c'].map((key) => cache.get(key, 0)?.id)).toEqual(['a', undefined, 'c']);
  expect(cache.size).toBe(2);
});

it('ends an entry at its time, not after', () => {
  const cache = new VerifiedCache();
  cache.set('a', verified('a', 10));
  expect([cache.get('a', 9)?.id, cache.get('a', 10), cache.size]).toEqual(['a', undefined, 0]);
});

it('knows credentials by their digest alone', () => {
  expect(VerifiedCache.keyOf('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
});
