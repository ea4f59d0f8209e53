import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import { bad, blind, good, type Look, waiting } from '../../../src/settle/verify/look.ts';
import { MemoryStore } from '../../identify/memory-store.ts';
import { ScheduleLab } from '../../operate/schedule/schedule-lab.ts';
import { allowed, recorded, VerifyingGate } from './verifications-lab.ts';

let lab: ScheduleLab;
let gate: VerifyingGate;
beforeEach(async () => {
  lab = new ScheduleLab(new MemoryStore());
  gate = await VerifyingGate.open(lab, 'one');
});
afterEach(() => gate.lab.schedule.stop());

async function open(id: string): Promise<JsonObject | undefined> {
  return (await lab.store.get('verifications', id))?.body;
}

async function closed(id: string): Promise<JsonObject | undefined> {
  return (await lab.store.get('closed', `verifications:${id}`))?.body;
}

/** What is on the record of a decision besides its own leaves: what, by whom, why. */
async function changes(id: string): Promise<readonly unknown[]> {
  const leaves = await lab.store.related(`decision:${id}`, 0, 100);
  return leaves.map(({ leaf }) => {
    const { what, by, why } = JSON.parse(leaf);
    return `${what} by ${by}: ${why}`;
  });
}

const WELL = good('it is well');
const SLOW = waiting('1 of 2 replicas are up');
const DARK = blind('nothing can be seen');

describe('an act', () => {
  it.each<[string, readonly Look[], string, string, number]>([
    ['is well when it was seen so often in a row', [WELL], 'passed', 'rollout: it is well', 2],
    ['is well when it gets well in time', [SLOW, SLOW, WELL], 'passed', 'rollout: it is well', 4],
    ['is well when it gets well again', [WELL, SLOW, WELL], 'passed', 'rollout: it is well', 4],
    ['is well although nothing could be seen for a while', [DARK, WELL], 'passed', 'rollout: it is well', 3],
    ['has failed when it is not well in time', [SLOW], 'failed', 'rollout: 1 of 2 replicas are up', 6],
    ['has failed at once when it will not get well', [SLOW, bad('it is gone')], 'failed', 'rollout: it is gone', 2],
    ['is not known to be well when nothing can be seen', [DARK], 'inconclusive', 'rollout: nothing can be seen', 6],
    [
      'has not been well for long enough',
      [SLOW, SLOW, SLOW, SLOW, SLOW, WELL],
      'inconclusive',
      'rollout: it is well',
      6,
    ],
  ])('%s', async (_what, looks, state, why, number) => {
    gate.looks = [...looks];
    await gate.run(allowed('d1'));
    await lab.move(70);
    expect(gate.did).toEqual(Array.from({ length: number }, () => 'look'));
    expect((await open('d1')) ?? (await closed('d1'))).toMatchObject({ state, why, looks: number });
    expect(await changes('d1')).toEqual([
      'verification.started by gate: it is well',
      `verification.${state} by gate: ${why}`,
    ]);
    expect(gate.told).toEqual(['started d1', `${state} d1`]);
  });

  it('leaves behind what was seen and when, and whose it was', async () => {
    gate.looks = [SLOW, SLOW, WELL];
    await gate.run(allowed('d1'));
    await lab.move(70);
    expect(await closed('d1')).toMatchObject({
      ...{ agent: 'fixer', intent: 'i-1', runbook: null, environment: 'unknown' },
      ...{ since: '2030-01-15T12:00:00.000Z', ended: '2030-01-15T12:00:40.000Z' },
      seen: [
        { probe: 0, state: 'waiting', saw: '1 of 2 replicas are up', at: '2030-01-15T12:00:10.000Z' },
        { probe: 0, state: 'good', saw: 'it is well', at: '2030-01-15T12:00:30.000Z' },
      ],
    });
    for (const link of ['agent:fixer', 'intent:i-1']) expect(await lab.store.related(link, 0, 10)).toHaveLength(2);
    expect(await lab.stored()).toEqual({});
  });

  it.each<[string, number | undefined, boolean, number]>([
    ['was answered well', 201, true, 1],
    ['was answered by a fault', 500, true, 1],
    ['was not answered', undefined, true, 1],
    ['was refused', 409, true, 0],
    ['was redirected', 302, true, 0],
    ['was not sent', undefined, false, 0],
  ])('that %s with %s is looked at if it may have run', async (_what, status, sent, looks) => {
    await gate.run(allowed('d1', { plan: { looks: 1 } }), status, sent);
    await lab.move(70);
    expect(gate.did).toHaveLength(looks);
    expect(await closed('d1')).toMatchObject({ state: looks === 1 ? 'passed' : 'moot' });
    expect(await lab.stored()).toEqual({});
  });

  it('that obliges to nothing is not looked at', async () => {
    const file = allowed('d1');
    file.verification = undefined;
    await gate.run(file);
    expect([await open('d1'), await closed('d1'), await lab.stored()]).toEqual([undefined, undefined, {}]);
  });

  it('does not leave when its verification cannot be put on the books', async () => {
    await gate.verifications.begin(allowed('d1'));
    await expect(gate.verifications.begin(allowed('d1'))).rejects.toMatchObject({ code: 'record/conflict' });
  });
});

