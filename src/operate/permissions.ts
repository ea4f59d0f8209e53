import { SallyportError } from '../errors.ts';
import { may, type Permission, ROLES, type Role } from '../identify/permissions.ts';

/** Who is behind an operator's token, as far as the operations API needs it. */
export interface Caller {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Whose holds an approver or an operator decides; an administrator counts for every group. */
  readonly groups: readonly string[];
  /** By what else others may have written them down, as the owner of an agent, say. */
  readonly aliases?: readonly string[];
}

/** @throws SallyportError `operator/forbidden`, naming the roles that may. */
export function requirePermission(caller: Caller, permission: Permission): void {
  if (may(caller, permission)) return;
  const allowed = ROLES.filter((role) => may({ role }, permission)).map(withArticle);
  throw new SallyportError(
    'operator/forbidden',
    `${caller.name} is ${withArticle(caller.role)} and may not do this (${permission})`,
    { fix: `ask ${allowed.join(' or ')}` },
  );
}

function withArticle(role: Role): string {
  return /^[aeio]/.test(role) ? `an ${role}` : `a ${role}`;
}
