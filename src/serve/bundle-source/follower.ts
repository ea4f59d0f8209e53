import type { Logger } from 'pino';
import { messageOf, SallyportError } from '../../errors.ts';
import type { LoadReason, RecordedBundles } from '../../operate/bundle-control.ts';
import type { BundleControl, BundleReport, BundleState } from '../../operate/endpoints/bundle.ts';
import { digestsOf, type FollowedMember, type Offer, sha256 } from './member.ts';
import { RefusedOffers } from './refused-offers.ts';
import type { Arrival, Fate, Watcher } from './source.ts';

/** Who the record says it was, where nobody asked for it. */
const SELF = 'sallyport:bundle-source';
/** While no bundle could be loaded at all. */
const NOTHING = { digest: null, archive: null, revision: null, library: null, site: null, warnings: [] };

export interface FollowerParts {
  /** The library, and the site where there is one. */
  readonly members: readonly [FollowedMember, ...FollowedMember[]];
  readonly bundles: RecordedBundles;
  readonly logger: Logger;
}

/**
 * Keeps the bundles in force up to date with their sources: loads what comes, on the record, and goes on with those before
 * when it is refused. What was refused is on the record once, and not tried again before something else has changed or
 * an operator asks for it.
 */
export class BundleFollower implements BundleControl {
  readonly #parts: FollowerParts;
  readonly #stopping = new AbortController();
  readonly #refused = new RefusedOffers();
  #turn: Promise<unknown> = Promise.resolve();
  #following: readonly Promise<void>[] = [];

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  get members(): readonly FollowedMember[] {
    return this.#parts.members;
  }

