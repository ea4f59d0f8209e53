import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { textAt } from '../../../src/cli/json-fields.ts';
import { SallyportError } from '../../../src/errors.ts';
import { entryId } from '../../../src/operate/notify/entry.ts';
import { STORES } from '../../identify/stores.ts';
import { startMailServer } from './mail-server.ts';
import { email, hastyClock, KEY, openNotifyLab, pagerDuty, stoppedClock, UNSPEAKABLE, webhook } from './notify-lab.ts';
import { type Received, type Receiver, startReceiver } from './receiver.ts';

async function receiver(): Promise<Receiver> {
  const started = await startReceiver();
  onTestFinished(() => started.close());
  return started;
}

/** The reasons of the freezes that it was told of. */
const told = ({ got }: { readonly got: readonly Received[] }) => got.map(({ json }) => textAt(json, 'data', 'text'));

/** Refuses to answer until it is let go. */
function stall(stalled: Receiver): { readonly go: () => void } {
  const waiting: (() => void)[] = [];
  stalled.answer = (_request, response) => waiting.push(() => response.writeHead(200).end());
  return {
    go() {
      stalled.answer = undefined;
      for (const answer of waiting.splice(0)) answer();
    },
  };
}

it('signs so that the documented recipe verifies it, and an altered body, id or time does not', async () => {
  const [lab, hooks] = [openNotifyLab(), await receiver()];
  const old = Buffer.alloc(24, 9);
  await lab.start([webhook('hooks', hooks.url, { keys: [KEY, old] })]);
  const event = await lab.freeze('moving');
  const [got] = await hooks.until(1);
  if (got === undefined) throw new Error('nothing came');
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures } = got.headers;
  const verifies = (key: Uint8Array, signed: string) =>
    String(signatures)
      .split(' ')
      .some((each) => {
        const own = Buffer.from(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
        return own.length === each.length && timingSafeEqual(own, Buffer.from(each));
      });
  const whole = `${id}.${time}.${got.body}`;
  expect([verifies(KEY, whole), verifies(old, whole), verifies(Buffer.alloc(32, 8), whole)]).toEqual([
    true,
    true,
    false,
  ]);
  expect([
    verifies(KEY, `${id}.${time}.${got.body} `),
    verifies(KEY, `${id}.${Number(time) + 1}.${got.body}`),
    verifies(KEY, `x${id}.${time}.${got.body}`),
  ]).toEqual([false, false, false]);
  expect(id).toBe(event.id);
  expect(got.json).toEqual({
    type: 'freeze.set',
    timestamp: event.time,
    data: {
      id: event.id,
      severity: 'error',
      title: 'Frozen by ana: environment dev',
      text: 'moving',
      facts: [
        { name: 'Stops', value: 'everything but reads' },
        { name: 'Until', value: 'somebody thaws it' },
      ],
      links: [{ name: 'Freezes', url: `https://gate.example.com/overview/${event.body.freeze}` }],
      alert: { key: `freeze:${event.body.freeze}`, action: 'trigger' },
      groups: [],
      environments: ['dev'],
      about: { freeze: event.body.freeze },
    },
  });
});

