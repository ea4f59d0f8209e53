import { SallyportError } from '../../errors.ts';
import type { Principal } from '../../identify/principal.ts';
import { agentAs, type Intent, intentToJson } from '../../intents/intent.ts';
import { attachBody, closeBody, openBody } from '../../intents/intent-order.ts';
import type { Intents } from '../../intents/intents.ts';
import { type AgentEndpoint, agentEndpoint, noBody } from '../agent-endpoint.ts';

/** What an agent is trying to do: opened, added to and closed by itself; of others' it learns nothing. */
export function intentEndpoints(intents: Intents): readonly AgentEndpoint[] {
  return [
    agentEndpoint({ method: 'GET', path: 'intents', body: noBody }, async ({ principal }) => {
      const open = intents.listOpen(principal.agent.id).filter(({ id }) => mayTouch(principal, id));
      return { intents: open.map(intentToJson) };
    }),
    agentEndpoint({ method: 'POST', path: 'intents', status: 201, body: openBody }, async ({ principal, body }) => {
      if (principal.intent !== undefined) throw bound(principal.intent);
      const { id } = principal.agent;
      return intentToJson(await intents.openFor(id, body, agentAs(id)));
    }),
    agentEndpoint({ method: 'GET', path: 'intents/:id', body: noBody }, async ({ principal, id }) =>
      intentToJson(await own(intents, principal, id)),
    ),
    agentEndpoint(
      { method: 'POST', path: 'intents/:id/evidence', body: attachBody },
      async ({ principal, id, body }) => {
        await own(intents, principal, id);
        return intentToJson(await intents.attach(id, body, agentAs(principal.agent.id)));
      },
    ),
    agentEndpoint({ method: 'POST', path: 'intents/:id/close', body: closeBody }, async ({ principal, id, body }) => {
      await own(intents, principal, id);
      return intentToJson(await intents.close(id, body, agentAs(principal.agent.id)));
    }),
  ];
}

/** @throws SallyportError as if there were none when it is another agent's; `request/invalid` when the token is for another one */
async function own(intents: Intents, principal: Principal, id: string): Promise<Intent> {
  const intent = await intents.find(id);
  if (intent === undefined || intent.agent !== principal.agent.id)
    throw new SallyportError('request/not-found', `agent ${principal.agent.id} has no intent ${JSON.stringify(id)}`);
  if (!mayTouch(principal, id)) throw bound(principal.intent ?? '');
  return intent;
}

/** A token that is bound to an intent opens nothing else. */
function mayTouch({ intent }: Principal, id: string): boolean {
  return intent === undefined || intent === id;
}

function bound(intent: string): SallyportError {
  return new SallyportError('operator/forbidden', `the token is bound to intent ${intent} and opens no other`, {
    fix: 'use a token that is bound to none',
  });
}
