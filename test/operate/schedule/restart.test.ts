import { beforeEach, describe, expect, it } from 'vitest';
import { SallyportError } from '../../../src/errors.ts';
import { temporaryFolder } from '../../record/places.ts';
import { gateway, type LabGate, noting, ScheduleLab } from './schedule-lab.ts';

let lab: ScheduleLab;
let ran: string[];

const task = (id: string, seconds: number) => ({ id, kind: 'end', due: lab.clock.in(seconds), body: {} });

/** A gate that does what is due, and notes that it was the one. */
async function working(name: string, parts: Parameters<ScheduleLab['gate']>[1] = {}): Promise<LabGate> {
  const gate = await lab.gate(name, parts);
  gate.schedule.on('end', noting(gate, ran, `${name}: `));
  gate.schedule.start();
  return gate;
}

beforeEach(async () => {
  lab = await ScheduleLab.open(await temporaryFolder());
  ran = [];
  return () => lab.store.close();
});

describe('after a restart', () => {
  it('what was planned is done, and what was due meanwhile at once', async () => {
    const before = await lab.gate('before');
    await before.plan(task('a', 10), task('b', 100));
    await before.schedule.stop();
    lab.clock.sleep(50);
    const after = await working('after');
    await after.schedule.idle();
    expect(ran).toEqual(['after: a']);
    await lab.move(50);
    expect(ran).toEqual(['after: a', 'after: b']);
  });

  it('what a gate had claimed that died is done when the lease ends, once', async () => {
    const dead = gateway();
    const before = await working('before', { stall: () => dead.passed });
    await before.plan(task('a', 10));
    await lab.move(10, before);
    await expect.poll(async () => (await lab.stored()).a).toMatchObject({ lease: { owner: 'before' } });

    const after = await working('after');
    await lab.move(29.999, before);
    expect(ran).toEqual([]);
    await lab.move(0.001, before);
    expect(ran).toEqual(['after: a']);

    // Not dead at all: it only stood still, and finds its lease over.
    dead.open();
    await before.schedule.idle();
    await after.schedule.idle();
    expect([ran, before.reports, await lab.stored()]).toEqual([['after: a'], [], {}]);
  });

  it('the effect of a gate that died before it was written is written by the next one', async () => {
    const dead = gateway();
    const before = await lab.gate('before');
    before.schedule.on('end', (_, { done }) =>
      dead.passed.then(() => before.store.transact([done], []).then(() => {})),
    );
    before.schedule.start();
    await before.plan(task('a', 10));
    await lab.move(10, before);
    await expect.poll(async () => (await lab.stored()).a).toMatchObject({ lease: { owner: 'before' } });
    await working('after');
    await lab.move(30, before);
    expect(ran).toEqual(['after: a']);

    dead.open();
    await before.schedule.idle();
    expect(before.reports).toEqual([expect.stringContaining('a: schedule/a was changed meanwhile')]);
    expect(ran).toEqual(['after: a']);
  });
});

describe('of two gates on one store', () => {
  it('one does what both wanted to begin at the same instant', async () => {
    const [one, two] = [await working('one'), await working('two')];
    const planned = Array.from({ length: 40 }, (_, i) => task(`t${i}`, 10));
    await one.plan(...planned);
    two.schedule.written(planned.map(two.schedule.plan));
    // Both have fired before either knows what became of its claims.
    await lab.move(10, one, two);
    await Promise.all([one.schedule.idle(), two.schedule.idle()]);
    await lab.move(3600);
    expect(ran.map((each) => each.slice(5)).sort()).toEqual(planned.map(({ id }) => id).sort());
    expect([one.reports, two.reports, await lab.stored()]).toEqual([[], [], {}]);
  });

  it('the one that finds a task claimed takes it over when the other fails to end it', async () => {
    const stuck = gateway();
    const one = await working('one', { stall: () => stuck.passed });
    await one.plan(task('a', 10));
    await lab.move(10, one);
    await expect.poll(async () => (await lab.stored()).a).toMatchObject({ lease: { owner: 'one' } });
    const two = await lab.gate('two');
    two.schedule.written([two.schedule.plan(task('a', 0))]);
    two.schedule.on('end', noting(two, ran, 'two: '));
    two.schedule.start();
    await two.schedule.idle();
    expect(ran).toEqual([]);
    await lab.move(30, one);
    expect(ran).toEqual(['two: a']);
    stuck.open();
    await one.schedule.idle();
  });

  it('one hands over what it did not end when it stops, and that is no failure', async () => {
    const one = await lab.gate('one');
    one.schedule.on(
      'end',
      (_, { signal }) => new Promise((_done, fail) => signal.addEventListener('abort', () => fail(signal.reason))),
    );
    one.schedule.start();
    await one.plan(task('a', 0));
    await lab.move(0, one);
    await expect.poll(async () => (await lab.stored()).a).toMatchObject({ lease: { owner: 'one' } });
    await one.schedule.stop();
    expect(await lab.stored()).toMatchObject({ a: { lease: null, failed: null } });
    const two = await working('two');
    await two.schedule.idle();
    expect([ran, one.reports]).toEqual([['two: a'], []]);
  });
});

describe('a handler that does not end', () => {
  it('does not keep its gate from stopping, and the next gate takes its task over', async () => {
    const never = gateway();
    const one = await lab.gate('one');
    one.schedule.on('end', () => never.passed);
    one.schedule.start();
    await one.plan(task('a', 0));
    await lab.move(0, one);
    await expect.poll(async () => (await lab.stored()).a).toMatchObject({ lease: { owner: 'one' } });
    const stopped = one.schedule.stop();
    await lab.move(5, one);
    await stopped;
    await working('two');
    await lab.move(25, one);
    expect(ran).toEqual(['two: a']);
    never.open();
    await one.schedule.idle();
  });
});

describe('while the store cannot be written', () => {
  it('nothing is done, and all of it when it can again', async () => {
    let broken = true;
    const transact: typeof lab.store.transact = async (...written) => {
      if (broken) throw new SallyportError('record/unavailable', 'no room');
      return lab.store.transact(...written);
    };
    const { store } = lab;
    const gate = await working('one', {
      store: { transact, get: store.get.bind(store), list: store.list.bind(store) },
    });
    await gate.plan(task('a', 10));
    await lab.move(19);
    expect([ran, gate.reports]).toEqual([[], ['a: no room', 'a: no room']]);
    broken = false;
    await lab.move(1);
    expect(ran).toEqual(['one: a']);
  });
});
