import { z } from 'zod';
import { SallyportError } from '../../errors.ts';
import type { Principal } from '../../identify/principal.ts';
import { agentAs } from '../../intents/intent.ts';
import { type Clean, textOf } from '../../intents/intent-order.ts';
import type { JsonObject } from '../../json.ts';
import type { HeldCall } from '../../settle/hold/held-call.ts';
import type { Holds } from '../../settle/hold/holds.ts';
import { missing } from '../../settle/hold/quorum.ts';
import { type AgentEndpoint, agentEndpoint, noBody } from '../agent-endpoint.ts';

const cancelBody = z.strictObject({ why: z.string().trim().min(1).max(1000) });

/** An agent's own held calls: how they stand, and taking one back. It can never decide about one. */
export function holdEndpoints(holds: Holds, clean: Clean): readonly AgentEndpoint[] {
  return [
    agentEndpoint({ method: 'GET', path: 'holds', body: noBody }, async ({ principal }) => ({
      holds: holds
        .waiting()
        .filter((held) => isOwn(held, principal))
        .map(shown),
    })),
    agentEndpoint({ method: 'GET', path: 'holds/:id', body: noBody }, async ({ principal, id }) =>
      shown(await own(holds, principal, id)),
    ),
    agentEndpoint({ method: 'POST', path: 'holds/:id/cancel', body: cancelBody }, async ({ principal, id, body }) => {
      await own(holds, principal, id);
      return shown(await holds.cancel(id, agentAs(principal.agent.id), textOf(body.why, clean)));
    }),
  ];
}

/** @throws SallyportError `request/not-found`, as if there were none when it is another's */
async function own(holds: Holds, principal: Principal, id: string): Promise<HeldCall> {
  const held = await holds.get(id).catch((thrown: unknown) => {
    if (thrown instanceof SallyportError && thrown.code === 'request/not-found') return undefined;
    throw thrown;
  });
  if (held !== undefined && isOwn(held, principal)) return held;
  throw new SallyportError('request/not-found', `agent ${principal.agent.id} has no held call ${JSON.stringify(id)}`);
}

/** A token that is bound to an intent sees what belongs to it. */
function isOwn(held: HeldCall, { agent, intent }: Principal): boolean {
  return held.agent === agent.id && (intent === undefined || held.intent === intent);
}

/** What its agent is told: what it waits for and until when; who decided is between people. */
function shown(held: HeldCall): JsonObject {
  const { id, state, route, intent, group, openedAt, decideBy, runBy, holds, approvals, subject, ended, ranAs } = held;
  return {
    ...{ id, state, route, intent, group, openedAt, decideBy, runBy, ranAs },
    call: { method: subject.method, path: subject.path, action: subject.action, tier: subject.tier },
    environment: subject.environment,
    needs: holds.map((hold) => ({
      ...{ kind: hold.kind, key: hold.key, groups: [...hold.groups], quorum: hold.quorum, until: hold.until },
      missing: missing(hold, approvals),
    })),
    reasons: subject.reasons.map(({ rule, message, fix }) => ({ rule, message, fix })),
    ended: ended === null ? null : { at: ended.at, why: ended.why },
  };
}
