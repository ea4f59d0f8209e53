import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import { findOpa, run } from '../../src/review/opa.ts';
import { ownLab } from '../lab/own-lab.ts';
import { admin, items, object } from './cluster-gate.ts';
import { makeServiceAccounts, restoreGateRights, tokenOf, userOf, writeKubeconfig } from './credentials.ts';
import { CLI, type Ended, type Running, sallyportUntil, serve } from './program.ts';
import { commandsIn, ROOT, readmeBlocks, readmeInlineCommands, sessionsIn } from './readme.ts';

const lab = ownLab();

/** What a line of the README is, by how it begins. Whatever is not here makes the test fail. */
type How = 'elsewhere' | 'make' | 'opa' | 'policy' | 'serve' | 'tail' | 'shell';
const HOW: readonly (readonly [RegExp, How])[] = [
  [/^make \w+$/, 'make'],
  [/^opa /, 'opa'],
  [/^sallyport serve /, 'serve'],
  [/^sallyport decisions tail$/, 'tail'],
  // As a process in test/cli/test-command.test.ts, and here with more options.
  [/^sallyport test$/, 'elsewhere'],
  [/^sallyport (test|build|review) /, 'policy'],
  [/^(sallyport|kubectl) /, 'shell'],
];

let folder: string;
let env: Record<string, string>;
let gate: Running | undefined;
const decisions: string[] = [];

/** A machine as the README has it: `sallyport` and `kubectl` on PATH, two kubeconfigs, a checkout of the policy, no more. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-readme-'));
  for (const name of ['bin', '.kube']) mkdirSync(join(folder, name));
  for (const name of ['rego', 'bundles']) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  cpSync(join(ROOT, 'bundles', 'sallyport.tar.gz'), join(folder, 'main.tar.gz'));
  for (const { text } of scenarios) writeFileSync(join(folder, 'night.yaml'), text);
  writeFileSync(join(folder, 'bin', 'sallyport'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  chmodSync(join(folder, 'bin', 'sallyport'), 0o755);
  symlinkSync(lab.kubectlBinary, join(folder, 'bin', 'kubectl'));
  env = { PATH: `${join(folder, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`, HOME: folder };
  await admin(lab, ['create', 'deployment', 'web', '--image=example.invalid/web:1', '--namespace=shop-dev']);
  await writeKubeconfig(lab, join(folder, '.kube', 'config'), userOf(lab.admin), { context: 'staging' });
  await makeServiceAccounts(lab, 'sallyport', ['sallyport']);
  const token = await tokenOf(lab, 'sallyport', 'sallyport');
  await writeKubeconfig(lab, join(folder, 'gate.kubeconfig'), { token }, { context: 'staging' });
});
afterAll(async () => {
  await gate?.stop();
  await restoreGateRights(lab);
  await admin(lab, ['delete', 'deployment', 'web', '--namespace=shop-dev']);
  await admin(lab, ['delete', 'namespace', 'sallyport', '--wait=false']);
  await rm(folder, { recursive: true, force: true });
});

function howOf(command: string): How {
  const [, how] = HOW.find(([start]) => start.test(command)) ?? [];
  if (how === undefined) throw new Error(`README.md: it is not known how to run: ${command}`);
  return how;
}

async function inShell(command: string): Promise<Ended> {
  const { status, stdout, stderr } = await run('/bin/bash', ['-o', 'pipefail', '-c', command], { cwd: folder, env });
  return { code: status, out: stdout, err: stderr };
}

/** Runs one line as whoever follows the README would. */
async function follow(command: string): Promise<void> {
  switch (howOf(command)) {
    case 'elsewhere':
      return;
    case 'make': {
      const target = command.replace('make ', '');
      expect(readFileSync(join(ROOT, 'Makefile'), 'utf8')).toMatch(new RegExp(`^${target}:.* ## `, 'm'));
      return;
    }
    case 'opa': {
      const { status, stdout } = await run(await findOpa(), command.replace('opa ', '').split(' '), { cwd: ROOT });
      expect([status, stdout]).toEqual([0, expect.stringMatching(/^PASS: (\d+)\/\1$/m)]);
      return;
    }
    case 'policy': {
      const { code, out, err } = await inShell(`OPA='${await findOpa()}' ${command}`);
      expect([command, code, out, err]).toEqual([command, 0, expect.any(String), expect.any(String)]);
      return;
    }
    case 'serve':
      gate = await serve(command.split(' ').slice(2), { folder, env });
      return;
    case 'tail': {
      const opening = sallyportUntil(' decision ', ['decisions', 'tail'], { folder, env });
      let opened = false;
      void opening.then(() => {
        opened = true;
      });
      while (!opened) await inShell('kubectl --kubeconfig fixer.kubeconfig get namespaces');
      expect((await (await opening).stop()).code).toBe(0);
      return;
    }
    case 'shell': {
      const { code, err } = await inShell(command.replace(/\bID\b/, decisions.at(-1) ?? 'none'));
      expect([command, code, err]).toEqual([command, 0, expect.any(String)]);
    }
  }
}

