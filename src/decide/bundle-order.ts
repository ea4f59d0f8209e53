import { SallyportError } from '../errors.ts';
import { changedEvent } from '../identify/changed-event.ts';
import type { Sources } from '../identify/sources.ts';
import type { JsonObject } from '../json.ts';
import type { Document, LogEvent, Put, Store } from '../record/store.ts';

/** Which of the bundles that judge together. */
export type BundleMember = 'library' | 'site';

/** A bundle that is about to judge. */
export interface BundleCandidate {
  readonly member: BundleMember;
  readonly contentDigest: string;
  readonly revision: string;
  readonly serial: number | undefined;
  /** Whether a configured key signed it: only then do its words on its own age count for anything. */
  readonly signed: boolean;
}

/** The newest bundle of a member that judged here. */
interface Newest {
  readonly digest: string;
  readonly revision: string;
  readonly serial: number | null;
}

/** An operator's word that an older bundle is to judge. */
export interface RollBack {
  readonly by: string;
  readonly why: string;
}

/**
 * Sees to it that no bundle judges after a newer one, whoever brings it: an old bundle is as well signed as it ever was,
 * and may allow what was forbidden since.
 */
export interface BundleOrder {
  /**
   * Lets all of them in, durably, or none.
   * @throws SallyportError `bundle/older` unless `rollBack` says that it is meant; `record/unavailable`, `record/conflict`
   */
  admit(candidates: readonly BundleCandidate[], rollBack?: RollBack): Promise<void>;
}

/**
 * Keeps the newest of each member in the gate's store, for all keys together: with a mark for each key, an old bundle of
 * one that signs no more would be the newest of its own. An operator's roll-back moves the mark back, on the record.
 */
export class StoredBundleOrder implements BundleOrder {
  readonly #store: Pick<Store, 'get' | 'transact'>;
  readonly #sources: Sources;

  constructor(store: Pick<Store, 'get' | 'transact'>, sources: Sources) {
    this.#store = store;
    this.#sources = sources;
  }

  async admit(candidates: readonly BundleCandidate[], rollBack?: RollBack): Promise<void> {
    const puts: Put[] = [];
    const events: LogEvent[] = [];
    for (const candidate of candidates) {
      const document = await this.#store.get('meta', idOf(candidate.member));
      const newest = document === undefined ? undefined : readNewest(document);
      const older = olderBecause(newest, candidate);
      if (older !== undefined && rollBack === undefined) throw refused(candidate, older);
      const after = older === undefined ? newestOf(newest, candidate) : markOf(candidate);
      if (after === undefined || (newest !== undefined && same(newest, after))) continue;
      const body: JsonObject = { ...after };
      puts.push({ collection: 'meta', id: idOf(candidate.member), expect: document?.version ?? 0, body });
      if (older === undefined || rollBack === undefined) continue;
      const about = { member: candidate.member };
      const before: JsonObject = { ...newest };
      const change = { what: 'bundle.rolled-back', ...rollBack, about, before, after: body };
      events.push(changedEvent(change, this.#sources, this.#sources.now()));
    }
    if (puts.length > 0) await this.#store.transact(puts, events);
  }
}

/**
 * Why a bundle may be older than the newest one seen, or undefined when it is not. By the serial that `sallyport build`
 * writes, which the signature covers. What has none cannot be shown to be newer; where no key is configured anybody could
 * have written any serial, so there its absence is let pass.
 */
export function olderBecause(
  newest: { readonly digest: string; readonly serial: number | null } | undefined,
  candidate: Pick<BundleCandidate, 'contentDigest' | 'serial' | 'signed'>,
): string | undefined {
  if (newest === undefined || newest.digest === candidate.contentDigest) return undefined;
  const { serial, signed } = candidate;
  if (serial === undefined) {
    return signed
      ? 'it has no serial (metadata.sallyport.serial), so nobody can tell which of them is newer'
      : undefined;
  }
  if (newest.serial === null || serial > newest.serial) return undefined;
  return serial < newest.serial
    ? `its serial is ${serial}, the newest one seen here has ${newest.serial}`
    : `both have the serial ${serial} and are not the same, so nobody can tell which of them is newer`;
}

/** The mark after a bundle was let in: the same one signed again does not move it back. */
function newestOf(newest: Newest | undefined, candidate: BundleCandidate): Newest | undefined {
  if (candidate.serial === undefined && !candidate.signed) return newest;
  const mark = markOf(candidate);
  return newest?.digest === mark.digest && (newest.serial ?? -1) > (mark.serial ?? -1) ? newest : mark;
}

function markOf({ contentDigest, revision, serial }: BundleCandidate): Newest {
  return { digest: contentDigest, revision, serial: serial ?? null };
}

function same(a: Newest, b: Newest): boolean {
  return a.digest === b.digest && a.revision === b.revision && a.serial === b.serial;
}

function idOf(member: BundleMember): string {
  return `newest-bundle/${member}`;
}

function readNewest({ id, body }: Document): Newest {
  const { digest, revision, serial } = body;
  if (typeof digest === 'string' && typeof revision === 'string' && (serial === null || typeof serial === 'number')) {
    return { digest, revision, serial };
  }
  // Without it any old bundle would be let in.
  throw new SallyportError('record/unavailable', `what the store says of ${id} cannot be read`, {
    fix: 'restore the store from a copy',
  });
}

function refused({ member, revision }: BundleCandidate, why: string): SallyportError {
  const message = `the ${member}'s bundle, revision ${JSON.stringify(revision)}, is older than one that judged here, or may be: ${why}`;
  return new SallyportError('bundle/older', message, {
    fix: 'bring the newer one, built with `sallyport build`; or, if an older one is meant, have an administrator say so on a running gate: `sallyport bundle reload --rollback --why ...`',
  });
}
