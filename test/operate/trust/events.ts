import type { JsonObject } from '../../../src/json.ts';
import type { LogEvent } from '../../../src/record/store.ts';

/** What a made-up call was; a change of tier B in production that was let through, unless told otherwise. */
export interface MadeCall {
  readonly id: string;
  readonly agent?: string;
  readonly time?: string;
  readonly did?: 'allow' | 'hold' | 'deny';
  readonly class?: string;
  readonly tier?: string;
  readonly environment?: string;
  readonly approved?: boolean;
  readonly rule?: string;
  readonly level?: number;
  readonly intent?: string;
  readonly more?: JsonObject;
}

export const NOON = '2026-11-20T12:00:00.000Z';

/** A `decided` event as the gate writes it, as far as anybody counts it. */
export function decided(call: MadeCall): LogEvent {
  const { id, agent = 'fixer', time = NOON, did = 'allow', environment = 'prod', tier = 'B', level = 3 } = call;
  const reason = { rule: call.rule ?? 'level/table', message: `${did} by the table`, fix: '' };
  return {
    kind: 'decided',
    id,
    time,
    body: {
      call: {
        ...{
          surface: 'kubernetes',
          route: 'prod',
          method: 'PATCH',
          path: '/apis/apps/v1/namespaces/shop/deployments/web',
        },
        ...{ action: 'kubernetes:deployments.apps:patch', namespace: 'shop', name: 'web', digest: 'hmac-sha256:00' },
      },
      agent: {
        ...{ id: agent, level, granted_by: 'ana', granted_at: NOON, why: 'nightly repairs' },
        ...{ credential: 'token', credential_id: 't-1', intent: call.intent ?? null },
      },
      did,
      by: 'policy',
      reasons: [reason],
      input: {
        action: { class: call.class ?? 'write' },
        state: { approvals: call.approved === true ? [{ by: 'ana' }] : [] },
      },
      judgement: {
        verdict: { outcome: did, tier, environment, reasons: [reason] },
        bundle: { digest: 'sha256:00', revision: 'r1' },
      },
      request: null,
      facts: null,
      ...call.more,
    },
    ...(call.intent === undefined ? {} : { links: [`intent:${call.intent}`] }),
  };
}

/** How a call ended. */
export function outcome(id: string, status: number | null = 200, time = NOON, links?: readonly string[]): LogEvent {
  return {
    kind: 'outcome',
    id,
    time,
    body: {
      state: status === null ? 'lost' : 'answered',
      end: 'complete',
      sent: true,
      status,
      bytes: 10,
      ms: 12,
      error: null,
    },
    ...(links === undefined ? {} : { links }),
  };
}

let serial = 0;

/** A `changed` event about what `about` names. */
export function changed(
  what: string,
  about: JsonObject,
  given: { by?: string; time?: string; why?: string; links?: readonly string[]; after?: JsonObject } = {},
): LogEvent {
  serial += 1;
  const { by = 'ana', time = NOON, why = 'because', after = {} } = given;
  return {
    kind: 'changed',
    id: `c-${String(serial).padStart(6, '0')}`,
    time,
    body: { what, by, why, ...about, before: null, after },
    links: given.links ?? Object.entries(about).map(([name, id]) => `${name}:${String(id)}`),
  };
}
