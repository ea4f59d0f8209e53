import type { Level } from './principal.ts';

/** What an operator is, from reading along to owning the gate. */
export const ROLES = ['viewer', 'approver', 'operator', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

const EVERYBODY: readonly Role[] = ROLES;
const ALL_BUT_VIEWERS: readonly Role[] = ['approver', 'operator', 'administrator'];
const OPERATORS: readonly Role[] = ['operator', 'administrator'];
const ADMINISTRATORS: readonly Role[] = ['administrator'];

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
 * | `operators.write`         | adding and revoking operators                                   |
 * | `bundle.write`            | loading another bundle                                          |
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
  'operators.write': ADMINISTRATORS,
  'bundle.write': ADMINISTRATORS,
} satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof GRANTED;

/** Whether the operator's role has the permission. */
export function may(operator: { readonly role: Role }, permission: Permission): boolean {
  return GRANTED[permission].includes(operator.role);
}

/** What a change of an agent asks for; give it every level that the agent has before and after. */
export function permissionForLevels(...levels: readonly Level[]): Permission {
  return levels.some((level) => level > 3) ? 'agents.write-above-3' : 'agents.write';
}
