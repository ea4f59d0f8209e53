import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { whyNoLab } from './binaries.ts';

const ENVTEST = ['etcd', 'kube-apiserver', 'kubectl'];
const WHY = 'go is not on PATH and KUBEBUILDER_ASSETS does not hold all Kubernetes binaries';

describe('whether the lab can run here', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-binaries-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['with go', ['go'], 0o755, undefined],
    ['with everything in the assets folder', [...ENVTEST, 'kube-controller-manager', 'fakekubelet'], 0o755, undefined],
    ['not with what envtest brings alone', ENVTEST, 0o755, WHY],
    ['not with a go that is not executable', ['go'], 0o644, WHY],
    ['not with nothing', [], 0o755, WHY],
  ])('%s', (_, programs, mode, why) => {
    for (const program of programs) {
      writeFileSync(join(folder, program), '');
      chmodSync(join(folder, program), mode);
    }
    expect(whyNoLab({ PATH: folder, KUBEBUILDER_ASSETS: folder })).toBe(why);
  });

  it.each([
    ['python-client', 'python3 is not on PATH; it is needed for the Python client\n'],
    ['helm', 'go is not on PATH; it is needed to build the Kubernetes binaries\n'],
  ])('says in a line what is missing for %s', (name, says) => {
    for (const tool of ['bash', 'dirname']) {
      const { stdout } = spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' });
      symlinkSync(stdout.trim(), join(folder, tool));
    }
    const script = join(import.meta.dirname, '../kube-lab/build.sh');
    const run = spawnSync(script, [name], { env: { PATH: folder, HOME: folder }, encoding: 'utf8' });
    expect([run.status, run.stdout, run.stderr]).toEqual([1, '', says]);
  });
});