const blocks = readmeBlocks();
const shell = blocks.filter(({ language }) => language === 'sh');
const consoles = blocks.filter(({ language, text }) => language === '' && text.startsWith('$ '));
const yaml = blocks.filter(({ language }) => language === 'yaml');
const scenarios = yaml.filter(({ text }) => text.startsWith('suite: '));
const parts = yaml.filter(({ text }) => text.startsWith('bundle:'));
const configurations = yaml.filter((block) => !scenarios.includes(block) && !parts.includes(block));

describe('README.md', () => {
  it('has blocks of kinds that this test knows', () => {
    const known = [...shell, ...consoles, ...yaml];
    const drawings = blocks.filter((block) => !known.includes(block));
    expect(drawings.map(({ text }) => text.slice(0, 10))).toEqual(['agent ──► ']);
    const kinds = [shell, consoles, scenarios, configurations, parts].map(({ length }) => length);
    expect(kinds).toEqual([6, 1, 1, 1, 1]);
  });

  // In the order of the file: the console and the text after the second block rest on the gate that the block started.
  it.each(shell.slice(0, 2).flatMap((block) => commandsIn(block)))('%s', (command) => follow(command));

  it.each(consoles.flatMap((block) => sessionsIn(block)))('$command', async ({ command, answer }) => {
    const { code, out, err } = await inShell(command);
    const refused = answer.startsWith('Error ');
    const [said, silent] = refused ? [err, out] : [out, err];
    const text = said.replaceAll(/\s+/g, ' ').trim();
    // `[...]` stands for what differs each time.
    const [start = '', end] = answer.split('[...]');
    expect([text.slice(0, end === undefined ? undefined : start.length), silent]).toEqual([start, '']);
    expect([code, text.endsWith(end ?? '')]).toEqual([refused ? 1 : 0, true]);
    if (refused) decisions.push(/\[([0-9a-f-]{36})\]$/.exec(text)?.[1] ?? 'none');
  });

  it.each(readmeInlineCommands().filter((command) => command !== 'sallyport check'))('%s', (command) =>
    follow(command),
  );

  it.each(shell.slice(2).flatMap((block) => commandsIn(block)))('%s', (command) => follow(command));

  it.each(configurations)('has a configuration that sallyport check finds right', async ({ text }) => {
    writeFileSync(join(folder, 'sallyport.yaml'), text);
    expect(readmeInlineCommands()).toContain('sallyport check');
    const { code, out, err } = await inShell('sallyport check --json');
    expect([code, err]).toEqual([0, '']);
    const findings = items(object(JSON.parse(out)).findings);
    expect(findings.filter((each) => object(each).state === 'problem')).toEqual([]);
  });

  it.each(parts)('has a part of a configuration that can be read', ({ text }) => {
    for (const name of ['platform.pem', 'site.pem', 'site.tar.gz', 'token'])
      writeFileSync(
        join(folder, name),
        generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }),
      );
    const whole = configurations.map((each) => each.text + text).join('');
    const file = join(folder, 'with-bundle.yaml');
    // What is said to lie elsewhere on that machine lies here.
    writeFileSync(file, whole.replace('~/', `${folder}/`).replace('/var/run/secrets/bundle-token', 'token'));
    expect(readConfig(file, env)).toMatchObject({
      bundle: { keys: [{ id: 'platform' }], site: { keys: [{ id: 'site', scope: 'site' }], trust: ['windows'] } },
    });
  });
});