it('keeps the order, also when the first is refused for a while, and says the same id each time', async () => {
  const [lab, hooks] = [openNotifyLab(), await receiver()];
  let refusals = 3;
  hooks.answer = (_request, response) => {
    refusals -= 1;
    response.writeHead(refusals >= 0 ? 500 : 200).end();
  };
  await lab.start([webhook('hooks', hooks.url)]);
  for (const name of ['a', 'b', 'c']) await lab.freeze(name);
  await hooks.until(6);
  expect(told(hooks)).toEqual(['a', 'a', 'a', 'a', 'b', 'c']);
  expect(new Set(hooks.got.slice(0, 4).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  await expect.poll(() => lab.notices.list()).toEqual([]);
});

it('lets a target that does not answer keep only its own waiting', async () => {
  const [lab, dead, well] = [openNotifyLab(), await receiver(), await receiver()];
  const stalled = stall(dead);
  await lab.start([webhook('dead', dead.url, { timeout: 10_000 }), webhook('well', well.url)]);
  const names = Array.from({ length: 20 }, (_, i) => `freeze ${i}`);
  for (const name of names) await lab.freeze(name);
  await well.until(20);
  expect([told(well), told(dead)]).toEqual([names, ['freeze 0']]);
  stalled.go();
  await dead.until(20);
  expect(told(dead)).toEqual(names);
});

it('gives up on an answer that does not come in time, and tries again', async () => {
  const [lab, slow] = [openNotifyLab(), await receiver()];
  stall(slow);
  await lab.start([webhook('slow', slow.url, { timeout: 60 })]);
  await lab.freeze('moving');
  await slow.until(2);
  slow.answer = undefined;
  await slow.until(3);
  expect(new Set(told(slow))).toEqual(new Set(['moving']));
});

it('leaves a target alone for as long as it asks, within reason', async () => {
  const slept: number[] = [];
  const clock = hastyClock();
  const [lab, hooks] = [openNotifyLab(), await receiver()];
  const answers = ['4', '999999999', undefined];
  hooks.answer = (_request, response) => {
    const after = answers.shift();
    if (after === undefined) response.writeHead(200).end();
    else response.writeHead(503, { 'retry-after': after }).end();
  };
  const sleep = (ms: number, signal: AbortSignal) => {
    slept.push(ms);
    return clock.sleep(ms, signal);
  };
  await lab.start([webhook('hooks', hooks.url)], { patience: { longest: 30_000 }, clock: { ...clock, sleep } });
  await lab.freeze('moving');
  await hooks.until(3);
  // Some of it has passed when it begins to wait. Nothing else here waits for longer than 15 seconds, or between 3 and 4.
  expect([slept.some((ms) => ms > 3_000 && ms <= 4_000), slept.some((ms) => ms > 15_000 && ms <= 30_000)]).toEqual([
    true,
    true,
  ]);
});

it('follows no redirect, and gives up soon on who refuses', async () => {
  const [lab, hooks, elsewhere] = [openNotifyLab(), await receiver(), await receiver()];
  hooks.answer = (_request, response) => response.writeHead(307, { location: elsewhere.url }).end();
  await lab.start([webhook('hooks', hooks.url)]);
  await lab.freeze('moving');
  await expect.poll(async () => (await lab.notices.list()).map(({ entry }) => entry.state)).toEqual(['dead']);
  expect([hooks.got.length, elsewhere.got.length]).toEqual([3, 0]);
  expect((await lab.notices.list())[0]?.entry).toMatchObject({
    attempts: 3,
    error: 'it answered 307: a redirect, which is not followed',
  });
});

it('reads no more of an answer than it shows', async () => {
  const [lab, hooks] = [openNotifyLab(), await receiver()];
  let written = 0;
  const ended = Promise.withResolvers<void>();
  hooks.answer = (_request, response) => {
    response.writeHead(400);
    const more = () => {
      while (!response.destroyed && written < 1e9 && response.write('x'.repeat(65_536))) written += 65_536;
    };
    response.on('drain', more).on('close', ended.resolve);
    more();
  };
  await lab.start([webhook('hooks', hooks.url)], { patience: { refusals: 1 } });
  await lab.freeze('moving');
  await ended.promise;
  await expect.poll(async () => (await lab.notices.list()).map(({ entry }) => entry.state)).toEqual(['dead']);
  expect((await lab.notices.list())[0]?.entry.error).toMatch(/^it answered 400: x{10,}…$/);
  expect(written).toBeLessThan(50_000_000);
});

it.each(STORES)(
  'on %s it loses nothing when it is stopped between the outbox and the target, or before the outbox',
  async (_name, open) => {
    const [lab, hooks] = [openNotifyLab(await open()), await receiver()];
    stall(hooks);
    const first = await lab.start([webhook('hooks', hooks.url)]);
    await lab.freeze('was being sent');
    await lab.freeze('was waiting');
    await hooks.until(1);
    await expect.poll(async () => (await lab.notices.list()).length).toBe(2);
    await first.close();
    await lab.freeze('nobody listened');
    hooks.answer = undefined;
    await lab.start([webhook('hooks', hooks.url)]);
    await hooks.until(4);
    expect(told(hooks)).toEqual(['was being sent', 'was being sent', 'was waiting', 'nobody listened']);
    await expect.poll(() => lab.notices.list()).toEqual([]);
  },
);

it('says nothing of what was before it first began', async () => {
  const [lab, hooks] = [openNotifyLab(), await receiver()];
  await lab.freeze('long ago');
  await lab.start([webhook('hooks', hooks.url)]);
  await expect.poll(async () => (await lab.store.get('outbox', 'head'))?.body.cursor).toBe(1);
  await lab.freeze('now');
  await hooks.until(1);
  expect(told(hooks)).toEqual(['now']);
});

it('keeps what cannot be told as a dead letter, on the record, and tells the others of it', async () => {
  const [lab, hooks, others] = [openNotifyLab(), await receiver(), await receiver()];
  hooks.answer = (_request, response) => response.writeHead(503).end('down for good');
  await lab.start([webhook('hooks', hooks.url), webhook('others', others.url)], { patience: { attempts: 2 } });
  const event = await lab.freeze('moving');
  await others.until(2);
  const id = entryId('hooks', 0, 'event');
  expect(others.got.map(({ json }) => [json.type, textAt(json, 'data', 'title')])).toEqual([
    ['freeze.set', 'Frozen by ana: environment dev'],
    ['notice.dead', 'hooks could not be told: Frozen by ana: environment dev'],
  ]);
  expect(await lab.recorded('notice.dead')).toMatchObject([
    {
      by: 'gate',
      why: expect.stringMatching(/^given up after 2 tries since .*Z: it answered 503: down for good$/),
      notice: id,
      target: 'hooks',
      freeze: event.body.freeze,
      after: { kind: 'freeze.set', attempts: 2, error: 'it answered 503: down for good' },
    },
  ]);
  await expect
    .poll(async () => (await lab.notices.list()).map((each) => [each.id, each.entry.state]))
    .toEqual([[id, 'dead']]);

  hooks.answer = undefined;
  const before = hooks.got.length;
  await lab.freeze('and back');
  await hooks.until(before + 1);
  await lab.notices.retry(id, 'op_1', 'it is up again');
  await hooks.until(before + 2);
  expect(told(hooks).slice(before)).toEqual(['and back', 'moving']);
  await expect.poll(() => lab.notices.list()).toEqual([]);
  expect(await lab.recorded('notice.retried')).toMatchObject([{ by: 'op_1', why: 'it is up again', notice: id }]);
});

it('drops a dead letter for good when somebody says so, and no other', async () => {
  const [lab, hooks] = [openNotifyLab(), await receiver()];
  hooks.answer = (_request, response) => response.writeHead(410).end();
  await lab.start([webhook('hooks', hooks.url)], { patience: { refusals: 1 } });
  await lab.freeze('moving');
  const id = entryId('hooks', 0, 'event');
  await expect.poll(async () => (await lab.notices.list()).map(({ entry }) => entry.state)).toEqual(['dead']);
  stall(hooks);
  await lab.freeze('waits');
  await hooks.until(2);
  const [, waiting] = await lab.notices.list();
  await expect(lab.notices.drop(waiting?.id ?? '', 'op_1', 'why not')).rejects.toMatchObject({
    code: 'request/invalid',
  });
  await expect(lab.notices.retry('notice.hooks.9', 'op_1', 'why')).rejects.toMatchObject({ code: 'request/not-found' });
  await expect(lab.notices.drop('head', 'op_1', 'why')).rejects.toMatchObject({ code: 'request/not-found' });
  await lab.notices.drop(id, 'op_1', 'nobody cares');
  expect((await lab.notices.list()).map((each) => each.id)).toEqual([waiting?.id]);
});

const LONGEST = 'x'.repeat(63);

it('keeps what waits for a target that is no longer configured as dead, and sends it once it is back', async () => {
  const [lab, hooks, others] = [openNotifyLab(), await receiver(), await receiver()];
  stall(hooks);
  const first = await lab.start([webhook(LONGEST, hooks.url)]);
  await lab.freeze('moving');
  await hooks.until(1);
  await first.close();
  const second = await lab.start([webhook('others', others.url)]);
  await expect.poll(async () => (await lab.notices.list()).map(({ entry }) => entry.state)).toEqual(['dead']);
  await second.close();
  hooks.answer = undefined;
  await lab.start([webhook(LONGEST, hooks.url)]);
  await lab.notices.retry(entryId(LONGEST, 0, 'event'), 'op_1', 'it is back');
  await hooks.until(2);
  expect(told(hooks)).toEqual(['moving', 'moving']);
});

it('tells together what is too much for the queue of a target that does not answer', async () => {
  const [lab, hooks] = [openNotifyLab(), await receiver()];
  const stalled = stall(hooks);
  await lab.start([webhook('hooks', hooks.url, { timeout: 20_000 })], { patience: { queue: 5 } });
  const many = 35;
  await Promise.all(Array.from({ length: many }, (_, i) => lab.freeze(`freeze ${i}`)));
  await expect.poll(async () => (await lab.store.list('outbox')).map(({ id }) => id)).toContain('digest.hooks');
  await expect.poll(async () => (await lab.store.get('outbox', 'head'))?.body.cursor).toBe(many);
  expect((await lab.notices.list()).length).toBe(5);
  stalled.go();
  await hooks.until(6);
  const last = hooks.got.at(-1)?.json;
  expect([last?.type, textAt(last, 'data', 'title')]).toEqual([
    'call.digest',
    '30 notices came too fast to be told one by one',
  ]);
});

it('tells one target that it can be told, when somebody tests it, whatever it wants to hear', async () => {
  const [lab, hooks, pager] = [openNotifyLab(), await receiver(), await receiver()];
  const deaf = { for: ['bundle'] };
  await lab.start([webhook('hooks', hooks.url, deaf), webhook('pager', pager.url, deaf)]);
  await lab.notices.test('hooks', 'op_1', 'does it arrive?');
  await hooks.until(1);
  expect(hooks.got.map(({ json }) => [json.type, textAt(json, 'data', 'title'), textAt(json, 'data', 'text')])).toEqual(
    [['notice.test', 'A test, asked for by ana: hooks can be told', 'does it arrive?']],
  );
  await expect.poll(() => lab.notices.list()).toEqual([]);
  expect(pager.got).toEqual([]);
});

it('resolves every alert of a pager, though its queue is full', async () => {
  const [lab, pager] = [openNotifyLab(), await receiver()];
  const stalled = stall(pager);
  await lab.start([{ ...pagerDuty('pager', pager.url), timeout: 20_000 }], { patience: { queue: 5 } });
  const all = Array.from({ length: 10 }, (_, i) => ({ freeze: `f${i}` }));
  const lifted = all.map((about) => lab.event('freeze.lifted', about));
  await lab.store.transact(
    [],
    [...all.map((about) => lab.event('verification.failed', { decision: about.freeze })), ...lifted],
  );
  await expect.poll(async () => (await lab.store.get('outbox', 'head'))?.body.cursor).toBe(20);
  stalled.go();
  await pager.until(16);
  const actions = pager.got.map(({ json }) => textAt(json, 'event_action'));
  expect(actions).toEqual([...Array(5).fill('trigger'), ...Array(10).fill('resolve'), 'trigger']);
  expect(textAt(pager.got.at(-1)?.json, 'payload', 'summary')).toBe('5 notices came too fast to be told one by one');
});

it('tells together what comes in bursts, but for pagers, where each ends an alert of its own', async () => {
  const [lab, hooks, pager] = [openNotifyLab(), await receiver(), await receiver()];
  await lab.start([webhook('hooks', hooks.url), pagerDuty('pager', pager.url)]);
  // In one transaction, so that all of it is one burst on every machine.
  const lifted = Array.from({ length: 50 }, (_, i) => lab.event('freeze.lifted', { freeze: `f${i}` }));
  await lab.store.transact([], [...lifted, lab.event('agent.demoted', { agent: 'bot' })]);
  await pager.until(51);
  await hooks.until(22);
  const titles = hooks.got.map(({ json }) => textAt(json, 'data', 'title'));
  const [last] = titles.slice(-1);
  expect([titles.length, titles.includes('bot was demoted by the gate'), last]).toEqual([
    ...[22, true],
    '30 notices came too fast to be told one by one',
  ]);
  expect(hooks.got.at(-1)?.json).toMatchObject({
    data: { severity: 'info', text: expect.stringContaining('30 freeze.lifted') },
  });
});

it('tells when a freeze ends at its time, also after a restart, unless somebody lifted it', async () => {
  const [lab, pager] = [openNotifyLab(), await receiver()];
  const first = await lab.start([pagerDuty('pager', pager.url)]);
  const until = new Date(lab.clock.now().getTime() + 60_000).toISOString();
  const [short, lifted] = [await lab.freeze('short', until), await lab.freeze('lifted', until)];
  await lab.store.append(lab.event('freeze.lifted', { freeze: String(lifted.body.freeze) }));
  await pager.until(3);
  await first.close();
  await lab.start([pagerDuty('pager', pager.url)]);
  await pager.until(4);
  const resolved = pager.got.map(({ json }) => [
    textAt(json, 'event_action'),
    textAt(json, 'dedup_key').split(':').at(-1),
  ]);
  expect(resolved).toEqual([
    ['trigger', short.body.freeze],
    ['trigger', lifted.body.freeze],
    ['resolve', lifted.body.freeze],
    ['resolve', short.body.freeze],
  ]);
  await expect.poll(async () => (await lab.store.list('outbox')).map(({ id }) => id)).toEqual(['head']);
});

it('tells the others when one event cannot be told', async () => {
  const [lab, hooks] = [openNotifyLab(), await receiver()];
  await lab.start([webhook('hooks', hooks.url)]);
  await lab.freeze(UNSPEAKABLE);
  await lab.freeze('b');
  await hooks.until(1);
  expect([told(hooks), lab.reported]).toEqual([['b'], ['leaf 0 of the log cannot be told: nobody can say it']]);
});

it('of two gates on one store one tells, and the other goes on when it is gone', async () => {
  const [lab, hooks] = [openNotifyLab(), await receiver()];
  const clock = stoppedClock(0);
  const first = await lab.start([webhook('hooks', hooks.url)], { holder: 'one', clock });
  await lab.freeze('a');
  await hooks.until(1);
  await lab.start([webhook('hooks', hooks.url)], { holder: 'two', clock });
  for (const name of ['b', 'c']) await lab.freeze(name);
  await hooks.until(3);
  expect(await lab.store.get('outbox', 'head')).toMatchObject({ body: { holder: 'one' } });
  await first.close();
  await lab.freeze('d');
  await hooks.until(4);
  expect(told(hooks)).toEqual(['a', 'b', 'c', 'd']);
  expect(await lab.store.get('outbox', 'head')).toMatchObject({ body: { holder: 'two' } });
});

it('a gate that was taken for dead notices, and neither writes nor sends any more', async () => {
  const [lab, hooks] = [openNotifyLab(), await receiver()];
  const stalled = Promise.withResolvers<void>();
  let isStalling = false;
  const paused = {
    ...lab.store,
    transact: async (...args: Parameters<typeof lab.store.transact>) => {
      if (isStalling) await stalled.promise;
      return lab.store.transact(...args);
    },
  };
  await lab.start([webhook('hooks', hooks.url)], { holder: 'one', store: paused, clock: stoppedClock(0) });
  await lab.freeze('a');
  await hooks.until(1);
  await expect.poll(() => lab.notices.list()).toEqual([]);
  isStalling = true;
  await lab.freeze('b');
  // An hour later.
  await lab.start([webhook('hooks', hooks.url)], { holder: 'two', clock: stoppedClock(3_600_000) });
  await hooks.until(2);
  isStalling = false;
  stalled.resolve();
  await lab.freeze('c');
  await hooks.until(3);
  await expect.poll(() => lab.notices.list()).toEqual([]);
  expect(told(hooks)).toEqual(['a', 'b', 'c']);
  expect(lab.reported).toEqual([]);
});

it('sees what other gates write, though it is not told of it', async () => {
  const [lab, hooks] = [openNotifyLab(), await receiver()];
  const notifier = await lab.start([webhook('hooks', hooks.url)]);
  await lab.freeze('a');
  await hooks.until(1);
  notifier.told = () => undefined;
  await lab.freeze('b');
  await hooks.until(2);
  expect(told(hooks)).toEqual(['a', 'b']);
});

it('does not send again because the store was busy when it should have noted that it was sent', async () => {
  const [lab, hooks] = [openNotifyLab(), await receiver()];
  let failures = 0;
  const busy = {
    ...lab.store,
    transact: async (...args: Parameters<typeof lab.store.transact>) => {
      const [[put]] = args;
      if (put?.body !== null || failures === 3) return lab.store.transact(...args);
      failures += 1;
      throw new SallyportError('record/unavailable', 'the disk is full');
    },
  };
  await lab.start([webhook('hooks', hooks.url)], { store: busy });
  await lab.freeze('a');
  await lab.freeze('b');
  await hooks.until(2);
  expect([told(hooks), failures]).toEqual([['a', 'b'], 3]);
});

it('goes on where it was when the store could not be used for a while', async () => {
  const [lab, hooks] = [openNotifyLab(), await receiver()];
  let isBroken = true;
  const broken = {
    ...lab.store,
    get: async (...args: Parameters<typeof lab.store.get>) => {
      if (isBroken) throw new SallyportError('record/unavailable', 'the disk is gone');
      return lab.store.get(...args);
    },
  };
  const first = await lab.start([webhook('hooks', hooks.url)]);
  await expect.poll(() => lab.store.get('outbox', 'head')).toMatchObject({ body: { holder: 'one' } });
  await first.close();
  await lab.start([webhook('hooks', hooks.url)], { store: broken });
  await lab.freeze('a');
  await expect.poll(() => lab.reported.length).toBeGreaterThan(1);
  isBroken = false;
  await hooks.until(1);
  expect([told(hooks), new Set(lab.reported)]).toEqual([['a'], new Set(['the disk is gone'])]);
});

it('writes e-mails in order too, also when the server has no time at first', async () => {
  const lab = openNotifyLab();
  let busy = 2;
  const server = await startMailServer({
    onMailFrom: (_address, _session, done) => {
      busy -= 1;
      done(busy >= 0 ? Object.assign(new Error('come back later'), { responseCode: 451 }) : null);
    },
  });
  onTestFinished(() => server.close());
  await lab.start([email('mail', server.port)]);
  for (const name of ['a', 'b', 'c']) await lab.freeze(name);
  const got = await server.until(3);
  expect(got.map(({ raw }) => /\r\n\r\nFrozen by ana: environment dev\r\n\r\n(\w)\r\n/.exec(raw)?.[1])).toEqual([
    'a',
    'b',
    'c',
  ]);
  expect(new Set(got.map(({ raw }) => /^message-id: (.*)$/im.exec(raw)?.[1])).size).toBe(3);
  await expect.poll(() => lab.notices.list()).toEqual([]);
});

it('is not told of as failed when nobody listens at its address', async () => {
  const lab = openNotifyLab();
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  await lab.start([webhook('nobody', `http://127.0.0.1:${port}/secret-path`)]);
  await lab.freeze('a');
  await expect.poll(async () => (await lab.notices.list())[0]?.entry.attempts ?? 0).toBeGreaterThan(1);
  expect((await lab.notices.list())[0]?.entry).toMatchObject({
    state: 'waiting',
    error: expect.stringContaining('REFUSED'),
  });
});
