import { describe, expect, it } from 'vitest';
import { readAudit } from '../lab/audit.ts';
import { NAMESPACES } from '../lab/objects.ts';
import { ownLab } from '../lab/own-lab.ts';

const lab = ownLab();

describe('the lab', () => {
  it('is a real API server that kubectl of the same version talks to', async () => {
    const { code, stdout } = await lab.kubectl(['version', '-o', 'json']);
    const { clientVersion, serverVersion } = JSON.parse(stdout);
    expect([code, serverVersion.major]).toEqual([0, '1']);
    expect(clientVersion.gitVersion).toMatch(/^v1\.\d+/);
  });

  it('has a namespace in each environment', async () => {
    const columns = 'custom-columns=NAME:.metadata.name,ENVIRONMENT:.metadata.labels.sallyport\\.dev/environment';
    const names = NAMESPACES.toSorted();
    const { code, stdout, stderr } = await lab.kubectl(['get', 'namespaces', ...names, '--no-headers', '-o', columns]);
    expect({
      code,
      stderr,
      rows: stdout
        .trim()
        .split(/\s*\n/)
        .map((row) => row.split(/\s+/)),
    }).toEqual({
      code: 0,
      stderr: '',
      rows: [
        ['shop-dev', 'dev'],
        ['shop-prod', 'prod'],
        ['shop-staging', 'staging'],
      ],
    });
  });

  it('makes the pods of a deployment', async () => {
    const flags = ['--namespace=shop-dev'];
    await lab.kubectl(['create', 'deployment', 'smoke', '--image=example.invalid/web:1', '--replicas=2', ...flags]);
    const created = ['wait', '--for=jsonpath={.status.replicas}=2', 'deployment/smoke', '--timeout=60s', ...flags];
    expect(await lab.kubectl(created)).toMatchObject({ code: 0, stderr: '' });
    const pods = await lab.kubectl(['get', 'pods', '--selector=app=smoke', '-o', 'name', ...flags]);
    expect(pods.stdout.trim().split('\n')).toHaveLength(2);
    expect(await lab.kubectl(['delete', 'deployment', 'smoke', ...flags])).toMatchObject({ code: 0 });
  });

  it('lets the gate read namespaces and nothing else in its own name', async () => {
    const asGate = { kubeconfig: lab.gate };
    expect(await lab.kubectl(['get', 'namespace', 'shop-prod', '-o', 'name'], asGate)).toMatchObject({ code: 0 });
    const pods = await lab.kubectl(['get', 'pods', '--namespace=shop-dev'], asGate);
    expect([pods.code, pods.stderr.includes('User "sallyport-gate" cannot list resource "pods"')]).toEqual([1, true]);
  });

  it('lets the gate act as an agent, and as nobody more powerful', async () => {
    const asGate = { kubeconfig: lab.gate };
    const as = (group: string) => ['--as=sallyport:agent:scaler', `--as-group=${group}`];
    const list = ['get', 'pods', '--namespace=shop-dev'];
    expect(await lab.kubectl([...list, ...as('sallyport:agents')], asGate)).toMatchObject({ code: 0 });
    const master = await lab.kubectl([...list, ...as('system:masters')], asGate);
    expect([master.code, master.stderr.includes('cannot impersonate resource "groups"')]).toEqual([1, true]);
  });

  it('tells from its audit log what reached the API server and as whom', async () => {
    const asGate = { kubeconfig: lab.gate };
    const marker = 'metadata.name%3Daudit-marker';
    const raw = `/api/v1/namespaces/shop-dev/pods?fieldSelector=${marker}`;
    const as = ['--as=sallyport:agent:scaler', '--as-group=sallyport:agents'];
    await lab.kubectl(['get', '--raw', raw, ...as], asGate);
    const seen = () => readAudit(lab).filter((event) => event.requestURI === raw);
    // The server writes the line when it has answered, which kubectl may see first.
    const users = () => seen().map((event) => [event.verb, event.user.username, event.impersonatedUser?.username]);
    await expect.poll(users).toEqual([['list', 'sallyport-gate', 'sallyport:agent:scaler']]);
  });
});
