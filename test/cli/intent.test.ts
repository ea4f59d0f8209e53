import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GateLab, startGateLab } from '../gate/gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from '../gate/recording-upstream.ts';
import { type CliLab, openCliLab, runCli } from './cli-lab.ts';

let cli: CliLab;
let upstream: RecordingUpstream;
let gate: GateLab;
beforeAll(async () => {
  cli = await openCliLab();
  const scope = { routes: ['staging'] };
  await cli.operations.parts.registry.add({ id: 'fixer', team: 'sre', owner: 'ana', scope }, 'test', 'nightly repairs');
  upstream = await startRecordingUpstream();
  gate = await startGateLab({ upstream: { url: upstream.url } });
});
afterAll(async () => {
  await cli.close();
  await gate.close();
  await upstream.close();
});

describe('intent', () => {
  it('is opened for an agent, listed, shown with its evidence, closed', async () => {
    const opened = await cli.run(
      'operator',
      ...['intent', 'open', '--agent', 'fixer', '--reason', 'the cart is slow', '--confidence', '0.8', '--ttl', '2h'],
      ...['--incident', 'INC-7', '--link', 'https://graphs.example/1', '--link', 'https://graphs.example/2', '--json'],
    );
    expect([opened.code, opened.err]).toEqual([0, '']);
    const { id, until, openedAt } = JSON.parse(opened.out);
    expect(Date.parse(until) - Date.parse(openedAt)).toBe(7_200_000);
    await cli.operations.parts.intents.attach(
      id,
      {
        signals: [
          {
            ...{ source: 'logs', observedAt: openedAt, stance: 'contradicts', pattern: 'saturation' },
            says: '\u001b[2Jno errors',
          },
        ],
      },
      'agent:fixer',
    );
    const listed = await cli.run('viewer', 'intent', 'list');
    expect(listed.out.split('\n')[1]).toMatch(new RegExp(`^${id}  fixer  INC-7 .* the cart is slow`));
    const shown = await cli.run('viewer', 'intent', 'show', id);
    expect(shown.out).toContain('confidence: 0.8');
    expect(shown.out).toMatch(/^opened: .* by Test operator \(/m);
    expect(shown.out).toContain('logs contradicts (saturation): [2Jno errors');
    expect(shown.out).toContain('https://graphs.example/1, https://graphs.example/2');
    const closing = ['intent', 'close', id, '--outcome', 'done', '--summary', 'fast again'];
    const closed = await cli.run('operator', ...closing);
    expect(closed.out).toMatch(/closed: .*: done\nsummary: +fast again/);
  });

  it.each([
    ['of an agent that there is not', ['--agent', 'nobody', '--reason', 'x'], 1, 'there is no agent "nobody"'],
    ['of more confidence than there is', ['--agent', 'fixer', '--reason', 'x', '--confidence', '2'], 2, 'from 0 to 1'],
  ])('is not opened %s', async (_what, args, code, said) => {
    const ended = await cli.run('operator', 'intent', 'open', ...args);
    expect([ended.code, ended.out]).toEqual([code, '']);
    expect(ended.err).toContain(said);
  });
});

describe('preflight', () => {
  const FEATURES = '/api/v1/namespaces/shop-dev/configmaps/features';

  it('tells an agent what its plan needs, with exit 1 for a plan that would be refused', async () => {
    const agent = await gate.agent({ level: 2 });
    const kubeconfig = await gate.kubeconfig(agent);
    const plan = join(gate.folder, 'plan.yaml');
    const merge = 'application/merge-patch+json';
    await writeFile(
      plan,
      JSON.stringify([
        { method: 'GET', path: FEATURES },
        { method: 'PATCH', path: FEATURES, headers: { 'content-type': merge }, body: { data: { cart: 'new' } } },
      ]),
    );
    const found = await runCli(gate.folder, { KUBECONFIG: kubeconfig }, ['preflight', plan]);
    expect([found.code, found.err]).toEqual([0, '']);
    expect(found.out).toMatch(/^1 +allow +A +dev +GET \/api/m);
    expect(found.out).toMatch(/^2 +hold +[BC] +dev +PATCH \/api.* 1 objects/m);
    expect(found.out).toMatch(/^1 of platform +2$/m);
    const bound = await runCli(gate.folder, {}, [
      'preflight',
      plan,
      '--kubeconfig',
      kubeconfig,
      '--intent',
      'none-such',
      '--json',
    ]);
    expect([bound.code, JSON.parse(bound.out).outcome]).toEqual([1, 'deny']);
    expect(upstream.calls().filter(({ method, url }) => method !== 'GET' && !url.includes('dryRun'))).toEqual([]);
  });

  it('is for agents: without a kubeconfig, or with an operator’s token, it says so', async () => {
    const none = await runCli(gate.folder, {}, ['preflight', 'plan.yaml']);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('there is no kubeconfig of one')]);
  });
});
