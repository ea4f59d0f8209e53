import { isObject, type Json, type JsonObject } from '../../json.ts';
import { type ProbeSpec, readProbes } from './plan.ts';

/**
 * What a policy would verify acts by, and this gate cannot: endpoints that the configuration does not name, or names as another
 * kind. Of such acts people are asked; whoever runs the gate should know why.
 * @param settings of the policy in force
 */
export function unknownEndpoints(
  settings: JsonObject,
  knows: (probe: Extract<ProbeSpec, { endpoint: string }>) => boolean,
): readonly string[] {
  const sources = [
    ...entries(settings.verification, 'actions').map(([name, source]) => [name, source] as const),
    ...entries(settings, 'runbooks').map(([name, book]) => [`runbook ${name}`, member(book, 'verification')] as const),
  ];
  return sources.flatMap(([what, source]) =>
    (readProbes(member(source, 'probes') ?? []) ?? [])
      .filter((probe) => (probe.probe === 'http' || probe.probe === 'prometheus') && !knows(probe))
      .map((probe) => ('endpoint' in probe ? probe.endpoint : ''))
      .map(
        (name) =>
          `the policy verifies ${what} by ${JSON.stringify(name)}, which is no such probe of the configuration: people are asked instead`,
      ),
  );
}

function entries(value: Json | undefined, name: string): readonly (readonly [string, Json])[] {
  const found = member(value, name);
  return isObject(found)
    ? Object.entries(found).flatMap(([key, one]) => (one === undefined ? [] : [[key, one] as const]))
    : [];
}

function member(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
