import type { Route } from '../config.ts';

/** The route whose prefix `target` has, and the rest of the target (which starts with `/` or `?`, or is empty → `/`). */
export function findRoute(
  routes: readonly Route[],
  target: string,
): { readonly route: Route; readonly rest: string } | undefined {
  for (const route of routes) {
    if (!target.startsWith(route.at)) continue;
    const rest = target.slice(route.at.length);
    if (rest === '') return { route, rest: '/' };
    if (rest.startsWith('/')) return { route, rest };
    if (rest.startsWith('?')) return { route, rest: `/${rest}` };
  }
  return undefined;
}
