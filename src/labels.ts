/**
 * The labels that policy reads, by meaning. `none`: looked, and there is none; `unknown`: could not be looked up.
 */
export interface Labels {
  readonly environment: string;
  readonly service: string;
  readonly tier: string;
  readonly team: string;
  readonly regulated: string;
}

export const NO_LABELS: Labels = {
  environment: 'none',
  service: 'none',
  tier: 'none',
  team: 'none',
  regulated: 'none',
};
export const UNKNOWN_LABELS: Labels = {
  environment: 'unknown',
  service: 'unknown',
  tier: 'unknown',
  team: 'unknown',
  regulated: 'unknown',
};
