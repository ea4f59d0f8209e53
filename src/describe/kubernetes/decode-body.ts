import type { Json } from '../../json.ts';
import { parseStrictJson } from '../../strict-json.ts';
import { decodeCbor } from './decode-cbor.ts';
import { decodeYaml } from './decode-yaml.ts';
import { decodeProtobuf } from './protobuf/decode.ts';

/** The ways in which the API server takes bodies. */
export type Encoding = 'json' | 'yaml' | 'cbor' | 'protobuf';

const DECODERS: Readonly<Record<Encoding, (body: Uint8Array) => Json>> = {
  json: parseStrictJson,
  yaml: decodeYaml,
  cbor: decodeCbor,
  protobuf: decodeProtobuf,
};

/**
 * A body as the JSON value that the API server reads it as, whatever it is encoded in.
 * @throws SallyportError whose message is one sentence for the caller
 */
export function decodeBody(encoding: Encoding, body: Uint8Array): Json {
  return DECODERS[encoding](body);
}
