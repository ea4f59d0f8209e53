import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Judge } from '../../../src/decide/judge.ts';
import type { JsonObject } from '../../../src/json.ts';
import { type Called, DONE, FAILED, openStopLab, type StopLab, stopJudge } from './stop-lab.ts';

const FIXER = { kind: 'agent', agent: 'fixer' };
const MINUTE = 60_000;

let shipped: Judge;
let lab: StopLab;
beforeAll(async () => {
  shipped = await stopJudge();
});
beforeEach(async () => {
  lab = await openStopLab(shipped);
  await lab.agent('fixer', 3);
  await lab.agent('twin', 3);
});

const later = (minutes: number) => {
  lab.clock.now = new Date(lab.clock.now.getTime() + minutes * MINUTE);
};

describe('an agent whose changes fail one after another', () => {
  it('is frozen by the gate, which says by which condition, for how long, and what it rests on', async () => {
    expect(await lab.calls(4, {}, FAILED)).toHaveLength(4);
    expect(await lab.frozen()).toEqual([]);
    const intent = 'intent-1';
    const fifth = await lab.call({ intent }, FAILED);
    await lab.settled();
    const [freeze] = lab.freezes().active(lab.clock.now);
    const message =
      'stop condition failing-agent: 5 failed changes of agent fixer in a row within 60 minutes: whoever fails again and ' +
      'again does not know what it is changing';
    const evidence = ['d-1', 'd-2', 'd-3', 'd-4', fifth];
    expect(freeze).toEqual({
      id: freeze?.id,
      scope: FIXER,
      reads: false,
      by: 'gate',
      why: `${message} (${evidence.join(', ')})`,
      since: '2030-01-15T12:00:00.000Z',
      until: '2030-01-15T13:00:00.000Z',
      lifted: null,
    });
    const [event] = await lab.events('stop.condition');
    expect(event).toMatchObject({
      ...{
        by: 'gate',
        why: message,
        condition: 'failing-agent',
        agent: 'fixer',
        freeze: freeze?.id,
        decisions: evidence,
      },
      after: { scope: FIXER, reads: false, until: '2030-01-15T13:00:00.000Z', demote: null },
    });
    for (const link of ['agent:fixer', `freeze:${freeze?.id}`, `decision:${fifth}`, `intent:${intent}`])
      expect((await lab.store.related(link, 0, 10)).map(({ leaf }) => JSON.parse(leaf))).toContainEqual(event);
  });

  it('is not, when one of them went well', async () => {
    await lab.calls(4, {}, FAILED);
    await lab.call({}, DONE);
    await lab.calls(4, {}, FAILED);
    expect(await lab.frozen()).toEqual([]);
  });

  it('is not, when they are of different agents, or further apart', async () => {
    await lab.calls(4, {}, FAILED);
    await lab.calls(4, { agent: 'twin' }, FAILED);
    later(61);
    await lab.calls(1, {}, FAILED);
    expect(await lab.frozen()).toEqual([]);
  });

  it.each<[string, Called, JsonObject]>([
    ['that only read', { class: 'read' }, FAILED],
    ['that only ran dry', { dryRun: true }, FAILED],
    ['that take a decision back', { reverts: 'd-0' }, FAILED],
    ['that ran as their dry run', { obligations: ['as-dry-run'] }, FAILED],
    ['that never left', {}, { state: 'not-sent', sent: false, status: null }],
    ['that the gate cut itself', {}, { state: 'cut', sent: true, status: null }],
    ['that may be sent again', {}, { state: 'answered', sent: true, status: 409 }],
    ['that nobody answered yet', {}, {}],
  ])('is not for calls %s', async (_what, called, outcome) => {
    await lab.calls(12, called, Object.keys(outcome).length === 0 ? undefined : outcome);
    expect(await lab.frozen()).toEqual([]);
  });

  it('is not where it is no agent: who takes back what agents did', async () => {
    await lab.calls(12, { agent: 'sallyport:gate' }, FAILED);
    await lab.restart();
    await lab.calls(12, { agent: 'sallyport:gate', did: 'deny' });
    expect(await lab.frozen()).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['refused by the upstream', { state: 'answered', sent: true, status: 422 }],
    ['broken off', { state: 'broken', sent: true, status: null }],
  ])('counts those %s', async (_what, outcome) => {
    await lab.calls(5, {}, outcome);
    expect(await lab.frozen()).toEqual([FIXER]);
  });
});

it('a gate that dies stops nobody: what was lost with it did not fail', async () => {
  await lab.calls(12, {}, { state: 'lost', sent: 'unknown', status: null });
  expect(await lab.frozen()).toEqual([]);
});

