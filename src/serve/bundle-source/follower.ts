import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { messageOf, SallyportError } from '../../errors.ts';
import type { LoadReason, RecordedBundles } from '../../operate/bundle-control.ts';
import type { BundleControl, BundleReport, BundleState } from '../../operate/endpoints/bundle.ts';
import type { LastGood } from './last-good.ts';
import type { Arrival, Fate, Source, Watcher } from './source.ts';
import { SourceStatus } from './source-status.ts';

/** Who the record says it was, where nobody asked for it. */
const SELF = 'sallyport:bundle-source';
/** How many bundles that were refused are known again. */
const REFUSED_KEPT = 64;

/** While no bundle could be loaded at all. */
const NOTHING = { digest: null, archive: null, revision: null, library: null, site: null, warnings: [] };

export interface FollowerParts {
  readonly source: Source;
  readonly bundles: RecordedBundles;
  /** Where what a server gave is kept; undefined for a file, which is as much at hand as that would be. */
  readonly lastGood: LastGood | undefined;
  readonly now: () => Date;
  readonly logger: Logger;
}

/**
 * Keeps the bundle in force up to date with its source: loads what comes, on the record, and goes on with the one before
 * when it is refused. What was refused is on the record once, and not tried again until an operator asks for it.
 */
export class BundleFollower implements BundleControl, Watcher {
  readonly status: SourceStatus;
  readonly #parts: FollowerParts;
  readonly #stopping = new AbortController();
  /** SHA-256 of the archives that were refused, with the reasons, the oldest first. */
  readonly #refused = new Map<string, SallyportError>();
  #following: Promise<void> = Promise.resolve();

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.status = new SourceStatus(parts.source, parts.now);
  }

  /**
   * Loads the first bundle: the source's, else the last good one of a server. With neither the gate starts all the same, and
   * refuses every call until the server has one.
   * @returns what whoever starts the gate should know
   * @throws SallyportError when the source is a file: what is wrong with it is here, to be mended
   */
  async start(): Promise<readonly string[]> {
    const { source, lastGood, logger } = this.#parts;
    if (lastGood === undefined) {
      await this.#load(await source.fetch(), undefined);
      return [];
    }
    const arrival = await this.#fetch();
    if (arrival !== undefined && (await this.#take(arrival, this.#reason('the gate started'))) === 'in-force')
      return [];
    const { message } = this.status.state.lastError ?? { message: 'it was not asked' };
    const fate = await this.#fallBack(lastGood, message);
    logger.warn({ from: source.name, error: message }, fate);
    return [`${message}; ${fate}`];
  }

  /** Looks for news until it is stopped. */
  follow(): void {
    const { source } = this.#parts;
    if (source.follows) this.#following = source.follow(this, this.#stopping.signal);
  }

  /** Resolves when nothing of it runs any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#following;
  }

  current(): BundleReport {
    const sources = { library: this.status.state };
    return { ...NOTHING, ...this.#parts.bundles.inForce(), sources };
  }

  async reload(by: string, why: string, rollback: boolean): Promise<BundleState> {
    const arrival = await this.#parts.source.fetch().catch((thrown: unknown) => {
      this.status.failed('failed', asError(thrown), null);
      throw thrown;
    });
    try {
      return await this.#load(arrival, { by, why, rollback, about: {} });
    } catch (thrown) {
      this.status.failed('refused', asError(thrown), sha256(arrival));
      throw thrown;
    }
  }

  async arrived(arrival: Arrival): Promise<Fate> {
    const why = this.#parts.source.kind === 'file' ? 'the file has changed' : 'the server has another bundle';
    return await this.#take(arrival, this.#reason(why));
  }

  unchanged(): void {
    this.status.succeeded('unchanged');
  }

  failed(error: SallyportError): void {
    const isNew = this.status.failed('failed', error, null);
    if (isNew) this.#parts.logger.warn({ error: error.message }, 'no bundle is to be had; the one before stays');
  }

  #reason(why: string): LoadReason {
    return { by: SELF, why, about: { from: this.#parts.source.name } };
  }

  async #fetch(): Promise<Arrival | undefined> {
    try {
      return await this.#parts.source.fetch();
    } catch (thrown) {
      this.status.failed('failed', asError(thrown), null);
      return undefined;
    }
  }

  /** Loads what came unless it is in force or was refused before. Never rejects. */
  async #take(arrival: Arrival, reason: LoadReason): Promise<Fate> {
    const { source, bundles, logger } = this.#parts;
    const archive = sha256(arrival);
    if (bundles.inForce()?.archive === archive) {
      source.accept(arrival);
      this.status.succeeded('unchanged');
      return 'in-force';
    }
    const known = this.#refused.get(archive);
    if (known !== undefined) {
      this.status.failed('refused', known, archive);
      return 'refused';
    }
    try {
      const { revision } = await this.#load(arrival, reason);
      logger.info({ ...reason.about, archive, revision }, 'another bundle judges now');
      return 'in-force';
    } catch (thrown) {
      return await this.#refuse(archive, asError(thrown), reason);
    }
  }

  async #load(arrival: Arrival, reason: LoadReason | undefined): Promise<BundleState> {
    const { source, bundles, lastGood, logger } = this.#parts;
    const state = await bundles.load({ library: arrival }, reason);
    source.accept(arrival);
    this.status.succeeded('loaded');
    await lastGood?.keep(arrival).catch((thrown: unknown) => {
      logger.error({ error: messageOf(thrown) }, 'the bundle judges, but could not be kept for the next start');
    });
    return state;
  }

  async #refuse(archive: string, error: SallyportError, reason: LoadReason): Promise<Fate> {
    const { bundles, logger } = this.#parts;
    const isNew = this.status.failed('refused', error, archive);
    if (isNew)
      logger.warn({ ...reason.about, archive, error: error.message }, 'a bundle is refused; the one before stays');
    if (!error.code.startsWith('bundle/')) return 'later';
    try {
      await bundles.refused(archive, error, reason);
    } catch (thrown) {
      logger.error({ error: messageOf(thrown) }, 'that a bundle was refused could not be recorded');
      return 'later';
    }
    this.#refused.set(archive, error);
    const [oldest] = this.#refused.keys();
    if (this.#refused.size > REFUSED_KEPT && oldest !== undefined) this.#refused.delete(oldest);
    return 'refused';
  }

  /** Loads what was kept of an earlier run; tells what came of it. */
  async #fallBack(lastGood: LastGood, problem: string): Promise<string> {
    const { source, bundles } = this.#parts;
    try {
      const kept = await lastGood.read(source.name);
      if (kept === undefined) throw new SallyportError('bundle/unavailable', 'none was kept of an earlier run');
      const why = `the gate started without its bundle server: ${problem}`.slice(0, 1_000);
      const { revision } = await bundles.load({ library: kept }, { ...this.#reason(why) });
      this.status.kept = true;
      return `the last good bundle judges, revision ${JSON.stringify(revision)}`;
    } catch (thrown) {
      return `no bundle judges, and every call is refused until the server has one (${messageOf(thrown)})`;
    }
  }
}

function sha256({ archive }: Arrival): string {
  return `sha256:${createHash('sha256').update(archive).digest('hex')}`;
}

/** Anything that was thrown, as the error that it is or stands for. */
function asError(thrown: unknown): SallyportError {
  if (thrown instanceof SallyportError) return thrown;
  return new SallyportError('bundle/invalid', `the bundle cannot be used: ${messageOf(thrown)}`, { cause: thrown });
}
