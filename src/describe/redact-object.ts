import { canonicalJson, isArray, isObject, type Json, type JsonObject } from '../json.ts';
import { parseStrictJson } from '../strict-json.ts';
import { isSecretFile, isSecretName } from './secret-formats.ts';

interface Tools {
  readonly digest: (value: Uint8Array | string) => string;
  readonly redactText: (text: string) => string;
  readonly redactWords: (words: readonly string[]) => readonly string[];
}

/** Where the walk is, and what is known of the object that it is in. */
interface Place {
  readonly path: readonly string[];
  readonly kind: 'secret' | 'config map' | 'other';
}

/** Annotations that hold a whole object as JSON. */
const OBJECT_ANNOTATIONS: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'kapp.k14s.io/original',
  'banzaicloud.com/last-applied',
]);
/** Deeper than anything the API server stores. */
const DEEPEST = 256;
/** The API server's own limit on all annotations of an object, in bytes. */
const LONGEST_ANNOTATION = 256 * 1024;

/**
 * The part of an object that stands at `path`, without its secrets.
 * @param resource `secrets`, `configmaps`, ... where the object does not say its kind
 */
export function redactObject(value: Json, path: readonly string[], resource: string | undefined, tools: Tools): Json {
  const kind = resource === 'secrets' ? 'secret' : resource === 'configmaps' ? 'config map' : 'other';
  return walk(value, { path, kind }, tools);
}

function walk(value: Json, place: Place, tools: Tools): Json {
  if (place.path.length > DEEPEST) return tools.digest('nested too deep');
  if (value === null) return value;
  const { secret, bytes } = judge(place);
  if (isArray(value)) return walkArray(value, place, tools);
  if (isObject(value)) return walkObject(value, place, tools);
  if (secret || namedSecret(value, place.path)) return tools.digest(bytes ? decoded(String(value)) : String(value));
  if (typeof value !== 'string') return value;
  const parent = place.path.at(-2);
  if (parent === 'annotations' && OBJECT_ANNOTATIONS.has(place.path.at(-1) ?? '')) return embedded(value, place, tools);
  return tools.redactText(value);
}

function walkArray(items: readonly Json[], place: Place, tools: Tools): Json {
  const words = items.every((item) => typeof item === 'string') ? tools.redactWords(items) : undefined;
  return items.map((item, at) => {
    const shown = walk(item, { path: [...place.path, String(at)], kind: place.kind }, tools);
    // A word after `--password` says nothing by itself.
    return shown === item ? (words?.[at] ?? shown) : shown;
  });
}

function walkObject(object: JsonObject, place: Place, tools: Tools): Json {
  const kind = kindOf(object, place);
  // An item of a list starts an object of its own, and so does whatever names its kind.
  const path = kind.starts ? [] : place.path;
  const redacted: [string, Json][] = [];
  for (const [key, member] of Object.entries(object)) {
    const shown = walk(member, { path: [...path, key], kind: kind.kind }, tools);
    redacted.push([key.length < 12 ? key : tools.redactText(key), shown]);
  }
  return Object.fromEntries(redacted);
}

function kindOf(object: JsonObject, place: Place): { kind: Place['kind']; starts: boolean } {
  if (place.kind === 'secret' && place.path.length === 0) return { kind: 'secret', starts: true };
  const named = object.kind;
  if (named === 'Secret' || named === 'SecretList') return { kind: 'secret', starts: true };
  if (named === 'ConfigMap' || named === 'ConfigMapList') return { kind: 'config map', starts: true };
  const item = place.path.length === 2 && place.path[0] === 'items';
  if (item && place.kind !== 'other') return { kind: place.kind, starts: true };
  // Only secrets have this field, so a patch that does not say what it patches is one.
  if (place.path.length === 0 && 'stringData' in object) return { kind: 'secret', starts: false };
  return { kind: place.kind, starts: false };
}

/** Whether the scalar at this place is a secret, and whether it is the base64 of one. */
function judge({ path, kind }: Place): { secret: boolean; bytes: boolean } {
  const [top, entry] = path;
  if (kind === 'secret' && (top === 'data' || top === 'stringData')) return { secret: true, bytes: top === 'data' };
  if (kind === 'config map' && (top === 'data' || top === 'binaryData')) {
    return { secret: isSecretFile(entry ?? ''), bytes: top === 'binaryData' };
  }
  return { secret: isEnvironment(path), bytes: false };
}

/** `env/0/value` and what is below it; `env` as a map, or as a list of `NAME=value`. */
function isEnvironment(path: readonly string[]): boolean {
  const at = path.lastIndexOf('env');
  return at >= 0 && (path.length === at + 2 || path[at + 2] === 'value');
}

/** A password may be a number; `automountServiceAccountToken: true` is no secret. */
function namedSecret(value: Json, path: readonly string[]): boolean {
  return typeof value !== 'boolean' && isSecretName(path.at(-1) ?? '');
}

/** `data` holds the base64 of what `stringData` holds: digests of the same secret are the same. */
function decoded(base64: string): Uint8Array | string {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64.replaceAll(/\s/g, '') ? bytes : base64;
}

function embedded(text: string, place: Place, tools: Tools): string {
  if (text.length > LONGEST_ANNOTATION) return tools.digest(text);
  try {
    const object = parseStrictJson(Buffer.from(text));
    const hint = place.kind === 'secret' ? 'secrets' : place.kind === 'config map' ? 'configmaps' : undefined;
    if (!isObject(object)) return tools.digest(text);
    const shown = canonicalJson(redactObject(object, [], hint, tools));
    return shown.length > 4096 ? tools.digest(text) : shown;
  } catch {
    return tools.digest(text);
  }
}
