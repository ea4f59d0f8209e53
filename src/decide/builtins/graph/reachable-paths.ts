import { identityOf } from '../../terms/identity.ts';
import { elementsOf, isTerms, RegoObject, RegoSet, type Term } from '../../terms/term.ts';

/** Nodes that all paths of one answer may have together: there can be as many paths as there are orders of nodes. */
const MOST_NODES = 100_000;
/** Nodes that all ways are long together, whether they become paths or not. */
const MOST_STEPS = 1_000_000;

/** OPA's `graph.reachable_paths(graph, initial)`: a set of paths, each an array of nodes. */
export function reachablePaths(graph: Term | undefined, initial: Term | undefined): Term | undefined {
  const roots = elementsOf(initial);
  if (!(graph instanceof RegoObject) || !roots) return undefined;
  const walk = new PathWalk(graph);
  for (const root of roots) walk.from(root);
  return walk.paths();
}

class PathWalk {
  readonly #edges: ReadonlyMap<string, readonly Term[]>;
  readonly #paths = new Map<string, readonly Term[]>();
  #left = MOST_NODES;
  #steps = MOST_STEPS;

  constructor(graph: RegoObject) {
    // A node whose edges are neither array nor set has none.
    this.#edges = new Map(graph.members.map(([node, edges]) => [identityOf(node), elementsOf(edges) ?? []]));
  }

  from(root: Term): void {
    const edges = this.#edges.get(identityOf(root));
    if (!edges) return;
    if (edges.length === 0) this.#commit([root]);
    for (const neighbour of edges) this.#follow(neighbour, [root], new Set([identityOf(root)]));
  }

  paths(): RegoSet {
    return new RegoSet([...this.#paths.values()]);
  }

  #follow(node: Term, path: readonly Term[], reached: ReadonlySet<string>): void {
    const identity = identityOf(node);
    const edges = this.#edges.get(identity);
    if (!edges) {
      this.#commit(path); // it is no node of the graph
      return;
    }
    const longer = [...path, node];
    this.#steps -= longer.length;
    if (this.#steps < 0) throw new TypeError(`graph.reachable_paths takes more than ${MOST_STEPS} steps`);
    if (edges.length === 0) this.#commit(longer);
    const here = new Set([...reached, identity]);
    for (const neighbour of edges) {
      if (here.has(identityOf(neighbour))) this.#commit(longer);
      else this.#follow(neighbour, longer, here);
    }
  }

  #commit(path: readonly Term[]): void {
    this.#left -= path.length;
    if (this.#left < 0) throw new TypeError(`graph.reachable_paths has more than ${MOST_NODES} nodes in its paths`);
    if (isTerms(path)) this.#paths.set(identityOf(path), path);
  }
}
