import { messageOf, SallyportError } from '../../../errors.ts';
import type { JsonObject } from '../../../json.ts';
import { MessageReader } from './message.ts';
import { messageOfKind } from './schema.ts';
import { members } from './special.ts';
import { BYTES, fail } from './wire.ts';

/** What every body begins with: `k8s` and the number of the encoding of the rest. */
const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);

/**
 * Reads a body of type `application/vnd.kubernetes.protobuf`: the envelope (`runtime.Unknown`) and, of kinds that
 * Kubernetes itself has, the object, as the JSON object that Go's JSON encoding of the same gives.
 * @throws SallyportError `describe/unreadable`, saying where and what
 */
export function decodeProtobuf(body: Uint8Array): JsonObject {
  const reader = new MessageReader();
  try {
    return object(reader, body);
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    const where = reader.path.length === 0 ? '' : ` at ${JSON.stringify(reader.path.join('.').slice(0, 256))}`;
    throw new SallyportError('describe/unreadable', `The protobuf cannot be read${where}: ${sentence(error)}`);
  }
}

function object(reader: MessageReader, body: Uint8Array): JsonObject {
  const { apiVersion, kind, raw } = envelope(body);
  const message = messageOfKind(apiVersion, kind);
  if (message === undefined) {
    fail(`the gate knows no kind ${JSON.stringify(kind)} of apiVersion ${JSON.stringify(apiVersion)}`);
  }
  return { apiVersion, kind, ...reader.read(message, raw) };
}

interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

function envelope(body: Uint8Array): Envelope {
  if (Buffer.compare(body.subarray(0, MAGIC.length), MAGIC) !== 0) fail('it does not begin with k8s and 0');
  let apiVersion = '';
  let kind = '';
  let raw: Uint8Array = new Uint8Array();
  let content = '';
  members(body.subarray(MAGIC.length), {
    1: [
      BYTES,
      (unknown) =>
        members(unknown.bytes(), {
          1: [BYTES, (typeMeta) => (apiVersion = typeMeta.text())],
          2: [BYTES, (typeMeta) => (kind = typeMeta.text())],
        }),
    ],
    2: [BYTES, (unknown) => (raw = unknown.bytes())],
    3: [BYTES, (unknown) => (content += unknown.text())],
    4: [BYTES, (unknown) => (content += unknown.text())],
  });
  if (content !== '') fail('its envelope names an encoding of its own for the object');
  return { apiVersion, kind, raw };
}

function sentence(error: SallyportError): string {
  const what = messageOf(error);
  return what.endsWith('.') ? what : `${what}.`;
}
