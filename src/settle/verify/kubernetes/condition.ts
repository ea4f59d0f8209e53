import type { JsonObject } from '../../../json.ts';
import { good, type Look, waiting } from '../look.ts';
import { conditionOf, member, number } from './rollout.ts';

/**
 * Whether a condition of an object has a status, as `kubectl wait --for=condition=TYPE=STATUS` decides it: a condition that
 * was told of an older generation of the object says nothing.
 */
export function conditionLook(object: JsonObject, type: string, wanted: string): Look {
  const status = member(object, 'status');
  const { generation } = member(object, 'metadata');
  const condition = conditionOf(status, type);
  if (condition === undefined) return waiting(`it has no condition ${type} yet`);
  const seen = number(condition.observedGeneration) ?? number(status.observedGeneration);
  if (seen !== undefined && typeof generation === 'number' && seen < generation)
    return waiting(`its condition ${type} is of an older generation`);
  const { status: is, reason } = condition;
  const because = typeof reason === 'string' && reason !== '' ? ` (${reason})` : '';
  const saw = `its condition ${type} is ${String(is)}${because}`;
  return String(is).toLowerCase() === wanted.toLowerCase() ? good(saw) : waiting(saw);
}
