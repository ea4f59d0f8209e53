import { createHash } from 'node:crypto';
import type { BundleMember } from '../../decide/bundle-order.ts';
import type { LastGood } from './last-good.ts';
import type { Arrival, Source } from './source.ts';
import { SourceStatus } from './source-status.ts';

/** One of the bundles that judge together, where it comes from, and what became of that. */
export class FollowedMember {
  readonly name: BundleMember;
  readonly source: Source;
  /** Where what a server gave is kept; undefined for a file, which is as much at hand as that would be. */
  readonly lastGood: LastGood | undefined;
  readonly status: SourceStatus;
  /** What came and is not in force: it may be, together with what comes of another member. */
  pending: Arrival | undefined;

  constructor(name: BundleMember, source: Source, lastGood: LastGood | undefined, now: () => Date) {
    this.name = name;
    this.source = source;
    this.lastGood = lastGood;
    this.status = new SourceStatus(source, now);
  }
}

/** What is to be loaded together. */
export type Offer = ReadonlyMap<FollowedMember, Arrival>;

/** `sha256:<hex>` of each archive by the name of its member. */
export function digestsOf(offer: Offer): Readonly<Record<string, string>> {
  return Object.fromEntries([...offer].map(([{ name }, arrival]) => [name, sha256(arrival)]));
}

/** `sha256:<hex>` of an archive. */
export function sha256({ archive }: Arrival): string {
  return `sha256:${createHash('sha256').update(archive).digest('hex')}`;
}
