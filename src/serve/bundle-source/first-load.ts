import { messageOf } from '../../errors.ts';
import type { FollowedMember, Offer } from './member.ts';
import { asError, type OfferLoader } from './offer-loader.ts';
import type { Arrival } from './source.ts';

/** How the bundles that are loaded at the start came to be loaded, where it is not as configured. */
export interface FirstLoad {
  readonly problems: readonly string[];
  /** What judges instead, in words. */
  readonly fate: string;
}

/**
 * Loads the first bundles: what the sources have, else what was kept of those on servers. Where a server has none either
 * nothing judges until there is one.
 * @returns undefined when all is as configured
 * @throws SallyportError when all are files: what is wrong with them is here, to be mended
 */
export async function loadFirst(
  members: readonly FollowedMember[],
  loader: OfferLoader,
): Promise<FirstLoad | undefined> {
  if (members.every(({ source }) => source.kind === 'file')) {
    await loader.load(await fetchAll(members), undefined);
    return undefined;
  }
  const found = new Map<FollowedMember, Arrival>();
  for (const member of members) {
    try {
      found.set(member, await member.source.fetch());
    } catch (thrown) {
      member.status.failed('failed', asError(thrown), null);
    }
  }
  if (found.size === members.length && (await loader.try(found, 'the gate started')) === 'in-force') return undefined;
  const errors = members.flatMap(({ status }) => status.state.lastError?.message ?? []);
  const problems = [...new Set(errors)];
  return { problems, fate: await fallBack(members, found, problems.join('; '), loader) };
}

/** What every source has now. @throws SallyportError `bundle/unavailable` */
export async function fetchAll(members: readonly FollowedMember[]): Promise<Offer> {
  const offer = new Map<FollowedMember, Arrival>();
  for (const member of members) {
    try {
      offer.set(member, await member.source.fetch());
    } catch (thrown) {
      member.status.failed('failed', asError(thrown), null);
      throw thrown;
    }
  }
  return offer;
}

/** Loads what was kept of an earlier run in the place of what servers did not give; tells what came of it. */
async function fallBack(
  members: readonly FollowedMember[],
  found: Offer,
  problem: string,
  loader: OfferLoader,
): Promise<string> {
  const kept = new Map<FollowedMember, Arrival>();
  let missing = 'none is to be had';
  for (const member of members) {
    try {
      const arrival = await member.lastGood?.read(member.source.name);
      if (arrival !== undefined) kept.set(member, arrival);
      else if (!found.has(member)) missing = 'none was kept of an earlier run';
    } catch (thrown) {
      missing = messageOf(thrown);
    }
  }
  const why = `the gate started without its bundle server: ${problem}`.slice(0, 1_000);
  for (const offer of mixturesOf(members, found, kept)) {
    try {
      const { revision } = await loader.loadKept(offer, kept, why);
      return `the last good bundle judges, revision ${JSON.stringify(revision)}`;
    } catch (thrown) {
      missing = messageOf(thrown);
    }
  }
  // They may do as soon as the others come.
  for (const [member, arrival] of found) member.pending = arrival;
  return `no bundle judges, and every call is refused until its server has one (${missing})`;
}

/** Every choice of what was found and what was kept, one of each member, the fewest kept first; never all found. */
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
