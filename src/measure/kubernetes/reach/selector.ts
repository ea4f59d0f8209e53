import { isArray, isObject, type Json, type JsonObject } from '../../../json.ts';
import { unmeasured } from './lookup.ts';

const KEY = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

/**
 * A `meta/v1` LabelSelector as the query parameter that chooses the same objects; the empty selector chooses all.
 * @throws SallyportError `measure/failed` for anything that the server would not take either
 */
export function selectorQuery(selector: Json | undefined): string {
  if (!isObject(selector)) throw unmeasured('a selector could not be read');
  const { matchLabels = {}, matchExpressions = [], ...rest } = selector;
  if (Object.keys(rest).length > 0 || !isObject(matchLabels) || !isArray(matchExpressions))
    throw unmeasured('a selector could not be read');
  return [mapQuery(matchLabels), ...matchExpressions.map(requirement)].filter((part) => part !== '').join(',');
}

/** The selector of a service or a replication controller: labels that must all be there. @throws SallyportError */
export function mapQuery(labels: JsonObject): string {
  return Object.entries(labels)
    .map(([key, value]) => `${checked(key, KEY)}=${checked(value, VALUE)}`)
    .join(',');
}

function requirement(expression: Json): string {
  const { key, operator, values = [] } = isObject(expression) ? expression : {};
  const name = checked(key, KEY);
  const of = () => `(${(isArray(values) ? values : []).map((value) => checked(value, VALUE)).join(',')})`;
  switch (operator) {
    case 'In':
      return `${name} in ${of()}`;
    case 'NotIn':
      return `${name} notin ${of()}`;
    case 'Exists':
      return name;
    case 'DoesNotExist':
      return `!${name}`;
    default:
      throw unmeasured('a selector could not be read');
  }
}

function checked(text: Json | undefined, form: RegExp): string {
  if (typeof text === 'string' && form.test(text)) return text;
  throw unmeasured('a selector could not be read');
}

/** Whether labels have all that a service's selector asks for; one without labels chooses nothing. */
export function chooses(selector: Json | undefined, labels: Json | undefined): boolean {
  if (!isObject(selector) || Object.keys(selector).length === 0) return false;
  return Object.entries(selector).every(([key, value]) => isObject(labels) && labels[key] === value);
}