  /**
   * Loads the first bundles: what the sources have, else what was kept of those on servers. Where a server has none either
   * the gate starts all the same, and refuses every call until there is one.
   * @returns what whoever starts the gate should know
   * @throws SallyportError when all are files: what is wrong with them is here, to be mended
   */
  async start(): Promise<readonly string[]> {
    const { members, logger } = this.#parts;
    if (members.every(({ source }) => source.kind === 'file')) {
      const fetched = await this.#fetchAll();
      await this.#load(fetched, undefined);
      return [];
    }
    const found = new Map<FollowedMember, Arrival>();
    for (const member of members) {
      const arrival = await this.#tryFetch(member);
      if (arrival !== undefined) found.set(member, arrival);
    }
    if (
      found.size === members.length &&
      (await this.#try(found, this.#reason(found, 'the gate started'))) === 'in-force'
    )
      return [];
    const problems = members.flatMap(({ status: { state } }) =>
      state.lastError === null ? [] : [state.lastError.message],
    );
    const fate = await this.#fallBack(found, [...new Set(problems)].join('; '));
    logger.warn({ problems }, fate);
    return [[...new Set(problems), fate].join('; ')];
  }

  /** Looks for news until it is stopped. */
  follow(): void {
    const followed = this.members.filter(({ source }) => source.follows);
    this.#following = followed.map((member) => member.source.follow(this.#watcher(member), this.#stopping.signal));
  }

  /** Resolves when nothing of it runs any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#following);
  }

  current(): BundleReport {
    const [library, site] = this.#parts.members;
    const sources = { library: library.status.state, ...(site && { site: site.status.state }) };
    return { ...NOTHING, ...this.#parts.bundles.inForce(), sources };
  }

  reload(by: string, why: string, rollback: boolean): Promise<BundleState> {
    return this.#inTurn(async () => {
      const fetched = await this.#fetchAll();
      try {
        return await this.#load(fetched, { by, why, rollback, about: {} });
      } catch (thrown) {
        for (const [{ status }, arrival] of fetched) status.failed('refused', asError(thrown), sha256(arrival));
        throw thrown;
      }
    });
  }

  #watcher(member: FollowedMember): Watcher {
    const { status, source } = member;
    return {
      arrived: (arrival) =>
        this.#inTurn(() => this.#arrived(member, arrival)).catch((thrown: unknown): Fate => {
          this.#parts.logger.error({ error: messageOf(thrown) }, 'a bundle could not be looked at');
          return 'later';
        }),
      unchanged: () => status.succeeded('unchanged'),
      failed: (error) => {
        const isNew = status.failed('failed', error, null);
        const { logger } = this.#parts;
        if (isNew)
          logger.warn({ from: source.name, error: error.message }, 'no bundle is to be had; the one before stays');
      },
    };
  }

  /** One after the other, so that each is judged by what the one before has left in force. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Loads what came, together with what else is new, or else alone. */
  async #arrived(member: FollowedMember, arrival: Arrival): Promise<Fate> {
    if (this.#isInForce(member, arrival)) {
      member.pending = undefined;
      member.source.accept(arrival);
      member.status.succeeded('unchanged');
      return 'in-force';
    }
    member.pending = arrival;
    const alone = new Map([[member, arrival]]);
    const together = new Map([...alone, ...(await this.#alsoNew(member))]);
    // The others are still to come; nothing judges without them.
    if (this.#parts.bundles.inForce() === undefined && together.size < this.members.length) return 'later';
    const why = member.source.kind === 'file' ? 'the file has changed' : 'the server has another bundle';
    const fate = await this.#try(together, this.#reason(together, why));
    if (fate === 'in-force' || together.size === 1) return fate;
    return await this.#try(alone, this.#reason(alone, why));
  }

  /** Of the other members: files that changed at the same time, and what was refused without this one. */
  async #alsoNew(than: FollowedMember): Promise<Offer> {
    const offer = new Map<FollowedMember, Arrival>();
    for (const member of this.members) {
      if (member === than) continue;
      const here = member.source.kind === 'file' && member.source.follows;
      const arrival = here ? await member.source.fetch().catch(() => undefined) : member.pending;
      if (arrival === undefined) continue;
      if (this.#isInForce(member, arrival)) member.source.accept(arrival);
      else offer.set(member, arrival);
    }
    return offer;
  }

  #isInForce({ name }: FollowedMember, arrival: Arrival): boolean {
    return this.#parts.bundles.inForce()?.[name]?.archive === sha256(arrival);
  }

  /** Loads an offer that was not refused before. Never rejects. */
  async #try(offer: Offer, reason: LoadReason): Promise<Fate> {
    const known = this.#refused.why(offer);
    if (known !== undefined) {
      for (const [{ status }, arrival] of offer) status.failed('refused', known, sha256(arrival));
      return 'refused';
    }
    try {
      const { revision } = await this.#load(offer, reason);
      this.#parts.logger.info({ ...reason.about, ...digestsOf(offer), revision }, 'another bundle judges now');
      return 'in-force';
    } catch (thrown) {
      return await this.#refuse(offer, asError(thrown), reason);
    }
  }

  async #load(offer: Offer, reason: LoadReason | undefined): Promise<BundleState> {
    const { bundles, logger } = this.#parts;
    const state = await bundles.load(
      Object.fromEntries([...offer].map(([{ name }, arrival]) => [name, arrival])),
      reason,
    );
    for (const [member, arrival] of offer) {
      member.pending = undefined;
      member.source.accept(arrival);
      member.status.succeeded('loaded');
      await member.lastGood?.keep(arrival).catch((thrown: unknown) => {
        logger.error({ error: messageOf(thrown) }, 'the bundle judges, but could not be kept for the next start');
      });
    }
    return state;
  }

  async #refuse(offer: Offer, error: SallyportError, reason: LoadReason): Promise<Fate> {
    const { bundles, logger } = this.#parts;
    const digests = digestsOf(offer);
    const news = [...offer].map(([{ status }, arrival]) => status.failed('refused', error, sha256(arrival)));
    if (news.includes(true)) {
      logger.warn({ ...reason.about, ...digests, error: error.message }, 'a bundle is refused; the one before stays');
    }
    if (!error.code.startsWith('bundle/')) return 'later';
    try {
      await bundles.refused(digests, error, reason);
    } catch (thrown) {
      logger.error({ error: messageOf(thrown) }, 'that a bundle was refused could not be recorded');
      return 'later';
    }
    this.#refused.add(offer, error);
    return 'refused';
  }

