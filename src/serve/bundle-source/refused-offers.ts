import type { SallyportError } from '../../errors.ts';
import { canonicalJson } from '../../json.ts';
import { digestsOf, type Offer } from './member.ts';

/** How many are known again. */
const KEPT = 64;

/** What was refused, and why, so that it is neither tried nor recorded again while nothing else has changed. */
export class RefusedOffers {
  /** By digests, the oldest first. */
  readonly #errors = new Map<string, SallyportError>();

  why(offer: Offer): SallyportError | undefined {
    return this.#errors.get(keyOf(offer));
  }

  add(offer: Offer, error: SallyportError): void {
    this.#errors.set(keyOf(offer), error);
    const [oldest] = this.#errors.keys();
    if (this.#errors.size > KEPT && oldest !== undefined) this.#errors.delete(oldest);
  }
}

function keyOf(offer: Offer): string {
  return canonicalJson(digestsOf(offer));
}
