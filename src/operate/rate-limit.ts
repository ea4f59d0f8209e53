/** So many in so long, for everybody together: a token bucket that starts full. */
export class RateLimit {
  readonly #most: number;
  readonly #period: number;
  #left: number;
  #filledAt: number | undefined;

  /** @param most at once. @param period milliseconds in which an empty bucket is full again. */
  constructor(most: number, period: number) {
    if (!(most >= 1) || !(period > 0)) throw new RangeError('a rate limit lets something through, in some time');
    this.#most = most;
    this.#period = period;
    this.#left = most;
  }

  /** Takes one; false when there is none left. */
  take(now: Date): boolean {
    const passed = Math.max(0, now.getTime() - (this.#filledAt ?? now.getTime()));
    this.#left = Math.min(this.#most, this.#left + (passed / this.#period) * this.#most);
    this.#filledAt = now.getTime();
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
