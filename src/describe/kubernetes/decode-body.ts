import type { Json } from '../../json.ts';
import { parseStrictJson } from '../../strict-json.ts';
import { decodeProtobuf } from './protobuf/decode.ts';

/** The ways in which the API server takes bodies. */
export type Encoding = 'json' | 'protobuf';

/**
 * A body as the JSON value that the API server reads it as, whatever it is encoded in.
 * @throws SallyportError whose message is one sentence for the caller
 */
export function decodeBody(encoding: Encoding, body: Uint8Array): Json {
  switch (encoding) {
    case 'json':
      return parseStrictJson(body);
    case 'protobuf':
      return decodeProtobuf(body);
  }
}
