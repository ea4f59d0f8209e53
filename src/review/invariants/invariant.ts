import type { PolicyInput } from '../../decide/input.ts';
import type { ObligationName, Outcome, Tier } from '../../decide/verdict.ts';
import type { Coordinates } from '../authority/axes.ts';
import type { CellResult } from '../authority/result.ts';

/** What must be so, for every call of a kind. Of the requirements that it has each must be met. */
export interface Invariant {
  readonly name: string;
  readonly why: string;
  readonly file: string;
  readonly line: number;
  /** On each axis the positions of the values that it is about. */
  readonly about: readonly ReadonlySet<number>[];
  /** Only calls of these tiers. */
  readonly tiers: ReadonlySet<Tier> | undefined;
  readonly demand: Demand;
}

export type Demand =
  | { readonly kind: 'result'; readonly expect: Expectation }
  /** A call with a value of a later step is never judged more permissively than the same call with one of the step before. */
  | { readonly kind: 'order'; readonly axis: number; readonly steps: readonly (readonly number[])[] };

/** What a verdict must be; what is absent does not matter. */
export interface Expectation {
  readonly outcome: ReadonlySet<Outcome> | undefined;
  /** At least so many people must approve, if it runs at all. */
  readonly people: number | undefined;
  /** All of these, if it runs at all. */
  readonly obligations: readonly ObligationName[];
  readonly tier: ReadonlySet<Tier> | undefined;
}

/** What came of an invariant over a whole matrix. */
export interface Proof {
  readonly invariant: Invariant;
  /** How many cells, or pairs of cells, it was held against. */
  readonly checked: number;
  readonly broken: number;
  /** The one that differs least from the most ordinary call. */
  readonly counterexample: Counterexample | undefined;
}

export interface Counterexample {
  /** In a sentence: the call, what is expected, what is. */
  readonly says: string;
  readonly call: Call;
  /** Of an order: the call that should have been judged no more permissively than the other. */
  readonly than: Call | undefined;
}

/** A cell with all that is needed to look into it. */
export interface Call {
  readonly cell: number;
  readonly at: Coordinates;
  readonly result: CellResult;
  readonly input: PolicyInput;
}
