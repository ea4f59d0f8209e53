import { ACTION_CLASSES } from '../../describe/action.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';

/** One rule of a bundle: what the manifest in its data says, and what is written on it in the sources. */
export interface RuleContent {
  /** `category/rule`, as reasons name it. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** `request` or `facts`. */
  readonly needs: string;
  readonly effect: string;
  readonly classes: readonly string[];
  /** The classes of act for which it is really asked when facts are at hand. */
  readonly asked: readonly string[];
  /** Its path in Rego, e.g. `data.sallyport.rules.level.table.answer`; empty where it has no source. */
  readonly path: string;
  /** Its file in the bundle and the line of its METADATA's rule; undefined where it has no source. */
  readonly at: { readonly file: string; readonly line: number } | undefined;
}

interface Source {
  readonly id: string;
  readonly path: string;
  readonly title: string;
  readonly description: string;
  readonly custom: JsonObject;
  readonly at: { readonly file: string; readonly line: number };
}

/** The rules of a bundle by id: those of its manifest, and those that only the sources have. */
export function rulesIn(settings: JsonObject, inspected: JsonObject | undefined): readonly RuleContent[] {
  const manifest = isObject(settings.manifest) ? settings.manifest : {};
  const listed = isObject(manifest.rules) ? manifest.rules : {};
  const index = isObject(manifest.index) && isObject(manifest.index.facts) ? manifest.index.facts : {};
  const sources = new Map(sourcesIn(inspected).map((source) => [source.id, source]));
  const ids = [...new Set([...Object.keys(listed), ...sources.keys(), ...indexed(index)])].sort();
  return ids.map((id) => ruleOf(id, listed[id], sources.get(id), index));
}

function ruleOf(id: string, listed: Json | undefined, source: Source | undefined, index: JsonObject): RuleContent {
  const said = isObject(listed) ? listed : (source?.custom ?? {});
  return {
    id,
    title: source?.title ?? textOf(said.title),
    description: source?.description ?? '',
    needs: textOf(said.needs),
    effect: textOf(said.effect),
    classes: isArray(said.classes) ? said.classes.map(textOf) : ACTION_CLASSES,
    asked: Object.keys(index).filter((name) => entriesOf(index[name]).some((entry) => entry.id === id)),
    path: source?.path ?? '',
    at: source?.at,
  };
}

function indexed(index: JsonObject): readonly string[] {
  return Object.values(index).flatMap((entries) => entriesOf(entries).map((entry) => textOf(entry.id)));
}

function entriesOf(entries: Json | undefined): readonly JsonObject[] {
  return isArray(entries) ? entries.filter(isObject) : [];
}

/** The rules named `answer` of packages `<root>.rules.<category>.<rule>`. */
function sourcesIn(inspected: JsonObject | undefined): readonly Source[] {
  const annotations = inspected?.annotations;
  return isArray(annotations) ? annotations.filter(isObject).flatMap(sourceOf) : [];
}

function sourceOf({ path, location, annotations }: JsonObject): readonly Source[] {
  const names = isArray(path) ? path.map((part) => (isObject(part) ? textOf(part.value) : '')) : [];
  const at = names.indexOf('rules');
  const [category, rule, answer] = names.slice(at + 1);
  if (at < 1 || category === undefined || rule === undefined || answer !== 'answer' || names.length !== at + 4)
    return [];
  const notes = isObject(annotations) ? annotations : {};
  const place = isObject(location) ? location : {};
  const prefix = names[1] === 'sallyport' ? '' : `${names[1]}/`;
  return [
    {
      id: `${prefix}${category}/${rule}`.replaceAll('_', '-'),
      path: names.join('.'),
      title: textOf(notes.title),
      description: textOf(notes.description).trim().replace(/\s+/g, ' '),
      custom: isObject(notes.custom) ? notes.custom : {},
      at: { file: textOf(place.file), line: Number(place.row) || 1 },
    },
  ];
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