  /** Loads what was kept of an earlier run in the place of what servers did not give; tells what came of it. */
  async #fallBack(found: Offer, problem: string): Promise<string> {
    const kept = new Map<FollowedMember, Arrival>();
    let missing: string | undefined;
    for (const { member, arrival, why } of await Promise.all(this.members.map((member) => keptOf(member)))) {
      if (arrival !== undefined) kept.set(member, arrival);
      else if (!found.has(member)) missing = why;
    }
    const reason = `the gate started without its bundle server: ${problem}`.slice(0, 1_000);
    for (const offer of mixturesOf(this.members, found, kept)) {
      try {
        const { revision } = await this.#parts.bundles.load(
          Object.fromEntries([...offer].map(([{ name }, arrival]) => [name, arrival])),
          this.#reason(offer, reason),
        );
        for (const [member, arrival] of offer) {
          if (kept.get(member) === arrival) member.status.kept = true;
          else {
            member.source.accept(arrival);
            member.status.succeeded('loaded');
          }
        }
        return `the last good bundle judges, revision ${JSON.stringify(revision)}`;
      } catch (thrown) {
        missing = messageOf(thrown);
      }
    }
    return `no bundle judges, and every call is refused until its server has one (${missing ?? 'none is to be had'})`;
  }

  #reason(offer: Offer, why: string): LoadReason {
    return { by: SELF, why, about: { from: [...offer.keys()].map(({ source }) => source.name).join(', ') } };
  }

  async #fetchAll(): Promise<Offer> {
    const offer = new Map<FollowedMember, Arrival>();
    for (const member of this.members) {
      const arrival = await member.source.fetch().catch((thrown: unknown) => {
        member.status.failed('failed', asError(thrown), null);
        throw thrown;
      });
      offer.set(member, arrival);
    }
    return offer;
  }

  async #tryFetch({ source, status }: FollowedMember): Promise<Arrival | undefined> {
    try {
      return await source.fetch();
    } catch (thrown) {
      status.failed('failed', asError(thrown), null);
      return undefined;
    }
  }
}

interface Kept {
  readonly member: FollowedMember;
  readonly arrival: Arrival | undefined;
  readonly why: string;
}

async function keptOf(member: FollowedMember): Promise<Kept> {
  try {
    const arrival = await member.lastGood?.read(member.source.name);
    return { member, arrival, why: 'none was kept of an earlier run' };
  } catch (thrown) {
    return { member, arrival: undefined, why: messageOf(thrown) };
  }
}

/** Every choice of what was found and what was kept, all members of each, those with the fewest kept first; never all found. */
function mixturesOf(members: readonly FollowedMember[], found: Offer, kept: Offer): readonly Offer[] {
  let mixtures: readonly { readonly offer: Offer; readonly old: number }[] = [{ offer: new Map(), old: 0 }];
  for (const member of members) {
    mixtures = mixtures.flatMap(({ offer, old }) =>
      [found, kept].flatMap((choice, index) => {
        const arrival = choice.get(member);
        return arrival === undefined ? [] : [{ offer: new Map([...offer, [member, arrival]]), old: old + index }];
      }),
    );
  }
  return mixtures
    .filter(({ old }) => old > 0)
    .sort((a, b) => a.old - b.old)
    .map(({ offer }) => offer);
}

/** Anything that was thrown, as the error that it is or stands for. */
function asError(thrown: unknown): SallyportError {
  if (thrown instanceof SallyportError) return thrown;
  return new SallyportError('bundle/invalid', `the bundle cannot be used: ${messageOf(thrown)}`, { cause: thrown });
}
