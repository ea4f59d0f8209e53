import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operators } from '../../src/identify/operators.ts';
import { createOperationsApp } from '../../src/operate/operations.ts';
import { MemoryStore } from '../identify/memory-store.ts';
import { createAuthority } from '../lab/certificates.ts';
import { openAccess, openOperationsLab } from '../operate/operations-lab.ts';
import { type CliLab, openCliLab, runCli, writeConfig } from './cli-lab.ts';

let lab: CliLab;

beforeAll(async () => {
  lab = await openCliLab();
  const { registry } = lab.operations.parts;
  const scope = { routes: ['staging'], namespaces: ['web', 'api'] };
  await registry.add({ id: 'fixer', team: 'sre', owner: 'ana', level: 2, scope }, 'test', 'nightly repairs');
});

afterAll(() => lab.close());

describe('wrong usage ends with 2, one line and a fix', () => {
  it.each([
    ['an unknown command', ['frobnicate'], "sallyport: unknown command 'frobnicate'\nfix: see --help\n"],
    ['an unknown option', ['freeze', '--evrything', '--why', 'x'], /^sallyport: unknown option '--evrything'/],
    ['a missing option', ['freeze', '--everything'], /^sallyport: required option '--why <text>' not specified\nfix: /],
    ['no scope', ['freeze', '--why', 'x'], /^sallyport: freeze takes one of its scopes, not 0\nfix: /],
    ['two scopes', ['freeze', '--why', 'x', '--everything', '--agent', 'a'], /not 2\nfix: /],
    [
      'a time that is none',
      ['freeze', '--why', 'x', '--everything', '--until', 'noon'],
      /^sallyport: --until: "noon" is not a time\nfix: /,
    ],
    [
      'a level that is none',
      ['agent', 'level', 'fixer', '9', '--why', 'x'],
      /^sallyport: level: "9" is not a whole number\nfix: 0 to 5\n/,
    ],
    [
      'a duration that is none',
      ['agent', 'token', 'fixer', '--route', 'staging', '--ttl', '8'],
      /^sallyport: --ttl: "8" is not a duration\nfix: /,
    ],
    [
      'a scope that is none',
      ['agent', 'add', 'x', '--team', 't', '--owner', 'o', '--why', 'w', '--scope', 'web'],
      /^sallyport: --scope: "web" is not dimension=value,...\nfix: /,
    ],
    ['a configuration that is not there', ['agent', 'list', '--config', 'nope.yaml'], /^sallyport: nope\.yaml: /],
    [
      'both ways to configure',
      ['serve', '--config', 'sallyport.yaml', '--kubeconfig', 'k'],
      /^sallyport: --kubeconfig is a whole configuration/,
    ],
    ['a context without its kubeconfig', ['serve', '--context', 'c'], /^sallyport: --context belongs to --kubeconfig/],
  ])('%s', async (_name, args, expected) => {
    const { code, out, err } = await lab.run('administrator', ...args);
    expect([code, out]).toEqual([2, '']);
    if (typeof expected === 'string') expect(err).toBe(expected);
    else expect(err).toMatch(expected);
  });
});

describe('a refusal ends with 1', () => {
  it('without a token, saying where it was looked for', async () => {
    const { code, out, err } = await lab.run(undefined, 'agent', 'list');
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      `sallyport: this needs an operator's token; none is in SALLYPORT_TOKEN or ${join(lab.folder, 'operator.token')}\n` +
        'fix: run `sallyport operator bootstrap` where the gate runs, or ask an administrator for a token\n',
    );
  });

  it('with a role that may not, naming one that may', async () => {
    const { code, err } = await lab.run('viewer', 'freeze', '--everything', '--why', 'x');
    expect([code, err]).toEqual([
      1,
      'sallyport: Test viewer is a viewer and may not do this (freezes.write)\n' +
        'fix: ask an approver or an operator or an administrator\n',
    ]);
  });

  it('when no gate answers, naming the address', async () => {
    const other = join(lab.folder, 'other.yaml');
    const config = JSON.parse(await readFile(join(lab.folder, 'sallyport.yaml'), 'utf8'));
    await writeFile(other, JSON.stringify({ ...config, operate: '127.0.0.1:1' }));
    const { code, err } = await lab.run('viewer', 'agent', 'list', '--config', other);
    expect([code, err]).toEqual([
      1,
      'sallyport: no gate answers at http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\n' +
        'fix: start it with `sallyport serve`, or name the configuration of the running one with --config\n',
    ]);
  });

  it('for a token file that others can read', async () => {
    const file = join(lab.folder, 'operator.token');
    await writeFile(file, lab.operations.tokens.viewer, { mode: 0o644 });
    const open = await lab.run(undefined, 'agent', 'list');
    await writeFile(`${file}.new`, lab.operations.tokens.viewer, { mode: 0o600 });
    await rename(`${file}.new`, file);
    const closed = await lab.run(undefined, 'agent', 'list');
    await rm(file);
    expect([open.code, closed.code]).toEqual([2, 0]);
    expect(open.err).toContain('may be read or written by others');
  });
});

