import { at, textAt } from '../cli/json-fields.ts';
import type { JsonObject } from '../json.ts';
import { badRequest } from './failure.ts';

/**
 * A test for objects out of a query's `labelSelector` and `fieldSelector` (`metadata.name` and `metadata.namespace`).
 * @throws Failure BadRequest on what it cannot read: an ignored selector would select too much.
 */
export function parseSelectors(query: URLSearchParams): (object: JsonObject) => boolean {
  const tests = [
    ...splitList(query.get('labelSelector') ?? '').map(labelTest),
    ...splitList(query.get('fieldSelector') ?? '').map(fieldTest),
  ];
  return (object) => tests.every((test) => test(object));
}

/** Splits at commas that are not in parentheses. */
function splitList(selector: string): readonly string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function labelTest(requirement: string): (object: JsonObject) => boolean {
  const label = (object: JsonObject, key: string) => at(object, 'metadata', 'labels', key);
  const sets = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(requirement);
  if (sets !== null) {
    const [, key = '', operator, list = ''] = sets;
    const values = list.split(',').map((value) => value.trim());
    return (object) => values.includes(String(label(object, key))) === (operator === 'in');
  }
  const equality = /^([^\s=!]+)\s*(==|=|!=)\s*(\S*)$/.exec(requirement);
  if (equality !== null) {
    const [, key = '', operator, value] = equality;
    return (object) => (label(object, key) === value) === (operator !== '!=');
  }
  const existence = /^(!?)\s*([^\s=!()]+)$/.exec(requirement);
  if (existence === null) throw badRequest(`unable to parse requirement: ${requirement}`);
  const [, not, key = ''] = existence;
  return (object) => (label(object, key) !== undefined) === (not === '');
}

function fieldTest(requirement: string): (object: JsonObject) => boolean {
  const [, field, operator, value] = /^([\w.]+)(==|=|!=)(.*)$/.exec(requirement) ?? [];
  // `kubectl describe` asks for events by what they are about; there are none here.
  const known = field?.startsWith('metadata.') === true || field?.startsWith('involvedObject.') === true;
  if (field === undefined || !known) throw badRequest(`field label not supported: ${requirement}`);
  return (object) => (textAt(object, ...field.split('.')) === value) === (operator !== '!=');
}
