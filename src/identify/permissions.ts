import type { Level } from './principal.ts';

/** What an operator is, from reading along to owning the gate. */
export const ROLES = ['viewer', 'approver', 'operator', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

const EVERYBODY: readonly Role[] = ROLES;
const ALL_BUT_VIEWERS: readonly Role[] = ['approver', 'operator', 'administrator'];
const OPERATORS: readonly Role[] = ['operator', 'administrator'];
const ADMINISTRATORS: readonly Role[] = ['administrator'];
const DECIDERS: readonly Role[] = ['approver', 'administrator'];

/**
 * Who may do what.
 *
 * | permission                | for                                                             |
 * |---------------------------|-----------------------------------------------------------------|
 * | `decisions.read`          | decisions, with their reasons and facts                         |
 * | `agents.read`             | agents and their grants                                         |
 * | `events.read`             | the event stream                                                |
 * | `agents.write`            | agents that are and stay at level 3 or below                    |
 * | `agents.write-above-3`    | agents that are, or are to be, above level 3                    |
 * | `agents.token`            | issuing and revoking agents' tokens                             |
 * | `freezes.write`           | the stop button                                                 |
 * | `freezes.lift`            | lifting a freeze of anything but everything                     |
 * | `freezes.lift-everything` | lifting a freeze of everything                                  |
 * | `intents.read`            | what agents are trying to do, with their evidence               |
 * | `operators.write`         | adding and revoking operators                                   |
 * | `bundle.write`            | loading another bundle                                          |
 * | `approvals.read`          | held calls, with the exact change                               |
 * | `approvals.decide`        | approving and denying; an operator too, for groups of their own |
 * | `holds.cancel`            | ending a call that waits, without deciding it                   |
 * | `reverts.write`           | taking back what was done                                       |
 * | `intents.write`           | opening and closing agents' intents                             |
 * | `notices.write`           | sending a notice again, or dropping it                          |
 * | `trust.read`              | what an agent's level rests on                                  |
 * | `reports.read`            | handoff packages and weekly reviews                             |
 *
 * Whose groups a decision counts for is asked of the hold: a role lets somebody decide, a group says what.
 */
const GRANTED = {
  'decisions.read': EVERYBODY,
  'agents.read': EVERYBODY,
  'events.read': EVERYBODY,
  'agents.write': OPERATORS,
  'agents.write-above-3': ADMINISTRATORS,
  'agents.token': OPERATORS,
  'freezes.write': ALL_BUT_VIEWERS,
  'freezes.lift': OPERATORS,
  'freezes.lift-everything': ADMINISTRATORS,
  'intents.read': EVERYBODY,
  'operators.write': ADMINISTRATORS,
  'bundle.write': ADMINISTRATORS,
  'approvals.read': EVERYBODY,
  'approvals.decide': DECIDERS,
  'holds.cancel': OPERATORS,
  'reverts.write': OPERATORS,
  'intents.write': OPERATORS,
  'notices.write': OPERATORS,
  'trust.read': EVERYBODY,
  'reports.read': EVERYBODY,
} satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof GRANTED;

/** Whether the operator's role has the permission; who is of a group besides may decide for it. */
export function may(
  operator: { readonly role: Role; readonly groups?: readonly string[] },
  permission: Permission,
): boolean {
  if (permission === 'approvals.decide' && operator.role === 'operator') return (operator.groups ?? []).length > 0;
  return GRANTED[permission].includes(operator.role);
}

/** The highest of some roles; undefined of none. */
export function highestRole(roles: readonly Role[]): Role | undefined {
  return ROLES.findLast((role) => roles.includes(role));
}

/** What a change of an agent asks for; give it every level that the agent has before and after. */
export function permissionForLevels(...levels: readonly Level[]): Permission {
  return levels.some((level) => level > 3) ? 'agents.write-above-3' : 'agents.write';
}