describe('agents', () => {
  it('are listed in a table, or as JSON', async () => {
    const table = await lab.run('viewer', 'agent', 'list');
    expect(table.out.split('\n')[0]).toMatch(/^ID +TEAM +OWNER +LEVEL +STATUS +GRANTED BY$/);
    expect(table.out).toMatch(/^fixer +sre +ana +2 +until \S+ +test$/m);
    const json = await lab.run('viewer', '--json', 'agent', 'list');
    expect(JSON.parse(json.out)).toMatchObject({ agents: [{ id: 'fixer', level: 2 }] });
    expect([table.code, json.code, table.err, json.err]).toEqual([0, 0, '', '']);
  });

  it('are added, promoted, narrowed and revoked', async () => {
    const added = await lab.run(
      'operator',
      'agent',
      'add',
      'helper',
      '--team',
      'sre',
      '--owner',
      'bo',
      '--why',
      'trial',
      '--scope',
      'routes=staging',
      '--scope',
      'namespaces=web,api',
    );
    expect(added).toMatchObject({ code: 0, err: '' });
    expect(added.out).toContain('scope:      routes: staging\n            namespaces: web, api\n');
    expect((await lab.run('operator', 'agent', 'level', 'helper', '2', '--why', 'earned')).code).toBe(0);
    const further = await lab.run('operator', 'agent', 'level', 'helper', '4', '--why', 'in a hurry');
    expect(further).toMatchObject({ code: 1, err: expect.stringContaining('ask an administrator') });
    expect((await lab.run('operator', 'agent', 'level', 'helper', '3', '--why', 'earned')).code).toBe(0);
    const narrowed = await lab.run(
      'operator',
      'agent',
      'level',
      'helper',
      '1',
      '--environment',
      'prod',
      '--why',
      'not there',
    );
    expect(narrowed.out).toMatch(/^level: +3\n +environment=prod level=1\n/m);
    const revoked = await lab.run('operator', 'agent', 'revoke', 'helper', '--why', 'done', '--json');
    expect(JSON.parse(revoked.out)).toMatchObject({ id: 'helper', revokedAt: expect.any(String) });
  });

  it('without a scope they come with a note on stderr', async () => {
    const { code, err } = await lab.run(
      'operator',
      'agent',
      'add',
      'idle',
      '--team',
      't',
      '--owner',
      'o',
      '--why',
      'w',
    );
    expect([code, err]).toEqual([0, 'note: without --scope this agent can do nothing\n']);
  });

  it('a token is alone on stdout, so that it can be piped', async () => {
    const { code, out, err } = await lab.run(
      'operator',
      'agent',
      'token',
      'fixer',
      '--route',
      'staging',
      '--ttl',
      '10m',
    );
    expect(code).toBe(0);
    const verified = await lab.operations.parts.tokens.verify(out.trim());
    expect(err).toContain(`token ${verified.id}, until `);
    const revoked = await lab.run('operator', 'agent', 'revoke', 'fixer', '--token', verified.id, '--why', 'test');
    expect(revoked).toEqual({ code: 0, out: `token ${verified.id} is revoked\n`, err: '' });
    expect(lab.operations.parts.registry.isTokenRevoked(verified.id)).toBe(true);
  });
});

it('freeze and thaw, with what is stopped and until when', async () => {
  const { freezes, now } = lab.operations.parts;
  const frozen = await lab.run(
    'approver',
    'freeze',
    '--agent',
    'fixer',
    '--why',
    'incident 7',
    '--until',
    '2h',
    '--reads',
  );
  expect([frozen.code, frozen.err]).toEqual([0, '']);
  expect(frozen.out).toMatch(/^frozen: +agent fixer\n/);
  const [freeze] = freezes.active(now());
  expect(freeze).toMatchObject({ scope: { kind: 'agent', agent: 'fixer' }, reads: true, why: 'incident 7' });
  const thawed = await lab.run('operator', 'thaw', freeze?.id ?? '', '--why', 'over', '--json');
  expect(JSON.parse(thawed.out)).toMatchObject({ id: freeze?.id, lifted: { why: 'over' } });
  expect(freezes.active(now())).toEqual([]);
});

