import type { IncomingMessage } from 'node:http';

/** What belongs to one connection (RFC 9110, 7.6.1): the caller's connection has its own. */
const HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Takes off an upstream's answer what stays behind: hop-by-hop headers and whatever claims to speak for the gate. */
export function dropHopHeaders(answer: IncomingMessage): void {
  const { headers } = answer;
  for (const name of HOP) if (headers[name] !== undefined) delete headers[name];
  for (const name of Object.keys(headers)) if (name.startsWith('sallyport-')) delete headers[name];
}
