import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Judge } from '../../../src/decide/judge.ts';
import { openBundles } from '../../../src/decide/open-bundles.ts';
import type { Level } from '../../../src/identify/principal.ts';
import { Registry } from '../../../src/identify/registry.ts';
import { isObject, type JsonObject } from '../../../src/json.ts';
import { Trust } from '../../../src/operate/trust/trust.ts';
import { TrustLedger } from '../../../src/operate/trust/trust-ledger.ts';
import { watchStore } from '../../../src/operate/watched-store.ts';
import { openSqliteStore } from '../../../src/record/sqlite.ts';
import type { LogEvent, Store } from '../../../src/record/store.ts';
import { ROOT } from '../../review/library.ts';
import { changed, decided, outcome } from './events.ts';

let judge: Judge;
beforeAll(async () => {
  const archive = await readFile(join(ROOT, 'bundles/sallyport.tar.gz'));
  ({ judge } = await openBundles({ library: { archive, from: 'the package' } }, { keys: [] }));
});

let folder: string;
let opened: Store;
let store: Store;
let ledger: TrustLedger;
let registry: Registry;
let trust: Trust;
let time: number;
const problems: string[] = [];
const now = () => new Date(time);
const iso = () => now().toISOString();

async function open(questions: () => Judge = () => judge, pause = 0): Promise<void> {
  const report = (problem: string) => void problems.push(problem);
  ledger = await TrustLedger.open({ store: opened, now, report });
  registry = await Registry.open(store, { now, newId: randomUUID });
  trust = new Trust({ ledger, registry, questions, now, report, pause });
}

beforeEach(async () => {
  problems.length = 0;
  time = Date.parse('2026-11-01T12:00:00.000Z');
  folder = await mkdtemp(join(tmpdir(), 'sallyport-trust-'));
  opened = await openSqliteStore({ path: join(folder, 'sallyport.db') });
  store = watchStore(opened, (event, seq) => ledger.observe(event, seq));
  await open();
});
afterEach(async () => {
  await trust.settled();
  await opened.close();
  await rm(folder, { recursive: true });
});

async function add(level: Level): Promise<void> {
  await registry.add({ id: 'fixer', team: 'sre', owner: 'ana', level }, 'ana', 'a trial');
}

/** So many changes within a minute, all of which go well, and reads enough. */
async function work(count: number, each: Partial<Parameters<typeof decided>[0]> = {}): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  for (const id of ids) {
    await store.append(decided({ ...each, id, time: iso() }));
    await store.append(outcome(id, 200, iso()));
  }
  return ids;
}

const days = (count: number) => {
  time += count * 86_400_000;
};
const agent = () => {
  const found = registry.agent('fixer');
  if (found === undefined) throw new Error('no agent');
  return found;
};

/** The last change of the agent, as the log has it. */
async function lastChange(): Promise<JsonObject> {
  const leaves = await opened.related('agent:fixer', 0, 1000);
  const bodies = leaves.map(({ leaf }): unknown => JSON.parse(leaf));
  const last = bodies.findLast((body) => isObject(body) && String(body.what).startsWith('agent.'));
  return isObject(last) ? last : {};
}

