import { ruleFile } from './rule-file.ts';
import type { Effect, ListedRule } from './rule-probe.ts';
import type { Judged } from './run-scenario.ts';

/** How the scenarios try one rule. */
export interface RuleCoverage {
  readonly rule: string;
  readonly title: string;
  /** The effects that it can have, as its source says, and in how many scenarios it had each. */
  readonly effects: Readonly<Record<string, number>>;
  readonly fired: number;
  /** Scenarios in which it was asked and had nothing to say; of a rule that always has, in which it was not asked. */
  readonly silent: number;
  /** What no scenario shows, in words; empty when it is covered. */
  readonly missing: readonly string[];
}

export interface Coverage {
  readonly rules: readonly RuleCoverage[];
  /** 0..100: of what there is to show (each effect, and silence), how much is shown. */
  readonly percent: number;
}

/** Counts, scenario by scenario, which rules fired and which were asked in vain. */
export class CoverageCount {
  readonly #rules: readonly ListedRule[];
  readonly #possible: ReadonlyMap<string, readonly Effect[]>;
  /** Rules that always have something to say when they are asked: to be silent is not to be asked. */
  readonly #talkative: ReadonlySet<string>;
  readonly #fired = new Map<string, number>();
  readonly #silent = new Map<string, number>();
  readonly #effects = new Map<string, Map<Effect, number>>();

  /** @param sources the bundle's Rego by name, to tell which effects a rule can have */
  constructor(rules: readonly ListedRule[], sources: ReadonlyMap<string, string>) {
    this.#rules = rules;
    this.#possible = new Map(rules.map((rule) => [rule.id, effectsOf(rule, sourceOf(rule, sources))]));
    this.#talkative = new Set(
      rules.filter((rule) => !/:= \[\]/.test(sourceOf(rule, sources) ?? ':= []')).map(({ id }) => id),
    );
  }

  add({ said }: Judged, asked: readonly string[]): void {
    const loud = new Map(said.map((one) => [one.rule, one]));
    for (const rule of asked) {
      const one = loud.get(rule);
      if (one === undefined) bump(this.#silent, rule);
      else {
        bump(this.#fired, rule);
        const effects = this.#effects.get(rule) ?? new Map<Effect, number>();
        const possible = this.#possible.get(rule) ?? [];
        for (const effect of one.effects) bump(effects, meant(effect, possible));
        this.#effects.set(rule, effects);
      }
    }
    for (const rule of this.#talkative) if (!asked.includes(rule)) bump(this.#silent, rule);
  }

  result(): Coverage {
    let there = 0;
    let shown = 0;
    const rules = this.#rules.map(({ id, title }): RuleCoverage => {
      const had = this.#effects.get(id) ?? new Map<Effect, number>();
      const possible = this.#possible.get(id) ?? [];
      const effects = Object.fromEntries(
        [...new Set([...possible, ...had.keys()])].map((one) => [one, had.get(one) ?? 0]),
      );
      const silent = this.#silent.get(id) ?? 0;
      const fired = this.#fired.get(id) ?? 0;
      const lacking = possible.filter((effect) => !had.has(effect));
      const missing = [
        ...(fired === 0
          ? ['no scenario in which it fires']
          : lacking.map((effect) => `no scenario in which its effect is ${effect}`)),
        ...(silent === 0 ? ['no scenario in which it is asked and has nothing to say'] : []),
      ];
      there += possible.length + 1;
      shown += possible.length - lacking.length + (silent > 0 ? 1 : 0);
      return { rule: id, title, effects, fired, silent, missing };
    });
    return { rules, percent: there === 0 ? 100 : Math.floor((100 * shown) / there) };
  }
}

/** What a rule requires and is not there holds the call; of one that has no other way to hold, that is what it had. */
function meant(effect: Effect, possible: readonly Effect[]): Effect {
  return effect === 'hold' && !possible.includes('hold') && possible.includes('require') ? 'require' : effect;
}

/** The effects that the rule's own file writes down; of one that leaves its findings to others, the one in the manifest. */
function effectsOf({ effect }: ListedRule, source = ''): readonly Effect[] {
  const written = new Set([...source.matchAll(/"effect":\s*"(\w+)"/g)].map(([, name]) => name));
  const found = EFFECTS.filter((one) => written.has(one));
  return found.length > 0 ? found : EFFECTS.filter((one) => one === effect);
}

function sourceOf({ id }: ListedRule, sources: ReadonlyMap<string, string>): string | undefined {
  return sources.get(ruleFile(id));
}

const EFFECTS: readonly Effect[] = ['grant', 'hold', 'require', 'deny', 'warn'];

function bump<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
