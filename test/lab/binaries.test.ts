import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
});
