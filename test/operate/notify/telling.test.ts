import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import type { Recorded } from '../../../src/operate/notify/recorded.ts';
import type { Teller } from '../../../src/operate/notify/telling/change.ts';
import { noticeOf } from '../../../src/operate/notify/telling/notice-of.ts';
import { HELD_CALL } from './held-call.ts';

const teller: Teller = {
  named: (text) => text.replaceAll('op_1', 'ana'),
  page: (page, id, until) => `https://gate/${page}/${id}${until === '' ? '' : `?until=${until}`}`,
};

function changed(what: string, body: JsonObject): Recorded {
  return {
    ...{ seq: 7, kind: 'changed', id: 'event-1', time: '2030-01-15T12:00:00.000Z' },
    body: { by: 'op_1', why: 'it is said why by op_1', before: null, after: null, ...body, what },
  };
}

const told = (event: Recorded) => {
  const found = noticeOf(event, teller);
  if (found === undefined) return undefined;
  const { severity, title, text, alert, links } = found.notice;
  return [
    found.quiet ? 'quiet' : severity,
    title,
    text,
    alert === null ? '' : `${alert.action} ${alert.key}`,
    links.map(({ url }) => url).join(),
  ];
};

const WHY = 'it is said why by ana';
const HELD = { hold: 'h1', agent: 'bot', held: HELD_CALL };
const OPEN = 'https://gate/approvals/h1?until=2030-01-15T13:00:00.000Z';
const CALL = 'kubernetes:deployments.apps:delete shop/web';
const ALONE = { ...HELD, held: { ...HELD_CALL, group: null } };
const REVERT = { decision: 'd1', revert: 'd2', agent: 'bot', by: 'gate' };
const VERIFY = {
  decision: 'd1',
  agent: 'bot',
  action: 'kubernetes:deployments.apps:patch',
  namespace: 'shop',
  name: 'web',
};
const PATCH = 'bot kubernetes:deployments.apps:patch shop/web';
const D1 = 'https://gate/decisions/d1';
const freeze = (scope: JsonObject) => ({ freeze: 'f1', after: { scope, reads: false, until: null } });

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

