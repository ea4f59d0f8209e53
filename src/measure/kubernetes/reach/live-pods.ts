import { type Lookup, PODS } from './lookup.ts';
import { isLeaving, uidOf } from './members.ts';

/** The pods of a namespace that a label selector chooses and that are not on their way out, by uid. */
export async function livePods(look: Lookup, namespace: string, labelSelector: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  await look.each(PODS, { namespace, labelSelector }, (pod) => {
    if (!isLeaving(pod)) found.add(uidOf(pod));
  });
  return found;
}
