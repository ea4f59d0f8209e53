import type { JsonObject } from '../../../src/json.ts';
import type { LogEvent } from '../../../src/record/store.ts';
import { changed, decided, outcome } from '../trust/events.ts';

const DAY = '2026-11-20';
const at = (time: string) => `${DAY}T${time}.000Z`;

/** An incident from the first alert to the demotion, as the gate records it; `words` are what agents and people say. */
export function incident(
  words: Partial<Record<'reason' | 'hypothesis' | 'says' | 'why' | 'incident', string>> = {},
): readonly LogEvent[] {
  const {
    reason = 'the shop answers slowly',
    hypothesis = 'a leak in web',
    says = 'p99 is at 4 s',
    why = 'go ahead',
    incident: named = 'INC-7',
  } = words;
  const [intent, agent] = ['i-1', 'fixer'];
  const about = (more: JsonObject): JsonObject => ({ intent, agent, ...more });
  const statement: JsonObject = {
    ...{
      reason,
      incident: named,
      incidentClass: 'semi-safe',
      alert: 'ShopSlow',
      hypothesis,
      confidence: 0.6,
      links: ['https://graphs.example/d/1'],
    },
    ...{ plan: 'restart web', runbook: 'restart-stateless', successSignal: 'p99 below 300 ms', wayBack: null },
  };
  const links = [`intent:${intent}`];
  const call = (id: string, time: string, more: object = {}) =>
    decided({ id, agent, intent, time: at(time), level: 4, ...more });
  return [
    changed(
      'agent.added',
      { agent },
      { after: { level: 4 }, time: '2026-11-02T09:00:00.000Z', why: 'nightly repairs' },
    ),
    changed('intent.opened', about({}), { by: 'agent:fixer', time: at('10:00:00'), why: reason, after: { statement } }),
    call('d-read', '10:00:10', { class: 'read', tier: 'A' }),
    outcome('d-read', 200, at('10:00:11'), links),
    changed('intent.attached', about({}), {
      ...{ by: 'agent:fixer', time: at('10:01:00'), why: '1 of 1 signals' },
      after: {
        signals: [
          {
            source: 'prometheus',
            observedAt: at('10:00:50'),
            stance: 'supports',
            says,
            pattern: null,
            by: 'agent:fixer',
          },
        ],
        confidence: 0.7,
      },
    }),
    call('d-denied', '10:02:00', { did: 'deny', class: 'delete', tier: 'C', rule: 'blast/limits' }),
    call('d-held', '10:03:00', { did: 'hold' }),
    changed('hold.opened', about({ hold: 'd-held' }), {
      by: 'gate',
      time: at('10:03:00'),
      after: { state: 'waiting', decideBy: at('11:03:00'), subject: { tier: 'B' } },
    }),
    changed('hold.approved', about({ hold: 'd-held' }), { time: at('10:05:00'), why, after: { state: 'approved' } }),
    call('d-ran', '10:05:10', { approved: true }),
    changed('hold.used', about({ hold: 'd-held', decision: 'd-ran' }), {
      by: 'gate',
      time: at('10:05:10'),
      after: { state: 'used' },
    }),
    outcome('d-ran', 200, at('10:05:11'), links),
    changed('verification.failed', about({ decision: 'd-ran' }), {
      by: 'gate',
      time: at('10:10:00'),
      why: 'p99 stayed above 300 ms',
    }),
    decided({
      id: 'd-back',
      agent: 'gate:revert',
      intent,
      time: at('10:10:01'),
      more: { reverts: { decision: 'd-ran' } },
    }),
    outcome('d-back', 200, at('10:10:02'), links),
    changed('revert.ran', about({ decision: 'd-ran', revert: 'd-back' }), {
      by: 'gate',
      time: at('10:10:02'),
      why: 'its verification failed',
    }),
    changed(
      'stop.condition',
      { agent, condition: 'unverified-agent', freeze: 'f-1', decisions: ['d-ran'] },
      { by: 'gate', time: at('10:10:03'), why: 'what it does does not do what it is for' },
    ),
    changed(
      'freeze.set',
      { freeze: 'f-1' },
      {
        by: 'gate',
        time: at('10:10:03'),
        why: 'stop condition unverified-agent',
        after: { scope: { kind: 'agent', agent } },
        links: ['freeze:f-1', 'agent:fixer'],
      },
    ),
    {
      ...changed(
        'agent.demoted',
        { agent },
        {
          by: 'gate',
          time: at('10:10:04'),
          why: 'stop-condition: 1 stop conditions within 7 days',
          after: { level: 3 },
        },
      ),
    },
    changed('intent.closed', about({}), {
      by: 'agent:fixer',
      time: at('10:12:00'),
      why: 'the restart did not help',
      after: { outcome: 'handed-over' },
    }),
  ];
}
