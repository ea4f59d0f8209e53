import { type Described, isReading } from '../../describe/action.ts';
import { type Labels, NO_LABELS } from '../../labels.ts';
import { type Blast, type Facts, UNKNOWN_BLAST, UNKNOWN_WAY_BACK, type WayBack } from '../../measure/facts.ts';
import { READ_REACH } from '../../measure/kubernetes/reach/result.ts';
import type { GivenFacts } from './schema/facts.ts';

/**
 * What a scenario says would be measured, in place of asking an upstream. Reads reach nothing, as the gate's own measurer has
 * it; of a change everything is unknown that is not given.
 * @param route what the operator declares of the route
 */
export function factsOf(given: GivenFacts, described: Described, route: Labels, time: string): Facts {
  const reads = isReading(described.action);
  const { environment, service, tier, team, regulated } = given;
  const declared = said({ environment, service, tier, team, regulated });
  // What is in no namespace has only labels of its own.
  const placed = described.target.namespace !== 'none';
  const namespace = { ...(placed ? declared : {}), ...said(given.labels?.namespace ?? {}) };
  const object = { ...(placed ? {} : declared), ...said(given.labels?.object ?? {}) };
  return {
    labels: { route, namespace: { ...NO_LABELS, ...namespace }, object: { ...NO_LABELS, ...object } },
    exists: given.exists ?? described.action.verb !== 'create',
    uid: given.uid ?? 'unknown',
    managedBy: given.managed_by ?? 'none',
    blast: given.blast === undefined ? (reads ? READ_REACH.blast : UNKNOWN_BLAST) : blastOf(given.blast),
    wayBack: wayBackOf(given, reads),
    changePaths: given.change_paths ?? (reads ? [] : 'unknown'),
    escalates: given.escalates ?? (reads ? READ_REACH.escalates : 'unknown'),
    changes: [],
    changeFrom: 'none',
    touchesAuthority: given.touches_authority ?? false,
    captured: undefined,
    sources: [{ fact: 'target.labels', from: 'scenario', at: time }],
    gaps: [],
  };
}

/** Of what is not said, a change asks for as many replicas as pods, and touches a workload as a whole. */
function blastOf(given: NonNullable<GivenFacts['blast']>): Blast {
  if (given === 'unknown') return UNKNOWN_BLAST;
  const { replicas, share, ...rest } = given;
  const { pods } = rest;
  return { ...rest, replicas: replicas ?? pods, share: share ?? (pods === 'unknown' ? pods : pods > 0 ? 1 : 0) };
}

function wayBackOf(given: GivenFacts, reads: boolean): WayBack {
  return given.way_back ?? (reads ? READ_REACH.wayBack : UNKNOWN_WAY_BACK);
}

function said(labels: { readonly [name in keyof Labels]?: string | undefined }): Partial<Labels> {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== undefined));
}
