import { isObject, type Json, type JsonObject } from '../../json.ts';
import type { Finding } from '../report/finding.ts';

/** Where in the settings names of environments are: `*` stands for any name. The names are the members there. */
const PLACES: readonly (readonly string[])[] = [
  ['approvers', 'environments'],
  ['dry_run', 'as_dry_run'],
  ['dry_run', 'first'],
  ['escalation', 'environments'],
  ['escalation', 'services', '*'],
  ['evidence', 'required'],
  ['limits', 'tier_b'],
  ['limits', 'refuse'],
  ['limits', 'rate'],
  ['limits', 'attempts'],
  ['limits', 'hourly', '*'],
  ['reverts'],
  ['runbooks', '*', 'environments'],
  ['windows', 'environments'],
  ['windows', 'services'],
];

/** Settings under names that no environment has: rules look them up by canonical name, so they are not in force. */
export function environmentFindings(settings: JsonObject): readonly Finding[] {
  const { names, aliases, undeclared } = environmentsOf(settings);
  if (Object.keys(names).length === 0) return [];
  const meant = [
    ...PLACES.flatMap((place) => membersAt(settings, place)),
    ...Object.entries(aliases).map(([alias, name]) => ({ path: `environments.aliases.${alias}`, name: String(name) })),
    { path: 'environments.undeclared', name: undeclared },
  ];
  return meant
    .filter(({ name }) => !Object.hasOwn(names, name))
    .map(({ path, name }) => unknownName(path, name, aliases[name]));
}

function unknownName(path: string, name: string, canonical: Json | undefined): Finding {
  return {
    rule: 'environment-unknown',
    level: 'warning',
    message: `settings.${path}: there is no environment named ${name}, so that this is not in force`,
    fix:
      typeof canonical === 'string'
        ? `write ${canonical}, which ${name} is another spelling of`
        : 'correct the name, or add it to environments.yaml',
  };
}

function environmentsOf(settings: JsonObject): { names: JsonObject; aliases: JsonObject; undeclared: string } {
  const environments = isObject(settings.environments) ? settings.environments : {};
  const { names, aliases, undeclared } = environments;
  return {
    names: isObject(names) ? names : {},
    aliases: isObject(aliases) ? aliases : {},
    undeclared: typeof undeclared === 'string' ? undeclared : '',
  };
}

/** The names of the members at a place, each with its path. */
function membersAt(
  value: Json | undefined,
  place: readonly string[],
  path = '',
): readonly { path: string; name: string }[] {
  if (!isObject(value)) return [];
  const [step, ...rest] = place;
  if (step === undefined)
    return Object.keys(value).map((name) => ({ path: path === '' ? name : `${path}.${name}`, name }));
  const taken = step === '*' ? Object.keys(value) : [step];
  return taken.flatMap((name) => membersAt(value[name], rest, path === '' ? name : `${path}.${name}`));
}
