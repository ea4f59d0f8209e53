import type { Logger } from 'pino';
import { messageOf, SallyportError } from '../../errors.ts';
import type { LoadReason, RecordedBundles } from '../../operate/bundle-control.ts';
import type { BundleState } from '../../operate/endpoints/bundle.ts';
import { digestsOf, type FollowedMember, type Offer, sha256 } from './member.ts';
import { RefusedOffers } from './refused-offers.ts';
import type { Arrival, Fate } from './source.ts';

/** Who the record says it was, where nobody asked for it. */
const SELF = 'sallyport:bundle-source';

/** Loads what is offered, on the record, and tells the members what became of it. */
export class OfferLoader {
  readonly #bundles: RecordedBundles;
  readonly #logger: Logger;
  readonly #refused = new RefusedOffers();

  constructor(bundles: RecordedBundles, logger: Logger) {
    this.#bundles = bundles;
    this.#logger = logger;
  }

  get inForce(): BundleState | undefined {
    return this.#bundles.inForce();
  }

  isInForce({ name }: FollowedMember, arrival: Arrival): boolean {
    return this.inForce?.[name]?.archive === sha256(arrival);
  }

  /**
   * @param reason undefined: not recorded here, because the event of the gate's start says it
   * @throws SallyportError as `RecordedBundles.load`
   */
  async load(offer: Offer, reason: LoadReason | undefined): Promise<BundleState> {
    const state = await this.#bundles.load(byName(offer), reason);
    for (const [member, arrival] of offer) {
      member.pending = undefined;
      member.source.accept(arrival);
      member.status.succeeded('loaded');
      await member.lastGood?.keep(arrival).catch((thrown: unknown) => {
        this.#logger.error({ error: messageOf(thrown) }, 'the bundle judges, but could not be kept for the next start');
      });
    }
    return state;
  }

  /** Loads what was kept of an earlier run, with what else there is. @throws SallyportError as `RecordedBundles.load` */
  async loadKept(offer: Offer, kept: Offer, why: string): Promise<BundleState> {
    const state = await this.#bundles.load(byName(offer), reasonOf(offer, why));
    for (const [member, arrival] of offer) {
      if (kept.get(member) === arrival) {
        member.status.kept = true;
        continue;
      }
      member.source.accept(arrival);
      member.status.succeeded('loaded');
    }
    return state;
  }

  /** Loads what nobody asked for, unless just that was refused before. Never rejects. */
  async try(offer: Offer, why: string): Promise<Fate> {
    const known = this.#refused.why(offer);
    if (known !== undefined) {
      for (const [{ status }, arrival] of offer) status.failed('refused', known, sha256(arrival));
      return 'refused';
    }
    const reason = reasonOf(offer, why);
    try {
      const { revision } = await this.load(offer, reason);
      this.#logger.info({ ...reason.about, ...digestsOf(offer), revision }, 'another bundle judges now');
      return 'in-force';
    } catch (thrown) {
      return await this.#refuse(offer, asError(thrown), reason);
    }
  }

  async #refuse(offer: Offer, error: SallyportError, reason: LoadReason): Promise<Fate> {
    const digests = digestsOf(offer);
    const news = [...offer].map(([{ status }, arrival]) => status.failed('refused', error, sha256(arrival)));
    if (news.includes(true)) {
      const what = { ...reason.about, ...digests, error: error.message };
      this.#logger.warn(what, 'a bundle is refused; the one before stays');
    }
    if (!error.code.startsWith('bundle/')) return 'later';
    try {
      await this.#bundles.refused(digests, error, reason);
    } catch (thrown) {
      this.#logger.error({ error: messageOf(thrown) }, 'that a bundle was refused could not be recorded');
      return 'later';
    }
    this.#refused.add(offer, error);
    return 'refused';
  }
}

function byName(offer: Offer): Readonly<Record<string, Arrival>> {
  return Object.fromEntries([...offer].map(([{ name }, arrival]) => [name, arrival]));
}

function reasonOf(offer: Offer, why: string): LoadReason {
  return { by: SELF, why, about: { from: [...offer.keys()].map(({ source }) => source.name).join(', ') } };
}

/** Anything that was thrown, as the error that it is or stands for. */
export function asError(thrown: unknown): SallyportError {
  if (thrown instanceof SallyportError) return thrown;
  return new SallyportError('bundle/invalid', `the bundle cannot be used: ${messageOf(thrown)}`, { cause: thrown });
}
