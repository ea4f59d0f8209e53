import { isArray, isObject, type JsonObject } from '../../json.ts';
import type { ApiAnswer } from './api-client.ts';

/** What the server said, without its message: that repeats values, and with them secrets. */
export function refusalOf({ status, object }: ApiAnswer): string {
  const reason = object?.reason;
  return `${status}${typeof reason === 'string' && /^[A-Za-z]{1,64}$/.test(reason) ? ` ${reason}` : ''}${fieldsOf(object)}`;
}

/** The fields that the server found wrong, as far as they are plain paths. */
function fieldsOf(status: JsonObject | undefined): string {
  const details = status?.details;
  const causes = isObject(details) && isArray(details.causes) ? details.causes : [];
  const fields = causes.map((cause) => (isObject(cause) ? cause.field : undefined));
  const plain = fields.filter((field) => typeof field === 'string' && /^[A-Za-z.]+(\[\d+\][A-Za-z.]*)*$/.test(field));
  return plain.length === 0 ? '' : ` (${plain.slice(0, 4).join(', ')})`;
}
