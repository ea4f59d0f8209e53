import { looser } from '../../decide/strictness.ts';
import { SallyportError } from '../../errors.ts';
import { inputOf } from '../authority/cell-input.ts';
import { type Matrix, UNJUDGED } from '../authority/matrix.ts';
import { type CellResult, peopleOf } from '../authority/result.ts';
import { callInWords, listed, resultInWords } from '../authority/words.ts';
import type { Call, Counterexample, Expectation, Invariant, Proof } from './invariant.ts';

/**
 * Holds every invariant against every cell that it is about.
 * @throws SallyportError `config/invalid` for those that are about no cell at all: they would hold whatever the policy says
 */
export function prove(matrix: Matrix, invariants: readonly Invariant[]): readonly Proof[] {
  const proofs = holdAgainst(matrix, invariants);
  const empty = proofs.filter(({ checked }) => checked === 0);
  if (empty.length === 0) return proofs;
  const lines = empty.map(
    ({ invariant: { file, line, name } }) => `${file}:${line}: ${name}: the matrix has no call that this is about`,
  );
  throw new SallyportError('config/invalid', lines.join('\n'), {
    fix: 'correct what the invariant is for, or take it out: nothing is proved by it',
  });
}

/** As `prove`, over the cells that were judged; an invariant may be about none of them. */
export function holdAgainst(matrix: Matrix, invariants: readonly Invariant[]): readonly Proof[] {
  return invariants.map((invariant) => proofOf(matrix, invariant));
}

/** A cell that breaks an invariant, of an order with the cell that it is compared with. */
interface Breach {
  readonly cell: number;
  readonly than: number | undefined;
  readonly expected: string;
}

function proofOf(matrix: Matrix, invariant: Invariant): Proof {
  let checked = 0;
  let broken = 0;
  let best: { readonly breach: Breach; readonly oddity: number } | undefined;
  for (const breach of invariant.demand.kind === 'result' ? results(matrix, invariant) : pairs(matrix, invariant)) {
    checked += 1;
    if (breach === undefined) continue;
    broken += 1;
    const oddity = oddityOf(matrix, breach.cell);
    if (best === undefined || oddity < best.oddity) best = { breach, oddity };
  }
  return { invariant, checked, broken, counterexample: best && counterexampleOf(matrix, best.breach) };
}

/** For each cell that the invariant is about, what is wrong with it. */
function* results(matrix: Matrix, { about, tiers, demand }: Invariant): Generator<Breach | undefined> {
  if (demand.kind !== 'result') return;
  const verdicts = matrix.results.map((result) => misses(demand.expect, result));
  for (const cell of matrix.space.within(about)) {
    const result = matrix.results[matrix.of[cell] ?? UNJUDGED];
    if (result === undefined || (tiers !== undefined && !tiers.has(result.tier))) continue;
    const expected = verdicts[matrix.of[cell] ?? -1];
    yield expected === undefined ? undefined : { cell, than: undefined, expected };
  }
}

/** What is expected of a result and not so, in words; undefined where all of it is. */
function misses({ outcome, people, obligations, tier }: Expectation, result: CellResult): string | undefined {
  if (outcome !== undefined && !outcome.has(result.outcome)) return `expected ${listed([...outcome], 'or')}`;
  if (tier !== undefined && !tier.has(result.tier))
    return `expected tier ${listed([...tier], 'or')}, not ${result.tier}`;
  if (result.outcome === 'deny') return undefined;
  const asked = peopleOf(result) ?? 0;
  if (people !== undefined && asked < people) return `expected at least ${people} to approve`;
  const missing = obligations.filter((name) => !result.obligations.some((one) => one.name === name));
  return missing.length === 0 ? undefined : `expected the gate to be obliged to ${listed(missing)}`;
}

/** For each pair of cells that differ in one step of the order alone, what is wrong with the later one. */
function* pairs(matrix: Matrix, { about, tiers, demand }: Invariant): Generator<Breach | undefined> {
  if (demand.kind !== 'order') return;
  const { space } = matrix;
  const { axis, steps } = demand;
  const compared = new Map<number, string | undefined>();
  for (const [index, step] of steps.slice(1).entries()) {
    const from = new Set((steps[index] ?? []).filter((position) => about[axis]?.has(position)));
    for (const cell of space.within(about.with(axis, from))) {
      const result = matrix.results[matrix.of[cell] ?? UNJUDGED];
      if (result === undefined || (tiers !== undefined && !tiers.has(result.tier))) continue;
      const positions = space.positions(cell);
      for (const value of step) {
        if (!about[axis]?.has(value)) continue;
        positions[axis] = value;
        const other = space.cellAt(positions);
        if (other === undefined || matrix.of[other] === UNJUDGED) continue;
        const why = comparison(matrix, compared, cell, other);
        yield why === undefined ? undefined : { cell: other, than: cell, expected: why };
      }
    }
  }
}

/** Why the second is judged more permissively than the first; there are few results, and each pair is compared once. */
function comparison(
  matrix: Matrix,
  known: Map<number, string | undefined>,
  cell: number,
  other: number,
): string | undefined {
  const key = (matrix.of[cell] ?? 0) * matrix.results.length + (matrix.of[other] ?? 0);
  if (known.has(key)) return known.get(key);
  const why = looser(resultAt(matrix, cell), resultAt(matrix, other));
  known.set(key, why);
  return why;
}

/** How far a cell is from the most ordinary one: the axes on which it differs, then by how much. */
function oddityOf({ space }: Matrix, cell: number): number {
  const positions = space.positions(cell);
  let axes = 0;
  let steps = 0;
  for (const [index, { values, ordinary }] of space.axes.entries()) {
    const away = Math.abs((positions[index] ?? 0) - values.findIndex(({ name }) => name === ordinary));
    axes += Math.sign(away);
    steps += away;
  }
  return axes * 10_000 + steps;
}

function counterexampleOf(matrix: Matrix, { cell, than, expected }: Breach): Counterexample {
  const call = callOf(matrix, cell);
  const told = (one: Call): string => `${callInWords(matrix.space, one.at)} ${resultInWords(one.result)}`;
  if (than === undefined) return { says: `${told(call)}; ${expected}`, call, than: undefined };
  const other = callOf(matrix, than);
  return { says: `${told(call)}, while ${told(other)}: ${expected}`, call, than: other };
}

function callOf(matrix: Matrix, cell: number): Call {
  const at = matrix.space.coordinates(cell);
  return { cell, at, result: resultAt(matrix, cell), input: inputOf(matrix.recipe, at) };
}

function resultAt({ results: all, of }: Matrix, cell: number): CellResult {
  const result = all[of[cell] ?? -1];
  if (result === undefined) throw new RangeError(`there is no cell ${cell}`);
  return result;
}
