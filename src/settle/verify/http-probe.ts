import type { ProbeEndpoint } from '../../config.ts';
import { messageOf } from '../../errors.ts';
import { isArray, isObject, type Json } from '../../json.ts';
import { askEndpoint } from './endpoint.ts';
import { blind, good, type Look, waiting } from './look.ts';
import type { ProbeSpec } from './plan.ts';

type HttpProbe = Extract<ProbeSpec, { probe: 'http' }>;

/** Looks whether an endpoint answers as it should. */
export async function lookByHttp(probe: HttpProbe, endpoint: ProbeEndpoint, signal: AbortSignal): Promise<Look> {
  const what = endpoint.name;
  try {
    const { status, body } = await askEndpoint(endpoint, signal);
    if (status !== probe.status) return waiting(`${what} answers ${status}, not ${probe.status}`);
    if (probe.contains !== undefined && !body.includes(probe.contains))
      return waiting(`${what} answers ${status} without ${JSON.stringify(probe.contains)}`);
    if (probe.pointer === undefined) return good(`${what} answers ${status}`);
    return pointed(what, body, probe.pointer, probe.equals);
  } catch (thrown) {
    // What does not answer may yet come up: it is no success, and it is not the gate that is blind to it.
    return waiting(`${what} does not answer: ${messageOf(thrown)}`);
  }
}

function pointed(what: string, body: string, pointer: string, equals: Json | undefined): Look {
  let document: Json;
  try {
    document = JSON.parse(body);
  } catch {
    return blind(`${what} does not answer with JSON`);
  }
  const value = valueAt(document, pointer);
  if (value === undefined) return waiting(`${what} has nothing at ${pointer}`);
  const saw = `${what} has ${JSON.stringify(value)} at ${pointer}`;
  return equals === undefined || value === equals ? good(saw) : waiting(saw);
}

/** The value at a JSON pointer (RFC 6901); undefined where there is none. */
export function valueAt(document: Json, pointer: string): Json | undefined {
  let value: Json | undefined = document;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (isArray(value)) value = /^(0|[1-9]\d*)$/.test(key) ? value[Number(key)] : undefined;
    else value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}
