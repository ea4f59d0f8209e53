import type { Judge } from '../../decide/judge.ts';
import type { Verdict } from '../../decide/verdict.ts';
import { ACTION_CLASSES, type ActionClass } from '../../describe/action.ts';
import { canonicalJson, isObject, type JsonObject } from '../../json.ts';
import { BOUNDLESS, type Change, changesOf, crowded, PLAIN } from './changes.ts';
import { type Asking, probeInput } from './probe-input.ts';

/** A call that was judged to look at a bundle. */
export interface Slow {
  /** In words: `a write at level 3 in prod`. */
  readonly what: string;
  readonly fuel: number;
}

/** What is allowed, though the act reaches however far, or however much happened before. */
export interface Boundless {
  readonly class: ActionClass;
  readonly level: number;
  readonly environment: string;
}

export interface Probed {
  /** How many calls were judged. */
  readonly count: number;
  /** The rules that said something in any of them. */
  readonly fired: ReadonlySet<string>;
  /** The dearest calls, dearest first. */
  readonly slowest: readonly Slow[];
  readonly reach: readonly Boundless[];
  readonly pace: readonly Boundless[];
}

const MUTATING: ReadonlySet<ActionClass> = new Set([
  'write',
  'delete',
  'connect',
  'credential',
  'authority',
  'unknown',
]);
/** How many of the dearest calls are told. */
export const SLOWEST = 5;

/**
 * Judges acts of every class at every level in every environment, plain and with one thing changed: finds the rules that say
 * something, the dearest calls, and what is allowed without a limit.
 */
export function probe(judge: Judge, settings: JsonObject, time: string): Probed {
  const fired = new Set<string>();
  const slow: Slow[] = [];
  const reach: Boundless[] = [];
  const pace: Boundless[] = [];
  let count = 0;
  const ask = (asking: Asking, change: Change): Verdict => {
    const { verdict, fuel } = judge.judge(canonicalJson(probeInput(asking, change.members)));
    count += 1;
    for (const { rule } of [...verdict.reasons, ...verdict.warnings]) fired.add(rule);
    note(slow, { what: inWords(asking, change), fuel });
    return verdict;
  };
  const { levels, environments } = placesIn(settings);
  for (const level of levels) {
    for (const environment of environments) {
      // The ends show what each rule can say; in between only limits are asked about.
      const whole = isEnd(levels, level) && isEnd(environments, environment);
      for (const name of ACTION_CLASSES) {
        const asking = { class: name, level, environment, time };
        for (const change of whole ? changesOf(settings, asking) : [PLAIN]) ask(asking, change);
        if (!MUTATING.has(name)) continue;
        if (ask(asking, BOUNDLESS).outcome === 'allow') reach.push({ class: name, level, environment });
        if (ask(asking, crowded(environment, time)).outcome === 'allow') pace.push({ class: name, level, environment });
      }
    }
  }
  return { count, fired, slowest: slow, reach, pace };
}

/** The levels of the settings, the lowest first, and the environments, the strictest first; or those that every site has. */
function placesIn({ levels, environments }: JsonObject): {
  levels: readonly number[];
  environments: readonly string[];
} {
  const names: JsonObject = isObject(environments) && isObject(environments.names) ? environments.names : { prod: {} };
  const strictness = (name: string) => {
    const entry = names[name];
    return isObject(entry) ? Number(entry.strictness) : 0;
  };
  const steps = isObject(levels) ? Object.keys(levels).map(Number).filter(Number.isInteger) : [0, 1, 2, 3, 4, 5];
  return {
    levels: steps.toSorted((one, other) => one - other),
    environments: Object.keys(names).toSorted((one, other) => strictness(other) - strictness(one)),
  };
}

function isEnd<T>(of: readonly T[], one: T): boolean {
  return one === of[0] || one === of.at(-1);
}

function note(slow: Slow[], one: Slow): void {
  if (slow.length === SLOWEST && one.fuel <= (slow.at(-1)?.fuel ?? 0)) return;
  if (slow.some(({ what }) => what === one.what)) return;
  slow.push(one);
  slow.sort((a, b) => b.fuel - a.fuel);
  slow.length = Math.min(slow.length, SLOWEST);
}

function inWords(asking: Asking, { words }: Change): string {
  return `${/^[aeiou]/.test(asking.class) ? 'an' : 'a'} ${asking.class} at level ${asking.level} in ${asking.environment} ${words}`.trimEnd();
}
