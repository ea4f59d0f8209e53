import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { explainDecision } from '../../src/cli/explain-decision.ts';
import { describeRevert } from '../../src/cli/revert-command.ts';
import { startDemoUpstream } from '../../src/demo/upstream.ts';
import { type GateLab, startGateLab } from '../gate/gate-lab.ts';
import { runCli } from './cli-lab.ts';

const FEATURES = '/kube/demo/api/v1/namespaces/shop-dev/configmaps/features';
const MERGE = { 'content-type': 'application/merge-patch+json' };

let lab: GateLab;
let folder: string;
let closeUpstream: () => Promise<void>;
let operator: string;
let viewer: string;
beforeAll(async () => {
  const upstream = await startDemoUpstream();
  closeUpstream = () => upstream.close();
  lab = await startGateLab({ upstream: { url: upstream.url } });
  folder = await mkdtemp(join(tmpdir(), 'sallyport-revert-'));
  const { host, port } = lab.gate.operate;
  const config = { state: lab.state, operate: `${host}:${port}`, routes: [] };
  const routes = [{ name: 'demo', surface: 'kubernetes', at: '/kube/demo', upstream: { url: upstream.url } }];
  await writeFile(join(folder, 'sallyport.yaml'), JSON.stringify({ ...config, routes }));
  operator = String((await lab.admin.post('/v1/operators', { name: 'ola', role: 'operator' })).token);
  viewer = String((await lab.admin.post('/v1/operators', { name: 'vic', role: 'viewer' })).token);
});
afterAll(async () => {
  await lab.close();
  await closeUpstream();
  await rm(folder, { recursive: true });
});

async function change(value: string): Promise<string> {
  const { token } = await lab.agent({ level: 3 });
  const answer = await lab.call('PATCH', FEATURES, { token, headers: MERGE, body: { data: { checkout: value } } });
  return String(answer.headers['sallyport-decision']);
}

const run = (by: string, ...args: readonly string[]) => runCli(folder, { SALLYPORT_TOKEN: by }, args);

it('shows what it would do, does it, and says what became of it', async () => {
  const id = await change('new');
  expect(await run(operator, 'revert', id, '--dry-run')).toEqual({
    code: 0,
    out: [
      'state:        possible: it would put configmaps/features back to what it was',
      `of:           ${id}`,
      'way back:     inverse',
      'would change: /data/checkout: "new" -> "classic"',
      '',
    ].join('\n'),
    err: '',
  });
  const done = await run(operator, 'revert', id, '--why', 'it broke the checkout');
  expect([done.code, done.err]).toEqual([0, '']);
  expect(done.out).toMatch(/^state: +ran: done: put configmaps\/features back to what it was$/m);
  const again = await run(viewer, 'decisions', 'show', id);
  expect(again.out).toMatch(/^revert: +nothing-to-do: it was taken back by ola, /m);
  const record = await lab.admin.get(`/v1/decisions/${/^recorded as: +(\S+)$/m.exec(done.out)?.[1] ?? ''}`);
  expect(explainDecision(record)).toMatch(new RegExp(`^takes back: +${id}$`, 'm'));
}, 60_000);

it('ends with 1 when it was not done, and with 2 when it was not asked for in full', async () => {
  const [first, second] = [await change('one'), await change('two')];
  const conflict = await run(operator, '--json', 'revert', first, '--why', 'a test');
  expect(conflict.code).toBe(1);
  expect(JSON.parse(conflict.out)).toMatchObject({
    state: 'conflict',
    decision: first,
    conflicts: [{ path: '/data/checkout', set: 'one', now: 'two', wanted: 'classic' }],
  });
  expect(await run(operator, 'revert', second)).toMatchObject({
    code: 2,
    err: expect.stringContaining("'--why <text>'"),
  });
  expect(await run(operator, 'revert', 'no-such', '--why', 'a test')).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is no decision no-such'),
  });
  expect(await run(viewer, 'revert', second, '--why', 'a test')).toMatchObject({
    code: 1,
    err: expect.stringContaining('vic is a viewer and may not do this (reverts.write)'),
  });
}, 60_000);

it('shows hostile text as text', () => {
  const conflicts = [{ path: '/data/a', set: 'x', now: '\u001b[2J<b>', wanted: null }];
  expect(describeRevert({ state: 'conflict', message: 'others \u001b[2J', decision: 'd', conflicts })).toBe(
    'state:     conflict: others \\u{1b}[2J\nof:        d\nconflicts: /data/a: the change set "x", now "\\u001b[2J<b>", before nothing\n',
  );
});
