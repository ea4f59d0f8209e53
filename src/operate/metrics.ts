/** Upper bounds of the fuel histogram: loop turns and function entries of one evaluation. */
const FUEL_BUCKETS = [1_000, 10_000, 100_000, 1_000_000, 10_000_000] as const;

/** What is read when somebody asks, instead of being counted along the way. */
export interface Gauges {
  readonly openCalls: () => number;
  readonly logSize: () => Promise<number>;
  readonly activeFreezes: () => number;
  readonly streamReaders: () => number;
  readonly bundleSources: () => readonly SourceNumbers[];
}

/** How it goes with a place that a bundle comes from. */
export interface SourceNumbers {
  readonly bundle: string;
  /** By what they came to: `loaded`, `unchanged`, `refused` or `failed`. */
  readonly attempts: ReadonlyMap<string, number>;
  /** When it was last found to have what is in force. */
  readonly lastSuccess: Date | undefined;
}

/**
 * The gate's numbers in Prometheus' text format 0.0.4. Labels are names that an operator configured or that the gate
 * made up, never text of agents, so that nobody can grow them without bound.
 */
export class Metrics {
  readonly #gauges: Gauges;
  readonly #decisions = new Map<string, number>();
  readonly #verifications = new Map<string, number>();
  readonly #fuel = FUEL_BUCKETS.map(() => 0);
  #fuelSum = 0;
  #fuelCount = 0;

  constructor(gauges: Gauges) {
    this.#gauges = gauges;
  }

  /** Counts a decision. */
  decided(decision: { readonly outcome: string; readonly route: string; readonly tier: string }): void {
    const { outcome, route, tier } = decision;
    count(
      this.#decisions,
      `outcome="${escapeLabel(outcome)}",route="${escapeLabel(route)}",tier="${escapeLabel(tier)}"`,
    );
  }

  /** Counts what became of a verification. @param result `started`, `passed`, `failed` or `inconclusive` */
  verified(result: string, route: string): void {
    count(this.#verifications, `result="${escapeLabel(result)}",route="${escapeLabel(route)}"`);
  }

  /** Observes what one evaluation used. */
  evaluated(fuel: number): void {
    this.#fuelSum += fuel;
    this.#fuelCount += 1;
    FUEL_BUCKETS.forEach((bound, index) => {
      if (fuel <= bound) this.#fuel[index] = (this.#fuel[index] ?? 0) + 1;
    });
  }

  /** The whole exposition. */
  async render(): Promise<string> {
    const logSize = await this.#gauges.logSize();
    return [
      family(
        'sallyport_decisions_total',
        'counter',
        'Decisions by outcome, route and tier.',
        labelled(this.#decisions),
      ),
      family(
        'sallyport_verifications_total',
        'counter',
        'Verifications of acts that began, and what became of them, by route.',
        labelled(this.#verifications),
      ),
      family(
        'sallyport_evaluation_fuel',
        'histogram',
        'Loop turns and function entries of an evaluation.',
        this.#fuelLines(),
      ),
      family('sallyport_open_calls', 'gauge', 'Calls and streams that are open.', [['', this.#gauges.openCalls()]]),
      family('sallyport_active_freezes', 'gauge', 'Freezes in force.', [['', this.#gauges.activeFreezes()]]),
      family('sallyport_stream_readers', 'gauge', 'Readers of the event stream.', [['', this.#gauges.streamReaders()]]),
      family('sallyport_log_leaves', 'gauge', 'Leaves in the log.', [['', logSize]]),
      ...this.#bundleFamilies(),
    ].join('');
  }

  #bundleFamilies(): readonly string[] {
    const sources = this.#gauges.bundleSources();
    const attempts = sources.flatMap(({ bundle, attempts: each }) =>
      [...each].map(([result, n]): Sample => [`{bundle="${escapeLabel(bundle)}",result="${escapeLabel(result)}"}`, n]),
    );
    const successes = sources.flatMap(({ bundle, lastSuccess }): Sample[] =>
      lastSuccess === undefined ? [] : [[`{bundle="${escapeLabel(bundle)}"}`, lastSuccess.getTime() / 1000]],
    );
    return [
      family('sallyport_bundle_attempts_total', 'counter', 'Looks at the source of a bundle, by result.', attempts),
      family(
        'sallyport_bundle_last_success_seconds',
        'gauge',
        'Unix time when the source last had what is in force.',
        successes,
      ),
    ];
  }

  #fuelLines(): readonly Sample[] {
    const buckets = FUEL_BUCKETS.map((bound, index): Sample => [`_bucket{le="${bound}"}`, this.#fuel[index] ?? 0]);
    return [...buckets, ['_bucket{le="+Inf"}', this.#fuelCount], ['_sum', this.#fuelSum], ['_count', this.#fuelCount]];
  }
}

type Sample = readonly [suffix: string, value: number];

function count(counters: Map<string, number>, labels: string): void {
  counters.set(labels, (counters.get(labels) ?? 0) + 1);
}

function labelled(counters: ReadonlyMap<string, number>): readonly Sample[] {
  return [...counters].map(([labels, value]) => [`{${labels}}`, value]);
}

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([suffix, value]) => `${name}${suffix} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function escapeLabel(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