describe('a promotion', () => {
  it('is proposed when the record has earned it, granted by a person, and keeps what earned it', async () => {
    await add(2);
    await work(200, { class: 'read', tier: 'A' });
    await work(20);
    const early = await trust.report(agent());
    expect(early.standing?.promotion).toMatchObject({ to: 3, proposed: false });
    days(14);
    const { standing } = await trust.report(agent());
    expect(standing).toMatchObject({ promotion: { to: 3, proposed: true, grant: 'any' }, demotion: null });
    const promoted = await trust.setLevel(agent(), 3, 'bo', 'it has shown that it can');
    expect(promoted.level).toBe(3);
    expect(await lastChange()).toMatchObject({
      ...{ what: 'agent.promoted', by: 'bo', why: 'it has shown that it can' },
      before: { level: 2 },
      after: { level: 3 },
      evidence: {
        since: '2026-11-01T12:00:00.000Z',
        proposed: true,
        record: { window: 30, numbers: { changes: 20, success: 1, reverted: 0, stops: 0 } },
      },
    });
    // What earned this level earns no other.
    expect((await trust.report(agent())).standing).toMatchObject({ numbers: { changes: 0, success: null } });
  });

  it('may be granted by a person although it is not proposed, and the record says so', async () => {
    await add(1);
    await trust.setLevel(agent(), 2, 'bo', 'it is needed');
    expect(await lastChange()).toMatchObject({
      evidence: {
        proposed: false,
        tests: expect.arrayContaining([{ name: 'calls', met: false, message: '0 calls let through, 100 are needed' }]),
      },
    });
  });

  it('is of one level, never more, however it is asked for', async () => {
    await add(1);
    await expect(trust.setLevel(agent(), 3, 'bo', 'in a hurry')).rejects.toMatchObject({
      code: 'request/invalid',
      message: 'agent fixer is at level 1: 3 is more than one step up',
    });
    // Of two who grant the same step at once, one does; the other finds it done.
    const before = agent();
    const both = await Promise.allSettled([
      trust.setLevel(before, 2, 'bo', 'now'),
      trust.setLevel(before, 2, 'cy', 'now'),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(agent().level).toBe(2);
  });

  it('is refused where the policy cannot be asked, while a demotion by hand is not', async () => {
    await add(2);
    await open(() => {
      throw new Error('no bundle is loaded yet');
    });
    await expect(trust.setLevel(agent(), 3, 'bo', 'now')).rejects.toMatchObject({ code: 'policy/fault' });
    expect((await trust.setLevel(agent(), 0, 'bo', 'not so fast')).level).toBe(0);
  });

  it('is refused where policy grants only what it proposes', async () => {
    await open(() => ({
      ...judge,
      ask: (...question) => {
        const answer = judge.ask(...question);
        const { answer: standing } = answer;
        if (!isObject(standing) || !isObject(standing.promotion)) return answer;
        return { ...answer, answer: { ...standing, promotion: { ...standing.promotion, grant: 'proposed' } } };
      },
    }));
    await add(1);
    await expect(trust.setLevel(agent(), 2, 'bo', 'now')).rejects.toMatchObject({
      code: 'operator/forbidden',
      message: 'the record of agent fixer has not earned level 2',
      fix: expect.stringContaining('0 calls let through, 100 are needed'),
    });
  });
});

describe('a demotion', () => {
  const stop = (decisions: readonly string[]): LogEvent =>
    changed('stop.condition', { agent: 'fixer', condition: 'failing-agent', decisions }, { by: 'gate', time: iso() });

  it('follows a stop condition at once, by the gate, with its evidence, and once', async () => {
    await add(4);
    const moved: string[] = [];
    registry.subscribe(({ what }) => moved.push(what));
    const done = await work(2);
    await store.append(stop(done));
    await trust.settled();
    expect(agent().level).toBe(3);
    expect(await lastChange()).toMatchObject({
      what: 'agent.demoted',
      by: 'gate',
      why: 'stop-condition: stop conditions: 1 within 7 days, since it came to level 4',
      evidence: { because: [{ name: 'stop-condition', of: 'stops' }], decisions: done },
    });
    trust.judgeAll();
    await trust.settled();
    expect([agent().level, moved]).toEqual([3, ['demoted']]);
    // At its new level it has done nothing wrong yet.
    expect((await trust.report(agent())).standing?.demotion).toBeNull();
  });

  it('goes no lower than policy says, and leaves one whom somebody moved meanwhile', async () => {
    await add(2);
    await store.append(stop([]));
    await trust.settled();
    expect(agent().level).toBe(2);
  });

  it('that a crash has kept from happening happens at the next start', async () => {
    await add(4);
    await ledger.flush();
    // Recorded, and nobody was there any more to act on it.
    await opened.append(stop(['d-1']));
    await open();
    await ledger.catchUp();
    trust.judgeAll();
    await trust.settled();
    expect(agent().level).toBe(3);
  });

  it('that is not automatic is demanded with its decisions, and nobody is demoted', async () => {
    await add(4);
    const ids = await work(10, { class: 'write' });
    for (const id of ids.slice(0, 3)) {
      await store.append(changed('hold.denied', { hold: id, agent: 'fixer' }, { time: iso() }));
    }
    await trust.settled();
    const { standing, evidence } = await trust.report(agent());
    expect(agent().level).toBe(4);
    expect(standing?.demotion).toMatchObject({ to: 3, automatic: false, because: [{ name: 'takeovers' }] });
    expect(evidence).toEqual(ids.slice(0, 3));
    expect(standing?.promotion?.proposed).toBe(false);
  });

  it('waits for a policy that can be asked', async () => {
    let broken = true;
    await open(() => {
      if (broken) throw new Error('no bundle is loaded yet');
      return judge;
    });
    await add(4);
    await store.append(stop([]));
    await trust.settled();
    expect([agent().level, problems.at(-1)]).toEqual([4, expect.stringContaining('no bundle is loaded yet')]);
    broken = false;
    trust.judgeAll();
    await trust.settled();
    expect(agent().level).toBe(3);
  });

  it('is looked for once in a while of an agent that fails all the time, at once of others', async () => {
    const asked: string[] = [];
    await open(
      () => ({
        ...judge,
        ask: (entrypoint, input, moment) => {
          asked.push(moment.id);
          return judge.ask(entrypoint, input, moment);
        },
      }),
      60_000,
    );
    await add(3);
    await trust.settled();
    for (let n = 0; n < 20; n += 1) {
      await store.append(decided({ id: `f-${n}`, time: iso() }));
      await store.append(outcome(`f-${n}`, 500, iso()));
      await trust.settled();
    }
    await registry.add({ id: 'other', team: 'sre', owner: 'ana', level: 3 }, 'ana', 'a trial');
    await trust.settled();
    expect(asked).toEqual(['fixer', 'other']);
    await store.append(stop(['f-1']));
    await trust.settled();
    expect([asked.length > 2, agent().level]).toEqual([true, 2]);
    await trust.close();
  });
});
