import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openBody } from '../../src/intents/intent-order.ts';
import { CA_PEM } from '../operate/operations-lab.ts';
import { type CliLab, openCliLab } from './cli-lab.ts';

let lab: CliLab;

beforeAll(async () => {
  lab = await openCliLab();
  const scope = { routes: ['staging'] };
  await lab.operations.parts.registry.add({ id: 'fixer', team: 'sre', owner: 'ana', scope }, 'test', 'nightly repairs');
});

afterAll(() => lab.close());

describe('connect kubectl', () => {
  it('prints a whole kubeconfig with the CA and a token of the agent', async () => {
    const { intents } = lab.operations.parts;
    const { id: intent } = await intents.openFor('fixer', openBody.parse({ reason: 'a test' }), 'ana');
    const { code, out, err } = await lab.run(
      'operator',
      'connect',
      'kubectl',
      'staging',
      '--agent',
      'fixer',
      '--intent',
      intent,
      '--ttl',
      '30m',
    );
    expect(code).toBe(0);
    const kubeconfig = parse(out);
    expect(kubeconfig).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'sallyport-staging',
          cluster: {
            server: 'https://127.0.0.1:7070/kube/staging',
            'certificate-authority-data': Buffer.from(CA_PEM).toString('base64'),
          },
        },
      ],
      users: [{ name: 'sallyport-fixer-staging', user: { token: expect.any(String) } }],
      contexts: [
        { name: 'sallyport-fixer-staging', context: { cluster: 'sallyport-staging', user: 'sallyport-fixer-staging' } },
      ],
      'current-context': 'sallyport-fixer-staging',
    });
    const token = kubeconfig.users[0].user.token;
    expect(await lab.operations.parts.tokens.verify(token)).toMatchObject({ route: 'staging', intent });
    expect(err).toContain('group sallyport:agents');
  });

  it('merges into a file: what was there stays, its own entries are replaced, only the owner can read it', async () => {
    const file = join(lab.folder, 'kubeconfig');
    await writeFile(
      file,
      '# mine\napiVersion: v1\nkind: Config\nclusters:\n  - {name: home, cluster: {server: "https://home"}}\nusers: []\ncurrent-context: home # keep\n',
      { mode: 0o644 },
    );
    for (const ttl of ['30m', '40m']) {
      const { code, out } = await lab.run(
        'operator',
        'connect',
        'kubectl',
        'staging',
        '--agent',
        'fixer',
        '--ttl',
        ttl,
        '--out',
        file,
        '--server',
        'https://gate.example/x/',
      );
      expect([code, out]).toEqual([0, '']);
    }
    const text = await readFile(file, 'utf8');
    const merged = parse(text);
    expect(text).toContain('# mine\n');
    expect(merged['current-context']).toBe('home');
    expect(merged.clusters.map((each: { name: string }) => each.name)).toEqual(['home', 'sallyport-staging']);
    expect(merged.clusters[1].cluster.server).toBe('https://gate.example/x/kube/staging');
    expect(merged.users).toHaveLength(1);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it.each([
    [
      'a route that is not there',
      ['prod', '--agent', 'fixer'],
      1,
      /there is no route "prod"\nfix: the routes are: staging/,
    ],
    ['an agent that is not there', ['staging', '--agent', 'nobody'], 1, /there is no agent "nobody"/],
    [
      'a server without TLS',
      ['staging', '--agent', 'fixer', '--server', 'http://gate'],
      2,
      /not an https:\/\/ address/,
    ],
    [
      'a file that is no kubeconfig',
      ['staging', '--agent', 'fixer', '--out', 'list.yaml'],
      2,
      /is not a kubeconfig and is left as it is/,
    ],
  ])('%s is refused', async (_name, args, code, message) => {
    await writeFile(join(lab.folder, 'list.yaml'), '- a\n- b\n');
    const ended = await lab.run('operator', 'connect', 'kubectl', ...args);
    expect([ended.code, ended.out]).toEqual([code, '']);
    expect(ended.err).toMatch(message);
    expect(await readFile(join(lab.folder, 'list.yaml'), 'utf8')).toBe('- a\n- b\n');
  });
});
