import { afterAll, beforeAll, expect, it } from 'vitest';
import { storeEntries } from '../operate/notify/stored-entries.ts';
import { type CliLab, openCliLab } from './cli-lab.ts';

let lab: CliLab;
let ids: readonly string[];
beforeAll(async () => {
  lab = await openCliLab();
  ids = await storeEntries(lab.operations.store, [{ error: 'it said \u001b[2J' }, { state: 'waiting', attempts: 1 }]);
});
afterAll(() => lab.close());

it('lists notices, sends a dead one again, and drops one, with reasons', async () => {
  const [dead = '', waiting = ''] = ids;
  const [listed, json] = await Promise.all([
    lab.run('viewer', 'notices', 'list'),
    lab.run('viewer', 'notices', 'list', '--state', 'dead', '--json'),
  ]);
  expect(listed).toEqual({ code: 0, err: '', out: expect.any(String) });
  expect(
    listed.out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ['ID', 'TARGET', 'STATE', 'TRIES', 'NEXT', 'SAYS', 'ERROR'],
    [dead, 'pager', 'dead', '200', '-', 'bot waits for approval: delete shop/web', 'it said \\u{1b}[2J'],
    [
      waiting,
      'pager',
      'waiting',
      '1',
      '2030-01-16T12:00:00.000Z',
      'bot waits for approval: delete shop/web',
      'it answered 503',
    ],
  ]);
  expect([json.code, JSON.parse(json.out).notices.length]).toEqual([0, 1]);
  const [tested, refused, unknown, retried] = await Promise.all([
    lab.run('operator', 'notices', 'test', 'pager'),
    lab.run('viewer', 'notices', 'retry', dead, '--why', 'it is up again'),
    lab.run('operator', 'notices', 'drop', 'notice.nobody.0.event', '--why', 'it is gone'),
    lab.run('operator', 'notices', 'retry', dead, '--why', 'it is up again'),
  ]);
  expect([tested.code, tested.out]).toEqual([0, expect.stringContaining('on its way to pager')]);
  expect([refused.code, unknown.code, unknown.err.includes('there is no notice')]).toEqual([1, 1, true]);
  expect([retried.code, retried.out]).toEqual([
    0,
    expect.stringMatching(/^notice: +notice\.pager.*\ntarget: +pager\n/),
  ]);
});
