import { identityOf } from '../../terms/identity.ts';
import { RegoNumber } from '../../terms/rego-number.ts';
import { isTerms, RegoObject, RegoSet, type Term } from '../../terms/term.ts';

/** Steps that all patches of one document may take together; copies of copies grow without bounds otherwise. */
const MOST_STEPS = 1_000_000;

/** What OPA calls an error of the builtin. */
export class PatchError extends Error {}

/** A member that was changed: what it is now, or that it is gone. */
interface Edited {
  readonly key: Term;
  /** `deleted` keeps nothing; a tree where something below may be edited yet. */
  readonly child: EditTree | 'deleted';
}

/**
 * A value that is edited without being copied: OPA's `internal/edittree`, whose answers this gives, those included that
 * are odd (of an array in which something was removed or inserted, it unfolds by the place in the old array).
 */
export class EditTree {
  #value: Term | undefined;
  readonly #budget: { steps: number };
  #edits = new Map<string, Edited>();
  /** Of an array: which places of the new one were put in, and which of the old one are gone. */
  #inserted: boolean[] = [];
  #eliminated: boolean[] = [];
  /** What was put in, by its place in the new array. */
  #children = new Map<number, EditTree>();

  constructor(value: Term, budget = { steps: MOST_STEPS }) {
    this.#budget = budget;
    this.#reset(value);
  }

  insertAtPath(path: readonly Term[], value: Term): void {
    const key = path.at(-1);
    if (key === undefined) this.#reset(value);
    else this.#unfold(path.slice(0, -1)).#insert(key, value);
  }

