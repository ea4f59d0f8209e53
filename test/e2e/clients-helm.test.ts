import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubectlResult } from '../lab/kubectl.ts';
import { ownLab } from '../lab/own-lab.ts';
import {
  type ClientAgent,
  clientAgent,
  mayDoAnything,
  normal,
  type OpenGate,
  openGate,
  openTwins,
  type Twins,
  type,
} from './clients-lab.ts';
import { admin, startClusterGate, writesAs } from './cluster-gate.ts';
import { writeChart } from './helm-chart.ts';

const lab = ownLab();
const { helm = '' } = lab.clients;

/** In this order; CHART stands for the chart's folder. */
const COMMANDS: readonly { readonly run: string; readonly code?: number; readonly sorted?: true }[] = [
  { run: 'install shop CHART --wait --timeout=60s' },
  { run: 'list' },
  // Which kind comes first is chance.
  { run: 'status shop', sorted: true },
  { run: 'install shop CHART', code: 1 },
  { run: 'upgrade shop CHART --set tag=2,colour=green --wait --timeout=60s' },
  { run: 'get values shop' },
  { run: 'upgrade shop CHART --set tag=missing --wait --timeout=3s', code: 1 },
  { run: 'history shop --max=10' },
  { run: 'rollback shop 1 --wait --timeout=60s' },
  { run: 'get manifest shop' },
  { run: 'upgrade shop CHART --set replicas=3 --dry-run=server' },
  { run: 'upgrade shop CHART --set replicas=3 --server-side=false --wait --timeout=60s' },
  { run: 'uninstall shop --wait --timeout=60s' },
  { run: 'uninstall shop', code: 1 },
];

describe.skipIf(helm === '')('helm', () => {
  let open: OpenGate;
  let twins: Twins;
  let chart: string;
  beforeAll(async () => {
    open = await openGate(lab);
    twins = await openTwins(lab, 'clients-helm', []);
    chart = await writeChart();
  });
  afterAll(async () => {
    await open.close();
    await twins.close();
    await rm(chart, { recursive: true });
  });

  it.each(COMMANDS)(
    'does and says through the gate what it does and says without it: $run',
    async ({ run, code = 0, sorted }) => {
      const [gated, direct] = await Promise.all([
        typed(run, twins.gate, open.agent.kubeconfig),
        typed(run, twins.solo, open.past),
      ]);
      expect(inOrder(gated, sorted)).toEqual(inOrder(direct, sorted));
      expect(direct).toMatchObject({ code });
      expect(await left(twins.gate)).toEqual(await left(twins.solo));
    },
  );

  describe('as an agent that may only look', () => {
    let observer: ClientAgent;
    let close: () => Promise<unknown>;
    beforeAll(async () => {
      const gate = await startClusterGate(lab);
      observer = await clientAgent(gate, 1);
      const role = await mayDoAnything(lab, observer.id);
      close = async () => {
        await gate.close();
        await admin(lab, ['delete', 'clusterrolebinding', role]);
      };
    });
    afterAll(() => close());

    it('is told why it may not keep its release in a secret', async () => {
      const { code, stderr } = await typed('install shop CHART', twins.gate, observer.kubeconfig);
      expect([code, stderr]).toEqual([1, expect.stringContaining('is forbidden: ')]);
      expect(stderr).toContain('and agents may not hold any on route demo');
      expect(await writesAs(lab, observer.id)).toEqual([]);
    });

    it('is told why it may not install anything', async () => {
      const env = { HELM_DRIVER: 'configmap' };
      const { code, stderr } = await typed('install shop CHART', twins.gate, observer.kubeconfig, env);
      expect([code, stderr]).toEqual([1, expect.stringContaining('level 1 (observer) may not do the create')]);
      expect(await writesAs(lab, observer.id)).toEqual([]);
    });
  });

  async function typed(run: string, namespace: string, kubeconfig: string, env: Record<string, string> = {}) {
    const options = { program: helm, kubeconfig, env };
    const { code, stdout, stderr } = await type(lab, run.replace('CHART', chart), namespace, options);
    return { code, stdout: said(stdout), stderr: said(stderr) };
  }
});

/** What a release has in a namespace, releases themselves included. */
async function left(namespace: string): Promise<readonly string[]> {
  const kinds = 'configmaps,deployments,services,jobs,secrets';
  const columns = 'custom-columns=K:.kind,N:.metadata.name,I:.spec.template.spec.containers[*].image,R:.spec.replicas';
  const text = await admin(lab, ['get', kinds, '-n', namespace, '-o', columns, '--no-headers']);
  return text.trimEnd().split('\n');
}

function inOrder({ stdout, ...rest }: KubectlResult, sorted = false): object {
  return { ...rest, stdout: sorted ? stdout.split('\n').toSorted() : stdout };
}

function said(output: string): string {
  return (
    normal(output)
      // Helm closes its watches when it has waited for long enough, and client-go may say so.
      .replaceAll(/^E\d{4} .*"Unexpected error when reading response body" err="context canceled"\n/gm, '')
      .replaceAll(/[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}/g, 'TIME')
      .replaceAll(/^time=\S+ /gm, 'time=TIME ')
      // The column is as wide as the times in it, whose fractions are printed without zeros at their ends.
      .replaceAll(/\tUPDATED +\t/g, '\tUPDATED\t')
  );
}
