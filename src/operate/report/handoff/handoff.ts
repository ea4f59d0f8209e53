import { SallyportError } from '../../../errors.ts';
import type { Leaf, Store } from '../../../record/store.ts';
import { leavesBetween } from '../leaves-between.ts';
import { HandoffFold } from './handoff-fold.ts';
import type { HandoffPackage } from './package.ts';

type Record = Pick<Store, 'related' | 'leaves' | 'size'>;

const PAGE = 100;
/** Decisions whose own record is looked up besides that of the intent. */
const MOST_FOLLOWED = 200;

/**
 * The package of an intent (P6), from the record alone: what is linked to it, what became of its decisions, and what happened to its
 * agent meanwhile.
 * @throws SallyportError `request/not-found`
 */
export async function handoffOfIntent(record: Record, intent: string): Promise<HandoffPackage> {
  const fold = new HandoffFold(intent);
  for await (const leaf of relatedTo(record, `intent:${intent}`)) fold.add(leaf);
  if (fold.from === '')
    throw new SallyportError(
      'request/not-found',
      `the record has nothing of an intent ${JSON.stringify(intent.slice(0, 80))}`,
    );
  const decisions = fold.decisions.slice(0, MOST_FOLLOWED);
  for (const decision of decisions) {
    for await (const leaf of relatedTo(record, `decision:${decision}`)) fold.add(leaf);
    for await (const leaf of relatedTo(record, `hold:${decision}`)) fold.add(leaf);
  }
  const { agent, from, closedAt } = fold;
  if (agent !== '') {
    for await (const leaf of relatedTo(record, `agent:${agent}`)) {
      const meanwhile = leaf.time >= from && (closedAt === undefined || leaf.time <= closedAt);
      // Of other intents of the agent their own packages tell.
      if (meanwhile ? isOfAgent(leaf) : names(leaf, decisions)) fold.add(leaf);
    }
  }
  return fold.result();
}

/** What happened to an agent itself: its levels, its freezes, its stop conditions. */
function isOfAgent({ leaf }: Leaf): boolean {
  return /"what":"(agent|freeze|stop)\./.test(leaf);
}

/** A demotion that follows later names the decisions that it rests on. */
function names({ leaf }: Leaf, decisions: readonly string[]): boolean {
  return leaf.includes('"what":"agent.demoted"') && decisions.some((decision) => leaf.includes(`"${decision}"`));
}

/** The same of an agent and a span of time, where there are no intents. @throws SallyportError `request/not-found` */
export async function handoffOfAgent(
  record: Record,
  agent: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<HandoffPackage> {
  const fold = new HandoffFold(undefined, agent);
  const mine = new Set<string>();
  for await (const page of leavesBetween(record, from, to)) {
    for (const leaf of page) {
      if (leaf.time < from || leaf.time >= to || (!leaf.leaf.includes(`"${agent}"`) && !mine.has(leaf.id))) continue;
      if (leaf.kind === 'outcome' ? !mine.has(leaf.id) : !isAbout(leaf, agent)) continue;
      if (leaf.kind === 'decided') mine.add(leaf.id);
      else if (leaf.kind === 'outcome') mine.delete(leaf.id);
      fold.add(leaf);
    }
  }
  if (fold.from === '')
    throw new SallyportError(
      'request/not-found',
      `the record has nothing of agent ${JSON.stringify(agent)} in that time`,
    );
  return fold.result();
}

function isAbout({ kind, leaf }: Leaf, agent: string): boolean {
  const body: unknown = JSON.parse(leaf);
  if (typeof body !== 'object' || body === null) return false;
  const named: unknown = Reflect.get(body, 'agent');
  const id: unknown =
    kind === 'decided' && typeof named === 'object' && named !== null ? Reflect.get(named, 'id') : named;
  return id === agent;
}

async function* relatedTo(record: Pick<Store, 'related'>, link: string): AsyncGenerator<Leaf> {
  for (let from = 0; ; ) {
    const page = await record.related(link, from, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    from = last.seq + 1;
  }
}