describe('a target', () => {
  const standing = (but = '') => gate.verifications.standing('r', PATH, but);
  const PATH = '/apis/apps/v1/namespaces/shop/deployments/web';

  it('is being verified from before the first byte on until that is known, but for the call that is judged again', async () => {
    const file = allowed('d1');
    const route = file.route.name;
    const now = () => [gate.verifications.standing(route, PATH, ''), gate.verifications.standing(route, PATH, 'd1')];
    expect(now()).toEqual(['none', 'none']);
    await gate.verifications.begin(file);
    expect(now()).toEqual(['running', 'none']);
    await gate.verifications.ended(file, { sent: true, status: 200 });
    expect([...now(), gate.verifications.standing(route, `${PATH}2`, ''), standing()]).toEqual([
      ...['running', 'none', 'none', 'none'],
    ]);
    await lab.move(70);
    expect(now()).toEqual(['none', 'none']);
  });

  it('is also touched by what changes all of a collection, and by nothing that makes something new', async () => {
    const file = allowed('d1');
    await gate.verifications.begin(file);
    const standing = (touched: string | undefined) => gate.verifications.standing(file.route.name, touched, '');
    const folder = '/apis/apps/v1/namespaces/shop/deployments';
    expect(['/', `${folder}/`, `${folder}/we`, '/apis/apps/v1/namespaces/shop2/', undefined].map(standing)).toEqual([
      ...['running', 'running', 'none', 'none', 'none'],
    ]);
  });

  it('that failed stays so for a day', async () => {
    gate.looks = [bad('it is gone')];
    const file = allowed('d1');
    await gate.run(file);
    await lab.move(70);
    expect(gate.verifications.standing(file.route.name, PATH, 'd2')).toBe('failed');
    await lab.move(24 * 3600);
    expect(gate.verifications.standing(file.route.name, PATH, 'd2')).toBe('none');
    expect(await closed('d1')).toMatchObject({ state: 'failed' });
    expect(await lab.stored()).toEqual({});
  });

  it('that failed is well again when a later act there is', async () => {
    gate.looks = [bad('it is gone')];
    await gate.run(allowed('d1'));
    await gate.run(allowed('elsewhere', { name: 'api' }));
    await lab.move(20);
    gate.looks = [WELL];
    const later = allowed('d2');
    await gate.run(later);
    await lab.move(70);
    expect(gate.verifications.standing(later.route.name, PATH, '')).toBe('none');
    expect([await closed('d1'), await closed('d2')]).toMatchObject([{ state: 'failed' }, { state: 'passed' }]);
    expect(await open('elsewhere')).toMatchObject({ state: 'failed' });
    await lab.move(24 * 3600);
    expect(await lab.stored()).toEqual({});
    expect(gate.lab.reports).toEqual([]);
  });
});

