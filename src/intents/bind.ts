import { Denied } from '../decide/decider.ts';
import type { Reason } from '../decide/verdict.ts';
import type { CaseFile } from '../record/case-file.ts';
import { claimsUnder } from './claims-under.ts';
import type { Intents } from './intents.ts';
import { endedBecause } from './kept-intent.ts';

/**
 * Puts a call under the intent that its token is bound to or its `Sallyport-Intent` header names: from here on the call is judged
 * by what the intent says, spends of its budgets and is found by it. Whoever names none acts under none.
 * @throws Denied where it is not an open intent of that agent: who says what a call is for must be right about it
 */
export function bindIntent(intents: Intents, file: CaseFile): void | Promise<void> {
  const { principal, head } = file;
  if (principal === undefined || head === undefined) throw new TypeError('nobody acts under an intent');
  const named = head.headers.get('sallyport-intent');
  const bound = principal.intent;
  if (named === undefined && bound === undefined) return undefined;
  if (named !== undefined && bound !== undefined && named !== bound)
    throw refused(`the token is bound to intent ${bound}, and the call names another one`, 'leave the header out');
  const id = bound ?? named ?? '';
  const agent = principal.agent.id;
  const intent = intents.current(id);
  if (intent === undefined || intent.agent !== agent) return refuse(intents, id, agent);
  file.intent = intent;
  file.principal = { ...principal, intent: intent.id };
  if (file.described !== undefined)
    file.described = { ...file.described, claims: claimsUnder(intent, file.described.claims, head.headers) };
  return undefined;
}

/** What another agent is trying to do is no agent's business: it hears no more than of one that there is not. */
async function refuse(intents: Intents, id: string, agent: string): Promise<never> {
  const known = /^[A-Za-z0-9-]{1,64}$/.test(id) ? await intents.find(id) : undefined;
  if (known === undefined || known.agent !== agent)
    throw refused(`agent ${agent} has no intent ${JSON.stringify(id.slice(0, 64))}`, 'open one, or leave it out');
  throw refused(endedBecause(known), 'open another one, with a token of its own where the token is bound');
}

function refused(message: string, fix: string): Denied {
  return new Denied('gate', [{ rule: 'gate/intent', message, fix }] satisfies readonly Reason[]);
}