it.each([
  ['service', 'web'],
  ['team', 'shop'],
  ['runbook', 'restart-stateless'],
])('freeze of a %s, by one command', async (kind, name) => {
  const { freezes, now } = lab.operations.parts;
  const frozen = await lab.run('approver', 'freeze', `--${kind}`, name, '--why', 'incident 7');
  expect([frozen.code, frozen.err]).toEqual([0, '']);
  expect(frozen.out).toMatch(new RegExp(`^frozen: +${kind} ${name}\n`));
  const [freeze] = freezes.active(now());
  expect(freeze?.scope).toEqual({ kind, [kind]: name });
  const thawed = await lab.run('operator', 'thaw', freeze?.id ?? '', '--why', 'over');
  expect(thawed.out).toMatch(new RegExp(`^thawed: +${kind} ${name}\n`));
});

it('freeze of a runbook that there is none of stops nothing, and says which there are', async () => {
  const { code, out, err } = await lab.run('approver', 'freeze', '--runbook', 'restart', '--why', 'incident 7');
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain('there is no runbook restart: nothing would be frozen');
  expect(err).toContain('the runbooks are: restart-stateless, scale-within-limits');
});

it('operators are added, listed and revoked', async () => {
  const person = { issuer: 'https://idp.example', subject: 'dora', id: 'oidc:d0', name: 'Dora', aliases: [] };
  const dora = { ...person, role: 'viewer', groups: [] } as const;
  await lab.operations.parts.access.admitProven({ person: dora, issuedAt: 0, expires: Number.MAX_SAFE_INTEGER });
  const added = await lab.run('administrator', 'operator', 'add', 'Cleo', '--role', 'approver', '--group', 'dba');
  expect(added.code).toBe(0);
  const listed = await runCli(lab.folder, { SALLYPORT_TOKEN: added.out.trim() }, ['operator', 'list']);
  const id = /^(\S+) +Cleo +approver +dba +until /m.exec(listed.out)?.[1] ?? '';
  expect(listed.out).toMatch(/^oidc:d0 +Dora +viewer +- +by https:\/\/idp\.example$/m);
  const revoked = await lab.run('administrator', 'operator', 'revoke', id);
  expect(revoked).toEqual({ code: 0, out: `Cleo (${id}) is revoked\n`, err: '' });
});

describe('over TLS', () => {
  it('the first operator is bootstrapped, and their token works from the state folder', async () => {
    const fresh = await openOperationsLab();
    const sources = { now: () => new Date(), newId: () => randomBytes(8).toString('hex') };
    const store = new MemoryStore();
    const operators = await Operators.open(store, sources, randomBytes);
    const access = await openAccess(operators, { store, sources });
    await operators.bootstrapSecret(fresh.state);
    const ours = createAuthority(new Date());
    const { key, certificate } = ours.server(['localhost'], ['127.0.0.1']);
    const server = createServer({ key, cert: certificate }, createOperationsApp({ ...fresh.parts, operators, access }));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    try {
      await writeConfig(fresh.state, { operate: `127.0.0.1:${port}` });
      await writeFile(join(fresh.state, 'ca.pem'), createAuthority(new Date()).certificate);
      const strange = await runCli(fresh.state, {}, ['operator', 'bootstrap', '--name', 'Ana']);
      expect(strange.code).toBe(1);
      expect(strange.err).toMatch(
        /^sallyport: what answers at https:\/\/127\.0\.0\.1:\d+ does not prove to be this gate/,
      );
      await writeFile(join(fresh.state, 'ca.pem'), ours.certificate);
      const first = await runCli(fresh.state, {}, ['operator', 'bootstrap', '--name', 'Ana']);
      expect(first).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^operator: +Ana, administrator\n/) });
      const file = join(fresh.state, 'operator.token');
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(first.out).not.toContain((await readFile(file, 'utf8')).trim());
      const listed = await runCli(fresh.state, {}, ['operator', 'list']);
      expect(listed).toMatchObject({ code: 0, out: expect.stringMatching(/ Ana +administrator /) });
      const again = await runCli(fresh.state, {}, ['operator', 'bootstrap']);
      expect(again).toMatchObject({ code: 1, out: '' });
    } finally {
      server.closeAllConnections();
      server.close();
      await fresh.close();
    }
  });
});
