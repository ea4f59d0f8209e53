import type { RequestInfo } from '../../describe/kubernetes/request-info.ts';
import type { WirePath } from '../../listen/wire.ts';

/**
 * The path of the object that a connection goes to. Of pods and services the name may carry a scheme and a port
 * (`web:8080`, `https:web:8443`), which are no part of the object's own.
 */
export function connectedObject({ parts }: RequestInfo, { segments }: WirePath): WirePath {
  const [, name = ''] = parts;
  const [first = name, second = first, port] = name.split(':');
  const own = port === undefined ? first : second;
  return { segments: [...segments.slice(0, segments.length - parts.length + 1), own], query: [] };
}
