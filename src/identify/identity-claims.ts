import { createHash } from 'node:crypto';
import { SallyportError } from '../errors.ts';
import type { Put, Store } from '../record/store.ts';
import { type Identity, identityKey } from './agent.ts';

/**
 * Each (issuer, subject) that belongs to an agent is a document of its own, so that the store itself refuses a second
 * agent that claims it, whoever writes at the same time.
 */
export function claimIdentity(identity: Identity, agent: string): Put {
  return { collection: 'meta', id: claimId(identity), expect: 0, body: { ...identity, agent } };
}

/** Gives an identity free. @throws SallyportError `record/conflict` when the agent does not hold it. */
export async function releaseIdentity(store: Store, identity: Identity, agent: string): Promise<Put> {
  const claim = await store.get('meta', claimId(identity));
  if (claim?.body.agent !== agent) {
    throw new SallyportError('record/conflict', `agent ${agent} does not hold that identity`);
  }
  return { collection: 'meta', id: claim.id, expect: claim.version, body: null };
}

function claimId(identity: Identity): string {
  return `identity-${createHash('sha256').update(identityKey(identity)).digest('hex')}`;
}
