import { canonicalJson, isObject, type Json, type JsonObject } from '../../json.ts';
import { member } from '../authority/ground.ts';

/** A value of the settings that is not what it was; `undefined` where there is none. */
export interface ChangedSetting {
  /** Names from the top, joined by dots: `limits.tier_b.prod.objects`. */
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** A rule that came, went, or says otherwise of itself in its METADATA. */
export interface ChangedRule {
  /** `category/rule` */
  readonly id: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly title: string;
  /** Of a changed rule: what of its METADATA. */
  readonly fields: readonly ChangedSetting[];
}

/** What two bundles' data under `settings` differ in, in order of their paths. The manifest of rules is not looked at. */
export function changedSettings(before: JsonObject, after: JsonObject): readonly ChangedSetting[] {
  const { manifest: _before, ...one } = member(before, 'settings');
  const { manifest: _after, ...other } = member(after, 'settings');
  return differences('', one, other);
}

/** What two bundles' manifests of rules differ in, in order of their names. */
export function changedRules(before: JsonObject, after: JsonObject): readonly ChangedRule[] {
  const [one, other] = [rulesOf(before), rulesOf(after)];
  const ids = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
  return ids.flatMap((id): ChangedRule[] => {
    const [was, is] = [one[id], other[id]];
    const title = String(member(is ?? was).title ?? '');
    if (was === undefined) return [{ id, change: 'added', title, fields: [] }];
    if (is === undefined) return [{ id, change: 'removed', title, fields: [] }];
    const fields = differences('', was, is);
    return fields.length === 0 ? [] : [{ id, change: 'changed', title, fields }];
  });
}

function rulesOf(data: JsonObject): JsonObject {
  return member(data, 'settings', 'manifest', 'rules');
}

function differences(path: string, before: Json | undefined, after: Json | undefined): readonly ChangedSetting[] {
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) =>
      differences(path === '' ? name : `${path}.${name}`, own(before, name), own(after, name)),
    );
  }
  return textOf(before) === textOf(after) ? [] : [{ path, before, after }];
}

function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function textOf(value: Json | undefined): string {
  return value === undefined ? '' : canonicalJson(value);
}
