import { createHash } from 'node:crypto';
import { canonicalJson } from '../../json.ts';
import type { CaseFile } from '../../record/case-file.ts';

/** The request as it came: what a retry is told by before anything else is done. */
export function requestKey({ principal, described, route }: CaseFile): string | undefined {
  if (principal === undefined || described === undefined) return undefined;
  return digest([principal.agent.id, principal.intent ?? null, route.name, described.digest]);
}

/**
 * What an approval is bound to: who, under which intent, does what to which object (by its uid), and the canonical change
 * as it was measured. A change that nobody could measure is the request itself.
 */
export function changeKey({ principal, described, route, facts }: CaseFile): string | undefined {
  if (principal === undefined || described === undefined || facts === undefined) return undefined;
  const { action, target } = described;
  return digest([
    principal.agent.id,
    principal.intent ?? null,
    route.name,
    action.name,
    action.dryRun,
    { ...target },
    facts.uid,
    facts.changeDigest ?? described.digest,
    facts.changeDigest === undefined ? {} : action.args,
  ]);
}

function digest(parts: Parameters<typeof canonicalJson>[0]): string {
  return `sha256:${createHash('sha256').update(canonicalJson(parts)).digest('hex')}`;
}
