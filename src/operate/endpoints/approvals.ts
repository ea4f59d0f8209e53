import { z } from 'zod';
import { SallyportError } from '../../errors.ts';
import type { Permission } from '../../identify/permissions.ts';
import type { Json } from '../../json.ts';
import { type HeldCall, heldCallJson } from '../../settle/hold/held-call.ts';
import type { Holds } from '../../settle/hold/holds.ts';
import { missing, unmet } from '../../settle/hold/quorum.ts';
import { type Endpoint, endpoint, nothing } from '../endpoint.ts';
import type { Caller } from '../permissions.ts';

const why = z.string().trim().min(1).max(1000);
const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,252}$/);
/**
 * `also`: the same for these. Always by their ids: which calls are of one group is their agent's claim, and one that came after
 * somebody looked must not be decided unseen.
 */
const decideBody = z.strictObject({ why, also: z.array(id).max(100).default([]) });

interface Decision {
  readonly name: string;
  readonly permission: Permission;
  readonly summary: string;
  readonly decide: (holds: Holds, id: string, caller: Caller, why: string) => Promise<HeldCall>;
}

const DECISIONS: readonly Decision[] = [
  {
    name: 'approve',
    permission: 'approvals.decide',
    summary: 'Say yes; it runs, once, when its agent sends it again unchanged',
    decide: (holds, id, caller, why) => holds.approve(id, caller, why),
  },
  {
    name: 'deny',
    permission: 'approvals.decide',
    summary: 'Say no, which ends it at once',
    decide: (holds, id, caller, why) => holds.deny(id, caller, why),
  },
  {
    name: 'cancel',
    permission: 'holds.cancel',
    summary: 'Take a held call off the list without deciding about it',
    decide: (holds, id, caller, why) => holds.cancel(id, caller.id, why),
  },
];

/** Held calls, for those who decide about them. */
export function approvalEndpoints(holds: Holds): readonly Endpoint[] {
  return [
    endpoint(
      'approvals.read',
      {
        method: 'get',
        path: '/v1/approvals',
        summary: 'Held calls that wait for people, a window, or their agent, oldest first',
        body: nothing,
        query: nothing,
      },
      async ({ now }) => ({
        kind: 'json',
        value: { approvals: holds.waiting().map((held) => approvalJson(held, now)) },
      }),
    ),
    endpoint(
      'approvals.read',
      { method: 'get', path: '/v1/approvals/:id', summary: 'One held call, whole', body: nothing, query: nothing },
      async ({ id, now }) => ({ kind: 'json', value: approvalJson(await holds.get(id), now) }),
    ),
    ...DECISIONS.map(({ name, permission, summary, decide }) =>
      endpoint(
        permission,
        { method: 'post', path: `/v1/approvals/:id/${name}`, summary, body: decideBody, query: nothing },
        async ({ id, body, now }, caller) =>
          answer(await each(id, body.also, (one) => decide(holds, one, caller, body.why)), now),
      ),
    ),
  ];
}

/**
 * The call, and the others. The first must succeed; of the others, what somebody else was quicker with, or what this person may
 * not decide, stays as it is.
 */
async function each(
  id: string,
  also: readonly string[],
  decide: (id: string) => Promise<HeldCall>,
): Promise<readonly HeldCall[]> {
  const decided = [await decide(id)];
  for (const other of new Set(also)) {
    if (other === id) continue;
    try {
      decided.push(await decide(other));
    } catch (thrown) {
      if (!(thrown instanceof SallyportError) || !PASSED_OVER.has(thrown.code)) throw thrown;
    }
  }
  return decided;
}

const PASSED_OVER: ReadonlySet<string> = new Set(['record/conflict', 'operator/forbidden', 'request/not-found']);

function answer(decided: readonly HeldCall[], now: Date) {
  const [first] = decided;
  if (first === undefined) throw new TypeError('one was decided at least');
  const also = decided.slice(1).map((held) => approvalJson(held, now));
  return { kind: 'json' as const, value: { ...Object(approvalJson(first, now)), also } };
}

/** A held call with what it still needs. */
export function approvalJson(held: HeldCall, now: Date): Json & object {
  const left = held.ended === null ? unmet(held.holds, held.approvals, now) : [];
  return {
    ...heldCallJson(held),
    needs: left.map((hold) => ({ ...hold, groups: [...hold.groups], missing: missing(hold, held.approvals) })),
  };
}
