import { beforeEach, describe, expect, it } from 'vitest';
import { systemTimer } from '../../../src/operate/schedule/timer.ts';
import { MemoryStore } from '../../identify/memory-store.ts';
import { gateway, type LabGate, noting, ScheduleLab, START } from './schedule-lab.ts';

let lab: ScheduleLab;
let gate: LabGate;
let ran: string[];

const task = (id: string, seconds: number, kind = 'end') => ({ id, kind, due: lab.clock.in(seconds), body: {} });

beforeEach(async () => {
  lab = new ScheduleLab(new MemoryStore());
  gate = await lab.gate('one');
  ran = [];
});

describe('what is planned', () => {
  it('is done at its time and taken away with its effect, those due first before the others', async () => {
    gate.schedule.on('end', noting(gate, ran));
    gate.schedule.start();
    await gate.plan(task('b', 20), task('a', 10), task('c', 30));

    expect(gate.schedule.list().map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    await lab.move(9);
    expect(ran).toEqual([]);
    await lab.move(11);
    expect(ran).toEqual(['a', 'b']);
    expect(Object.keys(await lab.stored())).toEqual(['c']);
    await lab.move(3600);
    expect(ran).toEqual(['a', 'b', 'c']);
    expect(await lab.stored()).toEqual({});
  });

  it('is not there when the transaction it belongs to failed', async () => {
    const stale = { collection: 'meta', id: 'hold', expect: 7, body: {} } as const;
    const together = gate.store.transact([stale, gate.schedule.plan(task('a', 10))], []);

    await expect(together).rejects.toMatchObject({ code: 'record/conflict' });
    expect([gate.schedule.list(), await lab.stored()]).toEqual([[], {}]);
  });

  it('is planned once', async () => {
    await gate.plan(task('a', 10));
    await expect(gate.plan(task('a', 20))).rejects.toMatchObject({ code: 'record/conflict' });
    expect(gate.schedule.list()).toEqual([task('a', 10)]);
  });

  it('waits with one timer for what is due next, and looks what others planned once a minute', async () => {
    gate.schedule.on('end', noting(gate, ran));
    gate.schedule.start();
    expect(lab.clock.next).toBe(60);
    await gate.plan(task('a', 40));
    expect(lab.clock.next).toBe(40);
    await gate.plan(task('b', 10), task('c', 90));
    expect(lab.clock.next).toBe(10);
    await lab.store.transact([gate.schedule.plan(task('of another gate', 50))], []);
    await lab.move(60);
    expect(ran).toEqual(['b', 'a', 'of another gate']);
  });

  it('can be called off in a transaction, unless it was claimed meanwhile', async () => {
    await gate.plan(task('a', 10), task('b', 10));
    const [a, b] = [gate.schedule.cancel('a'), gate.schedule.cancel('b')];
    if (a === undefined || b === undefined) throw new TypeError('nothing is planned');
    await gate.store.transact([a], []);
    gate.schedule.on('end', noting(gate, ran));
    gate.schedule.start();
    await lab.move(10);

    expect(ran).toEqual(['b']);
    expect(gate.schedule.cancel('a')).toBe(undefined);
    await expect(gate.store.transact([b], [])).rejects.toMatchObject({ code: 'record/conflict' });
  });

  it('is kept when nobody does its kind', async () => {
    gate.schedule.on('other', noting(gate, ran));
    gate.schedule.start();
    await gate.plan(task('a', 10));
    await lab.move(600);
    expect([ran, Object.keys(await lab.stored())]).toEqual([[], ['a']]);
    gate.schedule.on('end', noting(gate, ran));
    await gate.schedule.idle();
    expect(ran).toEqual(['a']);
  });

  it.each(['', 'soon', '2030-13-01T00:00:00Z'])('is refused when it is due at "%s"', (due) => {
    expect(() => gate.schedule.plan({ ...task('a', 0), due })).toThrow(
      expect.objectContaining({ code: 'request/invalid' }),
    );
  });

  it('keeps a gate from starting that cannot read it', async () => {
    await lab.store.transact([{ collection: 'schedule', id: 'a', expect: 0, body: { due: START } }], []);
    await expect(lab.gate('two')).rejects.toMatchObject({
      code: 'record/unavailable',
      message: 'task a in the store cannot be read',
    });
  });
});

describe('a handler', () => {
  it('may leave it at that: the task is over', async () => {
    gate.schedule.on('end', async ({ id }) => void ran.push(id));
    gate.schedule.start();
    await gate.plan(task('a', 10));
    await lab.move(600);
    expect([ran, await lab.stored()]).toEqual([['a'], {}]);
  });

  it('may plan the task for another time, with what it found out', async () => {
    gate.schedule.on('end', async ({ due, body }, claim) => {
      ran.push(`${due} ${body.step ?? 0}`);
      if (body.step === 2) return;
      const step = Number(body.step ?? 0) + 1;
      await gate.store.transact([claim.again(lab.clock.in(100), { step })], []);
    });
    gate.schedule.start();
    await gate.plan(task('a', 10));
    await lab.move(600);
    expect(ran).toEqual(['2030-01-15T12:00:10.000Z 0', '2030-01-15T12:01:50.000Z 1', '2030-01-15T12:03:30.000Z 2']);
  });

  it('that fails is tried again, ever later, and each failure is reported', async () => {
    gate.schedule.on('end', async ({ due }) => {
      ran.push(`${lab.clock.now().toISOString().slice(14, 19)}, due ${due.slice(14, 19)}`);
      if (ran.length < 5) throw new Error(`failure ${ran.length}`);
    });
    gate.schedule.start();
    await gate.plan(task('a', 10));
    await lab.move(600);

    expect(ran.map((each) => each.slice(0, 5))).toEqual(['00:10', '00:11', '00:13', '00:17', '00:25']);
    expect(new Set(ran.map((each) => each.slice(7)))).toEqual(new Set(['due 00:10']));
    expect(gate.reports).toEqual(['a: failure 1', 'a: failure 2', 'a: failure 3', 'a: failure 4']);
    expect(await lab.stored()).toEqual({});
  });

  it('that fails for ever is tried every five minutes', async () => {
    gate.schedule.on('end', async () => {
      throw new Error('never');
    });
    gate.schedule.start();
    await gate.plan(task('a', 0));
    await lab.move(511 + 3 * 300);
    expect(gate.reports).toHaveLength(10 + 3);
  });

  it('that takes long starves nobody: not other kinds, and of its own kind only as many as may run at once', async () => {
    const slow = gateway();
    gate.schedule.on('slow', async ({ id }) => slow.passed.then(() => void ran.push(id)), { atOnce: 2 });
    gate.schedule.on('end', noting(gate, ran));
    gate.schedule.start();
    await gate.plan(task('s1', 1, 'slow'), task('s2', 1, 'slow'), task('s3', 1, 'slow'), task('a', 2));
    await lab.move(1, gate);
    await lab.move(1, gate);
    await expect.poll(() => ran).toEqual(['a']);
    slow.open();
    await gate.schedule.idle();
    expect(ran).toEqual(['a', 's1', 's2', 's3']);
  });

  it('is told when its lease ends', async () => {
    gate.schedule.on(
      'end',
      (_, { signal }) => new Promise((_done, fail) => signal.addEventListener('abort', () => fail(signal.reason))),
      { lease: 5_000 },
    );
    gate.schedule.start();
    await gate.plan(task('a', 0));
    await lab.move(0, gate);
    await expect.poll(() => lab.clock.next).toBe(5);
    await lab.move(5);
    expect(gate.reports).toEqual(['a: the lease of task a has ended']);
  });

  it('has one per kind', () => {
    gate.schedule.on('end', noting(gate, ran));
    expect(() => gate.schedule.on('end', noting(gate, ran))).toThrow('tasks of kind end have a handler already');
  });
});

describe('the timer of the machine', () => {
  it('does not fire at once when asked for more than it can count to', async () => {
    const fired: string[] = [];
    const callOff = systemTimer.after(2 ** 40, () => fired.push('in 35 years'));
    await new Promise<void>((done) => {
      systemTimer.after(20, done);
      // Whoever waits keeps the process alive, not the timer.
      setTimeout(done, 1_000);
    });
    callOff();
    expect(fired).toEqual([]);
  });
});
