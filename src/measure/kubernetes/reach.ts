import { escalationsOf } from './escalation/escalations.ts';
import { POD_KINDS } from './escalation/pod-template.ts';
import { AUTOSCALING } from './reach/autoscaling.ts';
import { type CollectionOf, collectionReach } from './reach/collections.ts';
import { CONFIGURATION } from './reach/configuration.ts';
import { DEFINITIONS } from './reach/custom-resources.ts';
import type { ChangeOf, Rows } from './reach/found.ts';
import { BATCH } from './reach/jobs.ts';
import type { Lookup } from './reach/lookup.ts';
import { NAMESPACE_ROWS } from './reach/namespaces.ts';
import { NODE_ROWS } from './reach/nodes.ts';
import { POD_ROWS } from './reach/pods.ts';
import { POLICIES } from './reach/policies.ts';
import { type Reach, UNKNOWN_REACH } from './reach/result.ts';
import { SERVICE_ROWS } from './reach/services.ts';
import { STORAGE } from './reach/storage.ts';
import { WEBHOOKS } from './reach/webhooks.ts';
import { WORKLOADS } from './reach/workloads.ts';

/**
 * The table of what is known, per kind and verb. Whatever has no entry here is unknown, and with it too large: an entry
 * is added only with a test that compares it with what really happens.
 */
const TABLE: Rows = {
  ...WORKLOADS,
  ...BATCH,
  ...POD_ROWS,
  ...SERVICE_ROWS,
  ...CONFIGURATION,
  ...POLICIES,
  ...WEBHOOKS,
  ...AUTOSCALING,
  ...STORAGE,
  ...NAMESPACE_ROWS,
  ...NODE_ROWS,
  ...DEFINITIONS,
};

/** How far a change of one object reaches. What could not be looked up is unknown, with a gap that says why. */
export async function reachOf(change: ChangeOf, look: Lookup): Promise<Reach> {
  const { resource, verb } = change;
  const escalates = escalationsOf(change);
  const rows = Object.hasOwn(TABLE, resource) ? TABLE[resource] : undefined;
  const found = await look.orGap(async () => rows?.[verb]?.(change, look));
  if (found === undefined) return { ...UNKNOWN_REACH, escalates };
  const { blast, wayBack, lost = [] } = found;
  // A change that gives pods more power than they had reaches further than its own replicas; another image is for policy
  // to judge, and so is all that new pods bring with them.
  const further = EDITS.has(verb) && POD_KINDS.includes(resource) && !isHarmless(escalates);
  return { blast: further ? { ...blast, known: false } : blast, wayBack, lost, escalates };
}

const EDITS: ReadonlySet<string> = new Set(['update', 'patch']);

function isHarmless(escalates: Reach['escalates']): boolean {
  return escalates !== 'unknown' && escalates.every((power) => power === 'image');
}

/** How far the deletion of a collection reaches; as above. */
export async function reachOfCollection(asked: CollectionOf, look: Lookup): Promise<Reach> {
  const { resource } = asked;
  const escalates = escalationsOf({ resource, verb: 'deletecollection', before: undefined, after: undefined });
  const found = await look.orGap(() => collectionReach(asked, look));
  if (found === undefined) return { ...UNKNOWN_REACH, escalates };
  const { blast, wayBack, lost = [] } = found;
  return { blast, wayBack, lost, escalates };
}
