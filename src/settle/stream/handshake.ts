import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { listed } from '../outbound-headers.ts';

/** RFC 6455, 1.3. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** What was asked for: the headers that left, with their `upgrade`. */
type Asked = Readonly<Record<string, string | string[]>>;

/** Why an answer is not the switch to the protocol that was asked for, or undefined when it is. */
export function wrongSwitch(asked: Asked, answer: IncomingMessage): string | undefined {
  const { statusCode, headers } = answer;
  const protocol = textOf(asked.upgrade).toLowerCase();
  if (statusCode !== 101) return `it answered with ${statusCode}`;
  if (headers.upgrade?.toLowerCase() !== protocol) return `it switched to ${quoted(headers.upgrade)}`;
  return protocol === 'websocket'
    ? wrongWebSocket(asked, answer)
    : notOffered(asked, answer, 'x-stream-protocol-version');
}

function wrongWebSocket(asked: Asked, answer: IncomingMessage): string | undefined {
  const key = textOf(asked['sec-websocket-key']);
  if (answer.headers['sec-websocket-accept'] !== hash('sha1', key + WEBSOCKET_GUID, 'base64'))
    return 'its Sec-WebSocket-Accept does not answer the key';
  return (
    notOffered(asked, answer, 'sec-websocket-protocol') ??
    notOffered(asked, answer, 'sec-websocket-extensions', (extension) => extension.split(';')[0]?.trim() ?? '')
  );
}

/** What a header of the answer chooses must have been offered under the same name. */
function notOffered(
  asked: Asked,
  { headers }: IncomingMessage,
  header: string,
  nameOf: (member: string) => string = (member) => member,
): string | undefined {
  const chosen = headers[header];
  if (chosen === undefined) return undefined;
  const offered = new Set(listed(textOf(asked[header])).map(nameOf));
  const strange = listed(textOf(chosen))
    .map(nameOf)
    .find((member) => !offered.has(member));
  return strange === undefined ? undefined : `it chose ${quoted(strange)}, which was not offered`;
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === 'object' ? value.join(', ') : (value ?? '');
}

function quoted(text: string | undefined): string {
  return JSON.stringify((text ?? '').slice(0, 64));
}

/** What of the upstream's handshake the caller needs to see. */
const SHOWN = [
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-protocol',
  'x-stream-protocol-version',
] as const;

/** The head that tells the caller of the switch, made from a list of what passes as everything that leaves is. */
export function switchHead(asked: Asked, answer: IncomingMessage, more: Readonly<Record<string, string>>): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'connection: Upgrade', `upgrade: ${textOf(asked.upgrade)}`];
  for (const name of SHOWN) {
    const value = answer.headers[name];
    if (value !== undefined) lines.push(`${name}: ${textOf(value)}`);
  }
  for (const [name, value] of Object.entries(more)) lines.push(`${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