describe('what it stopped for', () => {
  it('stops nothing again when it was thawed, until something more goes wrong', async () => {
    await lab.calls(5, {}, FAILED);
    await lab.thaw();
    await lab.calls(3, { did: 'deny' });
    await lab.restart();
    await lab.settled();
    expect(await lab.frozen()).toEqual([]);
    await lab.calls(1, {}, FAILED);
    expect(await lab.frozen()).toEqual([FIXER]);
    expect(await lab.events('stop.condition')).toHaveLength(2);
  });

  it('needs as many again once something went well', async () => {
    await lab.calls(5, {}, FAILED);
    await lab.thaw();
    await lab.call({}, DONE);
    await lab.calls(4, {}, FAILED);
    expect(await lab.frozen()).toEqual([]);
    await lab.calls(1, {}, FAILED);
    expect(await lab.frozen()).toEqual([FIXER]);
  });

  it('is frozen once, however many calls were under way', async () => {
    await lab.calls(9, {}, FAILED);
    expect(await lab.frozen()).toEqual([FIXER]);
    expect(await lab.events('stop.condition')).toHaveLength(1);
  });

  it('is frozen again when the freeze has ended by its time and as many fail within the hour', async () => {
    await lab.calls(5, {}, FAILED);
    later(59);
    await lab.calls(1, {}, FAILED);
    expect(await lab.events('stop.condition')).toHaveLength(1);
    later(2);
    await lab.calls(3, {}, FAILED);
    expect(await lab.events('stop.condition')).toHaveLength(1);
    await lab.calls(1, {}, FAILED);
    expect(await lab.events('stop.condition')).toHaveLength(2);
  });
});

describe('a gate that starts', () => {
  it('goes on counting where the one before ended', async () => {
    await lab.calls(4, {}, FAILED);
    await lab.restart();
    await lab.calls(1, {}, FAILED);
    expect(await lab.frozen()).toEqual([FIXER]);
  });

  it('stops what was to be stopped when the one before was killed', async () => {
    const { judge } = lab;
    lab.judge = undefined;
    await lab.calls(5, {}, FAILED);
    lab.judge = judge;
    expect(await lab.frozen()).toEqual([]);
    await lab.restart();
    await lab.settled();
    expect(await lab.frozen()).toEqual([FIXER]);
  });

  it('counts what is older than a day no more', async () => {
    await lab.calls(2, { runbook: 'restart-stateless' }, FAILED);
    later(24 * 60 + 1);
    await lab.restart();
    await lab.calls(1, { runbook: 'restart-stateless' }, FAILED);
    expect(await lab.frozen()).toEqual([]);
  });
});

describe('denied attempts', () => {
  it.each<[string, Called, boolean]>([
    ['of changes count', { rule: 'scope/labels' }, true],
    ['of reading secrets count', { class: 'sensitive_read' }, true],
    ['of what cannot be read count', { class: 'unknown' }, true],
    ["by the gate's own guards count", { by: 'gate', rule: 'gate/scope', judged: false }, true],
    ['of discovery do not', { class: 'discovery' }, false],
    ['of ordinary reads do not', { class: 'read', by: 'gate', rule: 'gate/scope', judged: false }, false],
    ['of dry runs do not', { dryRun: true }, false],
    ['that are advice do not', { advised: true, rule: 'level/table' }, false],
    ['of an agent that only advises do not', { by: 'gate', rule: 'gate/level-zero' }, false],
    ['by a freeze of the gate do not', { by: 'gate', rule: 'gate/freeze' }, false],
    ['by a freeze that policy knows do not', { rule: 'freeze/active' }, false],
    ['because the policy failed do not', { rule: 'gate/policy-fault' }, false],
    [
      'because the gate could not do its part do not',
      { by: 'gate', rule: 'upstream/unavailable', judged: false },
      false,
    ],
    ['that are held do not', { did: 'hold' }, false],
  ])('%s', async (_what, called, counts) => {
    await lab.calls(49, { did: 'deny', ...called });
    expect(await lab.frozen()).toEqual([]);
    await lab.calls(1, { did: 'deny', ...called });
    expect(await lab.frozen()).toEqual(counts ? [FIXER] : []);
  });

  it('get no runbook and no service stopped: nobody is hurt by what another asks for', async () => {
    await lab.calls(60, { did: 'deny', runbook: 'restart-stateless' });
    expect(await lab.frozen()).toEqual([FIXER]);
  });
});

describe('what becomes known of changes later', () => {
  it('two failed verifications in a row freeze the agent and its runbook, until they are thawed', async () => {
    const [one = '', two = '', three = ''] = await lab.calls(3, { runbook: 'restart-stateless' }, DONE);
    await lab.change('verification.failed', { decision: one });
    await lab.change('verification.passed', { decision: two });
    await lab.change('verification.failed', { decision: three });
    expect(await lab.frozen()).toEqual([]);
    const [four = ''] = await lab.calls(1, { runbook: 'restart-stateless' }, DONE);
    await lab.change('verification.failed', { decision: four });
    expect((await lab.frozen()).toSorted((a, b) => (String(a.kind) < String(b.kind) ? -1 : 1))).toEqual([
      FIXER,
      { kind: 'runbook', runbook: 'restart-stateless' },
    ]);
    expect(
      lab
        .freezes()
        .active(lab.clock.now)
        .map(({ until }) => until),
    ).toEqual([null, null]);
  });

  it('two reverts in a row freeze the agent, whoever took the changes back and however late', async () => {
    const [one = '', two = ''] = await lab.calls(2, {}, DONE);
    await lab.calls(1, {}, DONE);
    later(120);
    await lab.change('revert.ran', { decision: one, revert: 'r1' });
    expect(await lab.frozen()).toEqual([]);
    await lab.change('revert.ran', { decision: two, revert: 'r2' });
    expect(await lab.frozen()).toEqual([FIXER]);
  });

  it("is nobody's where nobody remembers the change, or it is no such event", async () => {
    const ids = await lab.calls(4, {}, DONE);
    for (const decision of ids) await lab.change('verification.watched', { decision });
    for (const decision of ['d-0', '', '__proto__']) await lab.change('verification.failed', { decision });
    expect(await lab.frozen()).toEqual([]);
  });
});