describe('what has not succeeded', () => {
  it.each<[string, Look]>([
    ['failed', SLOW],
    ['inconclusive', DARK],
  ])('is taken back once where the verdict promised that: %s', async (state, look) => {
    gate.looks = [look];
    await gate.run(allowed('d1', { fallback: true }));
    await lab.move(200);
    expect(gate.did.slice(6)).toEqual([`revert d1: its verification ${state}: rollout: ${look.saw}`]);
    expect(await open('d1')).toMatchObject({ state, fallback: 'done' });
  });

  it('is tried to be taken back until that could be looked at', async () => {
    gate.looks = [bad('it is gone')];
    gate.refusesToRevert = new Error('the store does not answer');
    await gate.run(allowed('d1', { fallback: true }));
    await lab.move(70);
    expect(gate.did).toEqual(['look', 'revert d1: its verification failed: rollout: it is gone']);
    expect(gate.lab.reports).toEqual(['verification:d1: the store does not answer']);
  });

  it('is left as it is where nobody promised anything', async () => {
    gate.looks = [bad('it is gone')];
    await gate.run(allowed('d1'));
    await lab.move(200);
    expect([gate.did, await open('d1')]).toMatchObject([['look'], { fallback: 'none' }]);
  });

  it('is not looked at any more once somebody took it back', async () => {
    gate.looks = [SLOW];
    await gate.run(allowed('d1', { fallback: true }));
    await lab.move(15);
    gate.takenBack = true;
    await lab.move(70);
    expect([gate.did, await closed('d1')]).toMatchObject([['look'], { state: 'moot' }]);
    expect((await changes('d1')).at(-1)).toBe('verification.moot by gate: it was taken back meanwhile');
    expect(await lab.stored()).toEqual({});
  });

  it('is never taken back when it is well', async () => {
    await gate.run(allowed('d1', { fallback: true }));
    await lab.move(200);
    expect(gate.did).toEqual(['look', 'look']);
  });
});

describe('an act that is tried on a share first', () => {
  const canary = { from: 2, first: 3, to: 6 };
  const STARTED = ['verification.started by gate: it is well', 'canary.started by gate: 3 replicas first, then 6'];

  it('goes on when that is well, and is looked at again', async () => {
    await gate.run(allowed('d1', { canary }));
    await lab.move(70);
    expect(gate.did).toEqual(['look', 'look', 'expand', 'look', 'look']);
    expect(await changes('d1')).toEqual([
      ...STARTED,
      'canary.expanding by gate: rollout: it is well',
      'canary.expanded by gate: all 6 replicas',
      'verification.passed by gate: rollout: it is well',
    ]);
    expect(await closed('d1')).toMatchObject({ state: 'passed', canary: { ...canary, step: 'rest' } });
  });

  it('stays at that when it is not well', async () => {
    gate.looks = [SLOW];
    await gate.run(allowed('d1', { canary, fallback: true }));
    await lab.move(70);
    expect(gate.did.filter((one) => one !== 'look')).toEqual([
      'revert d1: its verification failed: rollout: 1 of 2 replicas are up',
    ]);
    expect((await changes('d1')).slice(2)).toEqual([
      'canary.aborted by gate: rollout: 1 of 2 replicas are up',
      'verification.failed by gate: rollout: 1 of 2 replicas are up',
    ]);
  });

  it.each<[string, () => void, string]>([
    ['a freeze covers it by then', () => (gate.objection = 'everything is frozen'), 'everything is frozen'],
    [
      'somebody else changed it',
      () => (gate.expansion = { done: false, why: 'it was scaled to 4' }),
      'it was scaled to 4',
    ],
  ])('stays at that when %s', async (_what, meanwhile, why) => {
    meanwhile();
    await gate.run(allowed('d1', { canary }));
    await lab.move(70);
    expect(gate.did).toEqual(['look', 'look', ...(gate.objection === undefined ? ['expand'] : [])]);
    expect((await changes('d1')).slice(2)).toEqual([
      'canary.expanding by gate: rollout: it is well',
      `canary.aborted by gate: the rest did not follow: ${why}`,
      `verification.failed by gate: the rest did not follow: ${why}`,
    ]);
  });
});

