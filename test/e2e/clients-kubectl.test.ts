import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownLab } from '../lab/own-lab.ts';
import { CLIENT_SEEDS, type ClientCommand, COMMANDS, GROUP, PROTOBUF, WIDGETS } from './clients-commands.ts';
import { comparable, type OpenGate, openGate, openTwins, type Twins, type } from './clients-lab.ts';
import { admin, apply } from './cluster-gate.ts';

const lab = ownLab();
const { olderKubectl } = lab.clients;

let open: OpenGate;
beforeAll(async () => {
  open = await openGate(lab);
  await apply(lab, WIDGETS);
  await admin(lab, ['wait', '--for=condition=Established', 'crd', `widgets.${GROUP}`, '--timeout=30s']);
});
afterAll(async () => {
  await open.close();
  await admin(lab, ['delete', 'crd', `widgets.${GROUP}`]);
});

describe.each([
  ['of the server’s version', 'clients-same', lab.kubectlBinary],
  ...(olderKubectl === undefined ? [] : [['three minor versions behind', 'clients-older', olderKubectl] as const]),
] as const)('kubectl %s, through the gate', (_, prefix, program) => {
  let twins: Twins;
  beforeAll(async () => {
    twins = await openTwins(lab, prefix, CLIENT_SEEDS);
  });
  afterAll(() => twins.close());

  const newest = program === lab.kubectlBinary;
  it.each([...COMMANDS, ...PROTOBUF].filter(({ newer = false }) => newest || !newer))(
    'does and says what it does and says without it: $run',
    async (command) => {
      const [gated, direct] = await Promise.all([
        typed(command, twins.gate, open.agent.kubeconfig),
        typed(command, twins.solo, open.past),
      ]);
      expect(gated).toEqual(direct);
      expect(direct).toMatchObject({ code: command.code ?? 0 });
    },
  );

  const noRoute = 'Error from server (NotFound): sallyport: no route at this path; routes: /kube/demo';
  const rawPath = newest ? 'keeps the route in a raw path' : 'leaves the route out of a raw path, and is told so';
  it(rawPath, async () => {
    const raw = { run: 'get --raw /api/v1/namespaces/NAMESPACE/configmaps/noted' };
    const { code, stderr } = await typed(raw, twins.gate, open.agent.kubeconfig);
    expect([code, stderr]).toEqual(newest ? [0, ''] : [1, noRoute]);
  });

  async function typed({ run, input, env = {}, compare }: ClientCommand, namespace: string, kubeconfig: string) {
    const { code, stdout, stderr } = await type(lab, run, namespace, { program, kubeconfig, input, env });
    return { code, stdout: comparable(stdout, compare), stderr: comparable(stderr, compare) };
  }
});
