import { existingFile, isLoopback, leaf, refuse } from './values.ts';

/** `https://...`, or plain HTTP on this machine, without a user or a password in it. */
export function webAddress(expected: string) {
  return leaf(expected, readWebAddress);
}

/** Where a JWK set is: an address, or a file that is there. */
export function keySetPlace(folder: string) {
  return leaf('an https address or a file of a JWK set', (value) => {
    if (typeof value !== 'string' || value === '') return undefined;
    if (/^[a-z]+:\/\//i.test(value)) return readWebAddress(value);
    const result = existingFile(folder, 'an https address or a file of a JWK set').safeParse(value);
    return result.success ? result.data : refuse(result.error.issues[0]?.message ?? 'no such file');
  });
}

function readWebAddress(value: unknown): string | undefined {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '') return undefined;
  // Keys fetched in the clear are anybody's keys, and a code sent in the clear is anybody's login.
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
    ? String(value)
    : undefined;
}

/**
 * An address that the gate calls, with nothing in it that belongs elsewhere; plain HTTP on loopback only. It is never repeated in
 * a complaint: its query may be what lets one in.
 * @param expected in words: `an address like https://...`
 */
export function secretAddress(expected: string) {
  return leaf(expected, (value) => readSecretAddress(value, expected));
}

function readSecretAddress(value: unknown, expected: string): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return refuse(`expected ${expected}`);
  if (url.username !== '' || url.password !== '')
    return refuse('credentials do not belong in an address; expected them under token');
  if (url.hash !== '') return refuse('a fragment (#...) is never sent; expected an address without one');
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return refuse('plain http is for loopback only; expected https');
  return url.href;
}
