import { type Labels, NO_LABELS, UNKNOWN_LABELS } from '../../labels.ts';
import type { Change, Facts, Source } from '../facts.ts';
import { type Reach, UNKNOWN_REACH } from './reach/result.ts';

/** Facts in the making: everything is unknown until it was read, and each reading says where it came from. */
export class FactSheet {
  readonly #route: Labels;
  readonly #sources: Source[] = [];
  readonly #gaps: string[] = [];
  namespace: Labels = UNKNOWN_LABELS;
  object: Labels = NO_LABELS;
  exists: boolean | 'unknown' = 'unknown';
  uid = 'unknown';
  managedBy = 'unknown';
  reach: Reach = UNKNOWN_REACH;
  changePaths: readonly string[] | 'unknown' = 'unknown';
  changes: readonly Change[] = [];
  changeDigest: string | undefined;
  changeFrom: Facts['changeFrom'] = 'none';
  touchesAuthority: boolean | 'unknown' = 'unknown';
  captured: string | undefined;

  constructor(route: Labels, at: string) {
    this.#route = route;
    this.source('target.labels.route', 'configuration', at);
  }

  get route(): Labels {
    return this.#route;
  }

  setNamespace(labels: Labels, from: string, at: string): void {
    this.namespace = labels;
    this.source('target.labels.namespace', from, at);
  }

  source(fact: string, from: string, at: string): void {
    this.#sources.push({ fact, from, at });
  }

  /** Notes why something stays unknown; shown with a denial. */
  gap(why: string): void {
    this.#gaps.push(why);
  }

  facts(): Facts {
    return {
      labels: { route: this.#route, namespace: this.namespace, object: this.object },
      exists: this.exists,
      uid: this.uid,
      managedBy: this.managedBy,
      blast: this.reach.blast,
      wayBack: this.reach.wayBack,
      lost: this.reach.lost,
      changePaths: this.changePaths,
      escalates: this.reach.escalates,
      changes: this.changes,
      changeDigest: this.changeDigest,
      changeFrom: this.changeFrom,
      touchesAuthority: this.touchesAuthority,
      captured: this.captured,
      sources: [...this.#sources],
      gaps: [...this.#gaps],
    };
  }
}
