import type { Hold } from '../../decide/verdict.ts';
import { SallyportError } from '../../errors.ts';
import type { Role } from '../../identify/permissions.ts';
import type { Approval, HeldCall } from './held-call.ts';

/** A person who decides, as far as their say goes. */
export interface Approver {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly groups: readonly string[];
  /** By what else others may have written them down. */
  readonly aliases?: readonly string[];
}

/**
 * The holds that these approvals do not meet. Each hold is a threshold of its own: so many different people of any of its
 * groups (as in Teleport's access requests). A window is met by time, and evidence by the next judgement.
 */
export function unmet(holds: readonly Hold[], approvals: readonly Approval[], now: Date): readonly Hold[] {
  return holds.filter((hold) => !isMet(hold, approvals, now));
}

function isMet(hold: Hold, approvals: readonly Approval[], now: Date): boolean {
  switch (hold.kind) {
    case 'people':
      return peopleOf(hold, approvals).size >= hold.quorum;
    case 'window':
      return hold.until !== '' && Date.parse(hold.until) <= now.getTime();
    case 'evidence':
      return false;
  }
}

/** How many people are still missing from a hold for people. */
export function missing(hold: Hold, approvals: readonly Approval[]): number {
  return hold.kind === 'people' ? Math.max(0, hold.quorum - peopleOf(hold, approvals).size) : 0;
}

/** Two approvals of one person are one. */
function peopleOf(hold: Hold, approvals: readonly Approval[]): ReadonlySet<string> {
  return new Set(approvals.filter((approval) => counts(hold, approval)).map(({ by }) => by));
}

/** A hold that names no group is nobody's but an administrator's: rules named groups that have nobody in common. */
function counts(hold: Hold, { any, groups }: Pick<Approval, 'any' | 'groups'>): boolean {
  return any || hold.groups.some((group) => groups.includes(group));
}

/**
 * Whether this person may say yes or no to this call.
 * @throws SallyportError `operator/forbidden` to whom the agent belongs, who opened its intent, and whose groups nobody asks
 */
export function checkApprover(held: HeldCall, approver: Approver): void {
  if (isOwn(held, approver)) {
    throw new SallyportError(
      'operator/forbidden',
      `${approver.name} ${held.openedBy === approver.id ? 'opened the intent of this call' : `owns agent ${held.agent}`}, and nobody approves their own`,
      { fix: `ask somebody else of ${asked(held)}` },
    );
  }
  const people = held.holds.filter(({ kind }) => kind === 'people');
  const own = { any: approver.role === 'administrator', groups: approver.groups };
  if (own.any || people.some((hold) => counts(hold, own))) return;
  throw new SallyportError(
    'operator/forbidden',
    `${approver.name} is in none of the groups that decide about this call`,
    { fix: `ask ${asked(held)}` },
  );
}

/** Owners are written down by name, by id, or as their identity provider calls them. */
function isOwn(held: HeldCall, { id, name, aliases = [] }: Approver): boolean {
  const owner = held.owner.toLowerCase();
  return held.openedBy === id || [id, name, ...aliases].some((known) => known.toLowerCase() === owner);
}

function asked(held: HeldCall): string {
  const groups = new Set(held.holds.flatMap((hold) => (hold.kind === 'people' ? hold.groups : [])));
  return groups.size === 0 ? 'an administrator' : `${[...groups].join(' or ')}, or an administrator`;
}
