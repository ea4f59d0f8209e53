// Strings of Go are bytes. Where a function works byte by byte, they are held here as "byte text": a character of
// U+0000 to U+00FF for each byte of the UTF-8.

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes of a text, as byte text. */
export function byteText(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/**
 * What bytes say as UTF-8.
 * @throws TypeError when they are not UTF-8: OPA has strings for that, the host has not
 */
export function textOfBytes(bytes: Uint8Array | string): string {
  return UTF8.decode(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
}