  deleteAtPath(path: readonly Term[]): void {
    const key = path.at(-1);
    if (key !== undefined) {
      this.#unfold(path.slice(0, -1)).#delete(key);
      return;
    }
    if (this.#value === undefined) throw new PatchError();
    this.#reset(undefined);
  }

  renderAtPath(path: readonly Term[]): Term | undefined {
    const value = this.#unfold(path).render();
    if (value !== undefined) this.#chargeFor(value);
    return value;
  }

  /** The value as edited; undefined when it was deleted. */
  render(): Term | undefined {
    const value = this.#value;
    if (value instanceof RegoObject) {
      if (this.#edits.size === 0) return value;
      const kept = value.members.filter(([key]) => !this.#edits.has(identityOf(key)));
      return new RegoObject([...kept, ...this.#rendered()]);
    }
    if (value instanceof RegoSet) {
      if (this.#edits.size === 0) return value;
      const kept = value.elements.filter((element) => !this.#edits.has(identityOf(element)));
      const unique = new Map([...kept, ...this.#rendered().map(([, one]) => one)].map((one) => [identityOf(one), one]));
      return new RegoSet([...unique.values()]);
    }
    return isTerms(value) ? this.#renderArray(value) : value;
  }

  #rendered(): (readonly [Term, Term])[] {
    return [...this.#edits.values()].flatMap(({ key, child }) => {
      const value = child === 'deleted' ? undefined : child.render();
      return value === undefined ? [] : [[key, value] as const];
    });
  }

  #renderArray(array: readonly Term[]): Term {
    let old = 0;
    return this.#inserted.flatMap((isInserted, index) => {
      if (isInserted) {
        const value = this.#children.get(index)?.render();
        return value === undefined ? [] : [value];
      }
      while (this.#eliminated[old]) old += 1;
      const value = array[old];
      old += 1;
      return value === undefined ? [] : [value];
    });
  }

  #reset(value: Term | undefined): void {
    this.#value = value;
    this.#edits = new Map();
    this.#children = new Map();
    const length = isTerms(value) ? value.length : 0;
    this.#charge(length);
    this.#inserted = new Array<boolean>(length).fill(false);
    this.#eliminated = new Array<boolean>(length).fill(false);
  }

  #insert(key: Term, value: Term): EditTree {
    const here = this.#value;
    if (here instanceof RegoObject) return this.#put(key, value);
    if (here instanceof RegoSet) {
      if (identityOf(key) !== identityOf(value)) throw new PatchError();
      if (isComposite(key)) this.#reset(this.render());
      return this.#put(key, value);
    }
    if (!isTerms(here)) throw new PatchError();
    const index = indexOf(this.#inserted.length, key);
    if (index < 0 || index > this.#inserted.length) throw new PatchError();
    this.#charge(this.#inserted.length);
    this.#shift(index, 1);
    this.#inserted.splice(index, 0, true);
    const child = new EditTree(value, this.#budget);
    this.#children.set(index, child);
    return child;
  }

  #put(key: Term, value: Term): EditTree {
    const child = new EditTree(value, this.#budget);
    this.#edits.set(identityOf(key), { key, child });
    return child;
  }

  #delete(key: Term): void {
    const here = this.#value;
    if (isTerms(here)) {
      this.#deleteAt(indexOf(this.#inserted.length, key));
      return;
    }
    if (here instanceof RegoSet && isComposite(key)) this.#reset(this.render());
    const identity = identityOf(key);
    const edited = this.#edits.get(identity);
    if (edited?.child === 'deleted') throw new PatchError();
    if (!edited && this.#find(key) === undefined) throw new PatchError();
    this.#edits.set(identity, { key, child: 'deleted' });
  }

  #deleteAt(index: number): void {
    if (index < 0 || index >= this.#inserted.length) throw new PatchError();
    this.#charge(this.#inserted.length);
    if (this.#inserted[index] === false) {
      let left = this.#inserted.slice(0, index).filter((isInserted) => !isInserted).length;
      const old = this.#eliminated.findIndex((isGone) => {
        if (!isGone) left -= 1;
        return left < 0;
      });
      this.#eliminated[old] = true;
    }
    this.#children.delete(index);
    this.#shift(index + 1, -1);
    this.#inserted.splice(index, 1);
  }

  /** Moves what was put in at a place or behind it by one. */
  #shift(from: number, by: 1 | -1): void {
    const moved = [...this.#children].map(([index, child]) => [index >= from ? index + by : index, child] as const);
    this.#children = new Map(moved);
  }

  #unfold(path: readonly Term[]): EditTree {
    const [key, ...rest] = path;
    if (key === undefined) return this;
    this.#charge(1);
    const here = this.#value;
    if (isTerms(here)) return this.#unfoldArray(here, indexOf(this.#inserted.length, key)).#unfold(rest);
    if (here instanceof RegoSet && isComposite(key)) this.#reset(this.render());
    const edited = this.#edits.get(identityOf(key));
    if (edited?.child === 'deleted') throw new PatchError();
    if (edited) return edited.child.#unfold(rest);
    const value = this.#find(key);
    if (value === undefined) throw new PatchError();
    return this.#insert(key, value).#unfold(rest);
  }

  #unfoldArray(array: readonly Term[], index: number): EditTree {
    const child = this.#children.get(index);
    if (child) return child;
    const value = array[index];
    if (value === undefined) throw new PatchError();
    const key = new RegoNumber(index);
    this.#delete(key);
    return this.#insert(key, value);
  }

  #find(key: Term): Term | undefined {
    const wanted = identityOf(key);
    const here = this.#value;
    if (here instanceof RegoObject) {
      if (typeof key === 'string') return here.get(key);
      this.#charge(here.members.length);
      return here.members.find(([name]) => identityOf(name) === wanted)?.[1];
    }
    if (!(here instanceof RegoSet)) throw new PatchError();
    this.#charge(here.elements.length);
    return here.elements.find((element) => identityOf(element) === wanted);
  }

  #charge(steps: number): void {
    this.#budget.steps -= steps;
    if (this.#budget.steps < 0) throw new TypeError(`json.patch takes more than ${MOST_STEPS} steps`);
  }

  /** For every value in what will be there twice. */
  #chargeFor(value: Term): void {
    this.#charge(1);
    if (isTerms(value)) for (const one of value) this.#chargeFor(one);
    else if (value instanceof RegoSet) for (const one of value.elements) this.#chargeFor(one);
    else if (value instanceof RegoObject) for (const [, one] of value.members) this.#chargeFor(one);
  }
}

function isComposite(term: Term): boolean {
  return isTerms(term) || term instanceof RegoSet || term instanceof RegoObject;
}

/** The place in an array that a part of a path names; `-` is behind the last. */
function indexOf(length: number, key: Term): number {
  if (key === '-') return length;
  const text = key instanceof RegoNumber ? key.text : key;
  if (typeof text !== 'string' || !/^[+-]?(?=.{1,19}$)\d*(?:\.0*)?$/.test(text)) throw new PatchError();
  if (typeof key === 'string' && key !== '0' && key.startsWith('0')) throw new PatchError();
  return Number(text);
}
