import type { Logger } from 'pino';
import { messageOf } from '../../errors.ts';
import type { RecordedBundles } from '../../operate/bundle-control.ts';
import type { BundleControl, BundleReport, BundleState } from '../../operate/endpoints/bundle.ts';
import { fetchAll, loadFirst } from './first-load.ts';
import { type FollowedMember, type Offer, sha256 } from './member.ts';
import { asError, OfferLoader } from './offer-loader.ts';
import type { Arrival, Fate, Watcher } from './source.ts';

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
  readonly members: FollowerParts['members'];
  readonly #loader: OfferLoader;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  #turn: Promise<unknown> = Promise.resolve();
  #following: readonly Promise<void>[] = [];

  constructor({ members, bundles, logger }: FollowerParts) {
    this.members = members;
    this.#loader = new OfferLoader(bundles, logger);
    this.#logger = logger;
  }

  /**
   * Loads the first bundles.
   * @returns what whoever starts the gate should know
   * @throws SallyportError as `loadFirst`
   */
  async start(): Promise<readonly string[]> {
    const first = await loadFirst(this.members, this.#loader);
    if (first === undefined) return [];
    const { problems, fate } = first;
    this.#logger.warn({ problems }, fate);
    return [[...problems, fate].join('; ')];
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
    const [library, site] = this.members;
    const sources = { library: library.status.state, ...(site && { site: site.status.state }) };
    return { ...NOTHING, ...this.#loader.inForce, sources };
  }

  reload(by: string, why: string, rollback: boolean): Promise<BundleState> {
    return this.#inTurn(async () => {
      const fetched = await fetchAll(this.members);
      try {
        return await this.#loader.load(fetched, { by, why, rollback, about: {} });
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
          this.#logger.error({ error: messageOf(thrown) }, 'a bundle could not be looked at');
          return 'later';
        }),
      unchanged: () => status.succeeded('unchanged'),
      failed: (error) => {
        const what = { from: source.name, error: error.message };
        if (status.failed('failed', error, null))
          this.#logger.warn(what, 'no bundle is to be had; the one before stays');
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
    if (this.#loader.isInForce(member, arrival)) {
      member.pending = undefined;
      member.source.accept(arrival);
      member.status.succeeded('unchanged');
      return 'in-force';
    }
    member.pending = arrival;
    const alone = new Map([[member, arrival]]);
    const offered = new Map([...alone, ...(await this.#alsoNew(member))]);
    // In one order, whoever came first: the record names them so.
    const together: Offer = new Map([...offered].sort(([one], [other]) => this.#place(one) - this.#place(other)));
    // The others are still to come; nothing judges without them.
    if (this.#loader.inForce === undefined && together.size < this.members.length) return 'later';
    const why = member.source.kind === 'file' ? 'the file has changed' : 'the server has another bundle';
    const fate = await this.#loader.try(together, why);
    return fate === 'in-force' || together.size === 1 ? fate : await this.#loader.try(alone, why);
  }

  #place(member: FollowedMember): number {
    return this.members.indexOf(member);
  }

  /** Of the other members: files that changed at the same time, and what was refused without this one. */
  async #alsoNew(than: FollowedMember): Promise<Offer> {
    const offer = new Map<FollowedMember, Arrival>();
    for (const member of this.members) {
      if (member === than) continue;
      const here = member.source.kind === 'file' && member.source.follows;
      const arrival = here ? await member.source.fetch().catch(() => undefined) : member.pending;
      if (arrival === undefined) continue;
      if (this.#loader.isInForce(member, arrival)) member.source.accept(arrival);
      else offer.set(member, arrival);
    }
    return offer;
  }
}
