import type { Boundless, Probed } from '../probes/probes.ts';
import type { Finding } from '../report/finding.ts';

/** What is granted without a limit on how far one act reaches, or on how much may happen. */
export function grantFindings({ reach, pace }: Probed): readonly Finding[] {
  return [
    ...byClass(reach).map(
      ([name, where]): Finding => ({
        rule: 'grant-without-limit',
        level: 'warning',
        message: `a ${name} runs without a person however far it reaches: ${where}`,
        fix: 'set limits for it in limits.yaml, or let the level table ask for a person',
      }),
    ),
    ...byClass(pace).map(
      ([name, where]): Finding => ({
        rule: 'pace-without-limit',
        level: 'note',
        message: `a ${name} runs without a person however many there were within the hour: ${where}`,
        fix: 'set limits.rate and limits.hourly for it, if that is not meant',
      }),
    ),
  ];
}

/** Each class with where it is allowed: `at levels 3, 4, 5 in dev, test`. */
function byClass(found: readonly Boundless[]): readonly (readonly [string, string])[] {
  const names = [...new Set(found.map((one) => one.class))];
  return names.map((name) => {
    const same = found.filter((one) => one.class === name);
    const places = [...new Set(same.map((one) => one.environment))];
    const byLevels = Map.groupBy(places, (place) =>
      same
        .filter((one) => one.environment === place)
        .map((one) => one.level)
        .join(', '),
    );
    return [name, [...byLevels].map(([levels, where]) => `at level ${levels} in ${where.join(', ')}`).join('; ')];
  });
}