describe('a gate that is started again', () => {
  /** The same store and clock, and another gate; the first one is dead. */
  async function restarted(): Promise<VerifyingGate> {
    return VerifyingGate.open(lab, 'two');
  }

  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-verify-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each<[string, JsonObject, string, number]>([
    ['had an answer', { state: 'answered', sent: true, status: 200 }, 'passed', 2],
    ['was lost', { state: 'lost', sent: 'unknown', status: null }, 'passed', 2],
    ['was refused', { state: 'answered', sent: true, status: 403 }, 'moot', 0],
    ['was not sent', { state: 'not-sent', sent: false, status: null }, 'moot', 0],
  ])('looks at what %s before its verification heard of it', async (_what, outcome, state, looks) => {
    lab = await ScheduleLab.open(folder);
    gate = await VerifyingGate.open(lab, 'one');
    await gate.verifications.begin(allowed('d1'));
    await recorded(lab.store, 'd1', outcome);
    const next = await restarted();
    await lab.move(70, gate.lab);
    expect(next.did).toHaveLength(looks);
    expect(await closed('d1')).toMatchObject({ state });
    await lab.store.close();
  });

  it('goes on where the one before was, without another event', async () => {
    gate.looks = [SLOW];
    await gate.run(allowed('d1'));
    await lab.move(15);
    await gate.lab.schedule.stop();
    const next = await restarted();
    await lab.move(55, gate.lab);
    expect([gate.did, next.did, await closed('d1')]).toMatchObject([['look'], ['look', 'look'], { looks: 3 }]);
    expect(await changes('d1')).toHaveLength(2);
  });

  it('fails what ran out of time meanwhile only after a look', async () => {
    await gate.run(allowed('d1', { plan: { looks: 1 } }));
    await gate.lab.schedule.stop();
    lab.clock.sleep(600);
    const next = await restarted();
    await next.lab.schedule.idle();
    expect([next.did, await closed('d1')]).toMatchObject([['look'], { state: 'passed' }]);
  });

  it('expands once more what may have been expanded, which does no harm', async () => {
    await gate.run(allowed('d1', { canary: { from: 2, first: 3, to: 6 }, plan: { looks: 1 } }));
    await lab.move(10);
    const stored = await open('d1');
    // The dead gate had just begun with the rest.
    expect(stored).toMatchObject({ canary: { step: 'rest' } });
    const document = await lab.store.get('verifications', 'd1');
    const expanding = { ...stored, canary: { from: 2, first: 3, to: 6, step: 'expanding' } };
    await gate.lab.schedule.stop();
    await lab.store.transact(
      [{ collection: 'verifications', id: 'd1', expect: document?.version ?? 0, body: expanding }],
      [],
    );
    const next = await restarted();
    await lab.move(70, gate.lab);
    expect(next.did).toEqual(['expand', 'look']);
    expect(await closed('d1')).toMatchObject({ state: 'passed' });
  });

  it('takes back what the one before had left to be taken back', async () => {
    gate.looks = [bad('it is gone')];
    gate.refusesToRevert = new Error('the gate dies');
    await gate.run(allowed('d1', { fallback: true }));
    await lab.move(10);
    await gate.lab.schedule.stop();
    const next = await restarted();
    await lab.move(70, gate.lab);
    expect(next.did).toEqual(['revert d1: its verification failed: rollout: it is gone']);
    expect(await changes('d1')).toHaveLength(2);
  });

  it('refuses to start over a verification that it cannot read', async () => {
    await lab.store.transact([{ collection: 'verifications', id: 'd1', expect: 0, body: { state: 'odd' } }], []);
    await expect(restarted()).rejects.toMatchObject({ code: 'record/unavailable' });
  });
});
