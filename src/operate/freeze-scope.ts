/** What a freeze stops; for each kind but `everything`, what is stopped by its name. */
export type FreezeScope =
  | { readonly kind: 'everything' }
  | { readonly kind: 'route'; readonly route: string }
  | { readonly kind: 'environment'; readonly environment: string }
  | { readonly kind: 'agent'; readonly agent: string }
  | { readonly kind: 'service'; readonly service: string }
  | { readonly kind: 'team'; readonly team: string }
  | { readonly kind: 'runbook'; readonly runbook: string };

/** The kinds that take a name. */
export const NAMED_SCOPES = ['route', 'environment', 'service', 'team', 'runbook', 'agent'] as const;
