import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseYaml, type YamlFile } from '../config/yaml-file.ts';
import { invalidFile, type Problem } from '../config/yaml-problems.ts';
import { checkSettings, type SettingsSchemas } from '../decide/settings/check-settings.ts';
import { messageOf, SallyportError } from '../errors.ts';
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';

const FIX = 'correct the settings where it points; rego/schemas/settings says what may stand there';

/** Settings files that were read, and where in them each section stands. */
export interface SettingsFiles {
  readonly settings: JsonObject;
  /** A line for each problem, beginning with `file:line:column` where the setting stands in one of the files. */
  locate(problems: readonly Problem[]): readonly string[];
  /** An error of these lines. */
  refuse(problems: readonly Problem[]): SallyportError;
}

/** The schemas of a library's settings, by section: `<folder>/<section>.json`. @throws SallyportError `bundle/invalid` */
export async function readSchemas(folder: string): Promise<SettingsSchemas> {
  const schemas: Record<string, JsonObject> = {};
  for (const name of (await listOf(folder)).filter((one) => one.endsWith('.json'))) {
    const schema: Json = await readFile(join(folder, name), 'utf8')
      .then((text) => JSON.parse(text))
      .catch((cause) => {
        throw new SallyportError('bundle/invalid', `schemas/settings/${name} cannot be read: ${messageOf(cause)}`);
      });
    if (isObject(schema)) schemas[name.slice(0, -'.json'.length)] = schema;
  }
  return schemas;
}

/**
 * Reads the settings files of a folder (`.yaml`, `.yml`, `.json`; not the generated `manifest.json`), each with the sections
 * that it brings, and checks them against the schemas.
 * @param shown what errors call the folder
 * @throws SallyportError `bundle/invalid`, a line per problem that begins with `file:line:column`
 */
export async function readSettings(folder: string, shown: string, schemas: SettingsSchemas): Promise<SettingsFiles> {
  const sections = new Map<string, { readonly yaml: YamlFile; readonly value: Json }>();
  const refused: string[] = [];
  for (const name of (await listOf(folder)).filter((one) => /\.(ya?ml|json)$/.test(one) && one !== 'manifest.json')) {
    const text = await readFile(join(folder, name), 'utf8');
    try {
      const yaml = parseYaml(`${shown}/${name}`, text, 'settings');
      if (!isObject(yaml.value)) throw invalidFile(yaml, [{ path: [], at: 'value', message: 'expected a mapping' }]);
      const twice = Object.keys(yaml.value).filter((section) => sections.has(section));
      const problems = [
        ...twice.map((section): Problem => ({ path: [section], at: 'key', message: againIn(sections.get(section)) })),
        ...checkSettings(yaml.value, schemas),
      ];
      if (problems.length > 0) throw invalidFile(yaml, problems);
      for (const [section, value] of Object.entries(yaml.value)) sections.set(section, { yaml, value });
    } catch (error) {
      refused.push(messageOf(error));
    }
  }
  if (refused.length > 0) throw new SallyportError('bundle/invalid', refused.join('\n'), { fix: FIX });
  const locate = (problems: readonly Problem[]): readonly string[] =>
    problems.map((problem) => {
      const section = String(problem.path[0]);
      const yaml = sections.get(section)?.yaml;
      return yaml === undefined ? `${section}: ${problem.message}` : invalidFile(yaml, [problem]).message;
    });
  return {
    settings: Object.fromEntries([...sections].map(([section, { value }]) => [section, value])),
    locate,
    refuse: (problems) => new SallyportError('bundle/invalid', locate(problems).join('\n'), { fix: FIX }),
  };
}

/** Rules look things up in every section, so a library has all of them. @throws SallyportError `bundle/invalid` */
export function requireSections({ settings }: SettingsFiles, schemas: SettingsSchemas): void {
  const missing = Object.keys(schemas).filter((section) => !Object.hasOwn(settings, section));
  if (missing.length === 0) return;
  throw new SallyportError('bundle/invalid', `data: there are no settings ${missing.join(', ')}`, {
    fix: `add data/${missing[0]}.yaml`,
  });
}

/**
 * Compares settings as they were checked with those that OPA read, whose YAML is of another version: to it 010 is 8.
 * @throws SallyportError `bundle/invalid` naming the first places where they differ
 */
export function compareReading(files: SettingsFiles, read: JsonObject): void {
  const { manifest: _, ...settings } = read;
  const differing = [...new Set([...Object.keys(settings), ...Object.keys(files.settings)])].flatMap((section) => {
    const path = firstDifference(files.settings[section], settings[section], [section]);
    return path === undefined ? [] : [path];
  });
  if (differing.length === 0) return;
  const message =
    'OPA reads this differently; put texts in quotes, and write numbers without leading zeros and underscores';
  throw files.refuse(differing.map((path) => ({ path, at: 'value', message })));
}

function firstDifference(
  one: Json | undefined,
  other: Json | undefined,
  path: readonly (string | number)[],
): readonly (string | number)[] | undefined {
  if (isDeepStrictEqual(one, other)) return undefined;
  if (isArray(one) && isArray(other) && one.length === other.length) {
    const at = one.findIndex((value, index) => !isDeepStrictEqual(value, other[index]));
    return firstDifference(one[at], other[at], [...path, at]);
  }
  if (isObject(one) && isObject(other)) {
    const key = [...Object.keys(one), ...Object.keys(other)].find((name) => !isDeepStrictEqual(one[name], other[name]));
    if (key !== undefined && Object.hasOwn(one, key)) return firstDifference(one[key], other[key], [...path, key]);
  }
  return path;
}

function againIn(before: { readonly yaml: YamlFile } | undefined): string {
  return `this section already stands in ${before?.yaml.file ?? 'another file'}`;
}

async function listOf(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}
