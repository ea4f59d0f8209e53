import { isObject, type Json, type JsonObject } from '../../json.ts';
import type { Finding } from '../report/finding.ts';
import type { DataPath } from '../shipped-sources.ts';

/**
 * Data that no rule reads. A path that is read covers all that is below it: what is looked up by a value may be any member. So
 * whatever is named here is read by nothing; data below a dynamic lookup is never named.
 * @param data the bundle's data
 * @param reads what the entrypoints read, each path from `data` as far as it is fixed
 * @param exempt paths that are there for people, not for rules
 */
export function unreadData(
  data: JsonObject,
  reads: readonly DataPath[],
  exempt: readonly string[] = EXEMPT,
): readonly Finding[] {
  const wanted = reads.filter(([root]) => root === 'data').map((path) => path.slice(1));
  return unreadBelow(data, [], wanted)
    .filter((path) => !exempt.includes(path))
    .map((path) => ({
      rule: 'data-unread',
      level: 'warning',
      message: `no rule reads data.${path}: whatever it says changes nothing`,
      fix: 'correct its name, or remove it',
    }));
}

/**
 * The list of rules and the schemas are for people, reviewers and whoever writes settings; the evaluation reads the index. Ladders
 * are for those who grant levels, and how an action is verified for the gate.
 */
const EXEMPT = ['settings.manifest.rules', 'settings.manifest.schemas', 'settings.ladders', 'settings.verification'];

function unreadBelow(value: Json, path: readonly string[], reads: readonly DataPath[]): readonly string[] {
  if (reads.some((read) => isPrefix(read, path))) return [];
  if (path.length > 0 && !reads.some((read) => isPrefix(path, read))) return [path.join('.')];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => unreadBelow(member, [...path, name], reads));
}

function isPrefix(prefix: DataPath, path: DataPath): boolean {
  return prefix.length <= path.length && prefix.every((name, at) => path[at] === name);
}