describe('what is told of an event', () => {
  it.each<[string, JsonObject, readonly string[]]>([
    ['hold.opened', HELD, ['warning', `bot waits for approval: ${CALL}`, '', 'trigger holds:bot/apply-1', OPEN]],
    ['hold.opened', ALONE, ['warning', `bot waits for approval: ${CALL}`, '', 'trigger hold:h1', OPEN]],
    [
      'hold.opened',
      { ...ALONE, held: { ...ALONE.held, state: 'approved' } },
      ['info', `bot waits for its window: ${CALL}`, '', '', OPEN],
    ],
    [
      'hold.escalated',
      { ...ALONE, by: 'gate', after: { ask: ['sre'], groups: ['sre', 'managers'], notify: ['pager'] } },
      ['error', `Nobody has decided yet, now sre and managers should: ${CALL}`, WHY, 'trigger hold:h1', OPEN],
    ],
    ['hold.ready', ALONE, ['info', `Its window is open, it may run now: ${CALL}`, WHY, '', OPEN]],
    [
      'hold.approval',
      ALONE,
      ['info', `ana approved, others are still asked: ${CALL}`, WHY, 'acknowledge hold:h1', OPEN],
    ],
    ['hold.approved', ALONE, ['info', `Approved by ana: ${CALL}`, WHY, 'resolve hold:h1', OPEN]],
    ['hold.denied', ALONE, ['info', `Denied by ana: ${CALL}`, WHY, 'resolve hold:h1', OPEN]],
    ['hold.expired', ALONE, ['info', `Expired, it will not run: ${CALL}`, WHY, 'resolve hold:h1', OPEN]],
    ['hold.voided', ALONE, ['info', `Void, it will not run: ${CALL}`, WHY, 'resolve hold:h1', OPEN]],
    ['hold.cancelled', ALONE, ['info', `Cancelled by ana: ${CALL}`, WHY, 'resolve hold:h1', OPEN]],
    ['hold.used', ALONE, ['quiet', `An approved call ran: ${CALL}`, WHY, 'resolve hold:h1', OPEN]],
    [
      'freeze.set',
      freeze({ kind: 'everything' }),
      ['critical', 'Frozen by ana: everything', WHY, 'trigger freeze:f1', 'https://gate/overview/f1'],
    ],
    [
      'freeze.set',
      { ...freeze({ kind: 'agent', agent: 'bot' }), by: 'gate' },
      ['quiet', 'Frozen by the gate: agent bot', WHY, 'trigger freeze:f1', 'https://gate/overview/f1'],
    ],
    [
      'stop.condition',
      { ...freeze({ kind: 'agent', agent: 'bot' }), by: 'gate', condition: 'failures', agent: 'bot' },
      ['error', 'Stopped by itself: agent bot', WHY, 'trigger freeze:f1', 'https://gate/overview/f1'],
    ],
    [
      'freeze.lifted',
      { freeze: 'f1', before: { scope: { kind: 'service', service: 'shop' } } },
      ['info', 'Thawed by ana: service shop', WHY, 'resolve freeze:f1', 'https://gate/overview/f1'],
    ],
    [
      'agent.demoted',
      { agent: 'bot', by: 'gate', before: { level: 4 }, after: { level: 2 } },
      ['warning', 'bot was demoted by the gate', WHY, 'trigger demotion:event-1', ''],
    ],
    ['agent.promoted', { agent: 'bot' }, ['info', 'bot was promoted by ana', WHY, '', '']],
    ['agent.revoked', { agent: 'bot' }, ['warning', 'bot was revoked by ana', WHY, '', '']],
    ['verification.started', VERIFY, ['quiet', `A change is being verified: ${PATCH}`, WHY, '', D1]],
    ['verification.passed', VERIFY, ['info', `A change was verified: ${PATCH}`, WHY, 'resolve verification:d1', D1]],
    [
      'verification.failed',
      VERIFY,
      ['error', `A change did not bring about what it should: ${PATCH}`, WHY, 'trigger verification:d1', D1],
    ],
    [
      'verification.inconclusive',
      VERIFY,
      ['warning', `Nobody knows whether a change did what it should: ${PATCH}`, WHY, 'trigger verification:d1', D1],
    ],
    [
      'canary.aborted',
      VERIFY,
      ['error', `A change stays with its first share: ${PATCH}`, WHY, 'trigger verification:d1', D1],
    ],
    [
      'revert.ran',
      { ...REVERT, after: { message: 'it is as before' } },
      ['warning', 'A change was reverted: bot', `it is as before. Why: ${WHY}`, 'resolve revert:d1', D1],
    ],
    [
      'revert.blocked',
      { ...REVERT, after: { message: 'everything is frozen by op_1' } },
      [
        'critical',
        'A change should be reverted, and people must decide it: bot',
        `everything is frozen by ana. Why: ${WHY}`,
        'trigger revert:d1',
        D1,
      ],
    ],
    ['revert.failed', REVERT, ['critical', 'A revert failed: bot', WHY, 'trigger revert:d1', D1]],
    [
      'bundle.refused',
      { by: 'gate', refused: { code: 'bundle/signature', message: 'nobody signed it' } },
      ['error', 'A policy bundle was refused: bundle/signature', `${WHY}: nobody signed it`, 'trigger bundle', ''],
    ],
    ['bundle.rolled-back', {}, ['warning', 'An older policy bundle was loaded by ana', WHY, '', '']],
    [
      'notice.dead',
      { target: 'pager', after: { title: 'Frozen' } },
      ['error', 'pager could not be told: Frozen', WHY, 'trigger notice:pager', ''],
    ],
    ['intent.opened', { intent: 'i1' }, ['quiet', 'intent opened by ana', WHY, '', '']],
    ['something.never-heard-of', {}, ['quiet', 'something never heard of by ana', WHY, '', '']],
    ['', {}, ['quiet', 'by ana', WHY, '', '']],
  ])('%s', (what, body, expected) => {
    expect(told(changed(what, body))).toEqual(expected);
  });

  it('is whole for a held call: who, what, how far, for whom', () => {
    const { notice } = noticeOf(changed('hold.opened', HELD), teller) ?? {};
    expect(notice).toEqual({
      ...{ id: 'event-1', kind: 'hold.opened', time: '2030-01-15T12:00:00.000Z', severity: 'warning' },
      ...{ title: `bot waits for approval: ${CALL}`, text: '' },
      facts: [
        { name: 'Agent', value: 'bot, level 2' },
        { name: 'Call', value: `${CALL} on route demo` },
        { name: 'Environment', value: 'prod' },
        { name: 'Tier', value: 'C' },
        { name: 'Reaches', value: '1 object, 3 pods' },
        { name: 'Changes', value: '/spec/replicas: 3 → nothing' },
        { name: 'Waits for', value: '2 of sre or platform; its window to open, at 2030-01-16T09:00:00.000Z' },
        { name: 'Why', value: 'tier C in prod needs two people' },
        { name: 'The agent says', value: 'the deployment is broken' },
        { name: 'Decide by', value: '2030-01-15T13:00:00.000Z' },
      ],
      links: [{ name: 'Open', url: OPEN }],
      alert: { key: 'holds:bot/apply-1', action: 'trigger' },
      groups: ['sre', 'platform'],
      environments: ['prod'],
      about: { hold: 'h1', agent: 'bot' },
    });
  });

  it('is that calls were lost when a gate starts after a crash, and nothing of other starts', () => {
    const started = (lost: number): Recorded => ({ ...changed('started', { lost }), kind: 'gate' });
    expect(told(started(3))).toEqual([
      'error',
      'The gate started again; of 3 calls nobody knows the end',
      'It stopped without ending them. Each is marked lost on the record: look whether it ran.',
      'trigger lost:event-1',
      '',
    ]);
    expect([told(started(0)), told({ ...changed('stopping', {}), kind: 'gate' })]).toEqual([undefined, undefined]);
  });

  it('is of bounded length, on one line, and of what can be read, whatever an agent writes', () => {
    const long = `\u202e${'<@U1>\r\n\u0007'.repeat(5_000)}`;
    const subject = {
      ...HELD_CALL.subject,
      ...{ action: long, namespace: long, name: long, claims: { reason: long } },
      reasons: [{ rule: 'a/b', message: long, fix: '' }],
      changes: Array(1_000).fill({ path: long, from: long, to: { deep: long } }),
    };
    const groups = Array.from({ length: 100 }, (_, i) => `${i}${long}`);
    const held = {
      ...HELD_CALL,
      subject,
      holds: Array(100).fill({ kind: 'people', key: long, groups, quorum: 1, until: '' }),
    };
    const { notice } = noticeOf(changed('hold.opened', { ...HELD, agent: long, why: long, held }), teller) ?? {};
    expect(JSON.stringify(notice).length).toBeLessThan(20_000);
    expect(texts(notice).filter((text) => /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(text))).toEqual([]);
    expect(notice?.title.length).toBeLessThanOrEqual(200);
  });

  it.each<[string, JsonObject]>([
    ['nothing at all', {}],
    ['numbers', { agent: 1, hold: 2, after: 3, held: 4, why: 5, by: 6 }],
    ['lists', { agent: [], hold: [1], after: [], held: [], why: [[]], by: [] }],
    ['members of all objects', { agent: 'constructor', held: { subject: { action: '__proto__' } } }],
  ])('comes of any form of body: %s', (_name, body) => {
    for (const what of ['hold.opened', 'freeze.set', 'revert.ran', 'verification.failed', 'toString', '__proto__']) {
      expect(noticeOf(changed(what, body), teller)?.notice).toMatchObject({ id: 'event-1', title: expect.any(String) });
    }
  });
});
