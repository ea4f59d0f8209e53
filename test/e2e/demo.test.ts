import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownLab } from '../lab/own-lab.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');
const kubectl = ownLab().kubectlBinary;

describe('the demonstration', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-demo-test-'));
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'tmp'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A machine on which these programs, and no others, are on PATH. */
  const machineWith = (programs: Readonly<Record<string, string>>) => {
    for (const [name, path] of Object.entries(programs)) symlinkSync(path, join(folder, 'bin', name));
    return { PATH: join(folder, 'bin'), HOME: folder, TMPDIR: join(folder, 'tmp') };
  };
  const start = (args: readonly string[], env: NodeJS.ProcessEnv) => {
    const child = spawn(process.execPath, [cli, 'demo', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { text: '' };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output.text += chunk;
      });
    }
    const code = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, output, code };
  };

  it.each([
    [
      'kubectl',
      { kubectl },
      'kubectl scale deployment web --replicas=3 --namespace=shop-dev',
      'deployment.apps/web scaled',
    ],
    ['curl, where there is no kubectl', { curl: find('curl') }, 'curl --config ', '"kind":"Scale"'],
    [
      'itself, where there is neither',
      {},
      'PATCH /apis/apps/v1/namespaces/shop-dev/deployments/web/scale',
      '"kind":"Scale"',
    ],
  ])(
    'shows what is allowed, denied, held and taken back through %s, and leaves nothing behind',
    async (_, programs, command, result) => {
      const { output, code } = start(['--once'], machineWith(programs));
      expect(await code, output.text).toBe(0);
      const [, allowed = '', denied = '', authority = '', held = '', back = ''] = output.text.split(/^\d\. /m);
      expect(allowed).toContain(command);
      expect(allowed).toContain(result);
      expect(allowed).toMatch(/did: +allow/);
      expect(denied).toMatch(/^Denied/);
      expect(denied).toMatch(/did: +deny/);
      expect(denied).toContain('Level 2 (assisted) could do it with the approval of 1 person of production.');
      expect(authority).toMatch(/did: +deny, by the gate/);
      expect(held).toMatch(/^Needs approval/);
      expect(held).toMatch(/did: +allow/);
      expect(held).toContain(result);
      expect(back).toMatch(/^Taken back/);
      expect(output.text).not.toContain('\u001b');
      expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    },
  );

  it('stays up to be tried, with the kubeconfig that it names, until it is interrupted', async () => {
    const { child, output, code } = start([], machineWith({ kubectl }));
    await expect.poll(() => output.text, { timeout: 60_000 }).toContain('Ctrl-C');
    const kubeconfig = /export KUBECONFIG=(\S+)/.exec(output.text)?.[1] ?? '';
    const lab = ownLab();
    const pods = await lab.kubectl(['get', 'pods', '--namespace=shop-prod', '-o', 'name'], { kubeconfig });
    expect([pods.code, pods.stdout.trim().split('\n').length]).toEqual([0, 12]);
    const staging = await lab.kubectl(['get', 'pods', '--namespace=shop-staging'], { kubeconfig });
    expect([staging.code, staging.stderr]).toEqual([1, expect.stringContaining('Forbidden')]);
    child.kill('SIGINT');
    expect([await code, existsSync(kubeconfig)]).toEqual([0, false]);
  });
});

/** The program's path; the test cannot do without. */
function find(program: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${program} is not on PATH; the demonstration is tested with it`);
  return found;
}
