import { textOfBytes } from '../go-bytes.ts';
import { type HostBuiltins, onTerms } from '../host-builtin.ts';

/** `hex.*`, and of `base64url.*` what is not native to OPA's modules. */
export const encodingBuiltins: HostBuiltins = {
  'base64url.encode_no_pad': onTerms((text) => onText(text, (bytes) => bytes.toString('base64url'))),
  'hex.encode': onTerms((text) => onText(text, (bytes) => bytes.toString('hex'))),
  'hex.decode': onTerms((text) => {
    if (typeof text !== 'string' || !/^(?:[0-9A-Fa-f]{2})*$/.test(text)) return undefined;
    return textOfBytes(Buffer.from(text, 'hex'));
  }),
};

function onText(text: unknown, encode: (bytes: Buffer) => string): string | undefined {
  return typeof text === 'string' ? encode(Buffer.from(text)) : undefined;
}
