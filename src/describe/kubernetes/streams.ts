import type { Json } from '../../json.ts';
import { queryValue, type WireCall } from '../../listen/wire.ts';
import { UNKNOWN } from '../action.ts';
import type { RequestInfo } from './request-info.ts';

/** Subresources that are streams and nothing else. */
const STREAMS: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward']);
/** Upgrades that are carried, and the methods that they come by: kubectl's, and what the API server takes besides. */
const METHODS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['websocket', new Set(['GET'])],
  ['spdy/3.1', new Set(['POST', 'GET'])],
]);

/** Why a call that is a stream, or asks to become one, is not carried, in a sentence; undefined for every other call. */
export function streamObjection(info: RequestInfo, call: WireCall): string | undefined {
  const { upgrade, method, headers } = call;
  const isStream = info.isResourceRequest && STREAMS.has(info.subresource);
  if (upgrade === undefined)
    return isStream ? 'Streams (exec, attach, port-forward) need an upgrade to WebSocket or SPDY/3.1.' : undefined;
  if (!isStream && !(info.isResourceRequest && info.subresource === 'proxy'))
    return 'Streams other than exec, attach, port-forward and proxies are not carried; watches and logs need no upgrade.';
  if (!METHODS.get(upgrade)?.has(method))
    return `Streams are carried over WebSocket by GET and over SPDY/3.1, not by ${method} to ${JSON.stringify(upgrade)}.`;
  if (!/(?:^|,)\s*upgrade\s*(?:,|$)/i.test(headers.get('connection') ?? ''))
    return 'Streams need the connection upgraded, but there is no "Connection: Upgrade" beside the Upgrade header.';
  if (headers.has('transfer-encoding') || Number(headers.get('content-length') ?? '0') !== 0)
    return 'Streams begin without a body, and this one has one.';
  return undefined;
}

const FLAGS = ['stdin', 'stdout', 'stderr', 'tty'] as const;

/** What a stream's own query parameters mean to the server. */
export function streamArguments(info: RequestInfo, call: WireCall): Readonly<Record<string, Json>> {
  if (!info.isResourceRequest || !STREAMS.has(info.subresource)) return {};
  if (info.subresource === 'portforward') return { ports: portsOf(call) };
  const shown: Record<string, Json> = {};
  for (const flag of FLAGS) {
    const value = queryValue(call.path, flag);
    // As k8s.io/apimachinery reads a boolean: whatever is not plainly false is true.
    if (value !== undefined) shown[flag] = value !== '0' && value.toLowerCase() !== 'false';
  }
  return shown;
}

/**
 * The ports of a port-forward, where the call itself says them: over SPDY, also within a WebSocket, each is named only
 * later in the stream, and the query is not looked at.
 */
function portsOf({ path, upgrade, headers }: WireCall): Json {
  const tunnels = (headers.get('sec-websocket-protocol') ?? '').toLowerCase().includes('spdy/');
  if (upgrade !== 'websocket' || tunnels) return UNKNOWN;
  const ports = path.query.filter(([name]) => name === 'ports').flatMap(([, value]) => value.split(','));
  const known = ports.length > 0 && ports.length <= MOST_PORTS && ports.every((port) => /^\d{1,5}$/.test(port));
  return known ? ports.map(Number) : UNKNOWN;
}

const MOST_PORTS = 32;
