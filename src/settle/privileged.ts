import type { Route } from '../config.ts';
import { messageOf, SallyportError } from '../errors.ts';
import { reviewUpstream } from './upstream-rights.ts';

/**
 * Refuses to serve with a credential that may do everything, unless somebody said so: with it, whatever slips past a
 * rule meets nothing else. The cluster itself is asked; one that does not answer is warned of, not waited for.
 * @returns warnings for whoever starts the gate
 * @throws SallyportError `config/invalid`
 */
export async function refusePrivileged(routes: readonly Route[], allowed: boolean): Promise<readonly string[]> {
  const warnings: string[] = [];
  for (const route of routes) {
    const why = await privilegeOf(route, warnings);
    if (why === undefined) continue;
    const shadow = route.mode.kind === 'shadow' ? ', while its policy is suspended (mode: shadow)' : '';
    const message = `route ${route.name}: the gate's credential may do everything: ${why}${shadow}`;
    if (allowed) warnings.push(message);
    else {
      throw new SallyportError('config/invalid', message, {
        fix: 'give the gate a narrow one (sallyport check --rbac prints what it needs), or say --allow-admin',
      });
    }
  }
  return warnings;
}

async function privilegeOf(route: Route, warnings: string[]): Promise<string | undefined> {
  try {
    return (await reviewUpstream(route, { timeout: 3_000 })).privileged;
  } catch (error) {
    if (error instanceof SallyportError && error.code.startsWith('config/')) throw error;
    warnings.push(`route ${route.name}: what its credential may do could not be asked: ${messageOf(error)}`);
    return undefined;
  }
}
