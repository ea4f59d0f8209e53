import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode } from 'cborg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/json.ts';
import { buildBundle } from '../../src/review/build.ts';
import { field, message, protobuf } from '../describe/kubernetes/protobuf/encode.ts';
import type { GateLab } from '../gate/gate-lab.ts';
import { ownLab } from '../lab/own-lab.ts';
import { copyLibrary, FIRST_TIME, pinnedOpa } from '../review/library.ts';
import { admin, at, makeNamespace, read, readIfThere, startClusterGate, writesAs } from './cluster-gate.ts';
import { configMap, deployment, inNamespace } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'dry-dev';
const AGENT = 'dry-runner';
const WARNING = 'Warning: sallyport: policy turned this call into its dry run; nothing was changed\n';
/** What the policy of this test turns into a dry run. */
const LISTED = [
  'configmaps:create',
  'configmaps:patch',
  'configmaps:update',
  'configmaps:delete',
  'deployments.apps/scale:patch',
  'deployments.apps:patch',
].map((name) => `kubernetes:${name}`);

let gate: GateLab;
let kubeconfig: string;
let remove: () => Promise<void>;
let before: readonly Json[];

beforeAll(async () => {
  const library = await copyLibrary();
  ({ remove } = library);
  const dev = Object.fromEntries(LISTED.map((name) => [name, true]));
  await writeFile(
    join(library.rego, 'data/dry_run.yaml'),
    JSON.stringify({ dry_run: { as_dry_run: { dev }, first: {} } }),
  );
  const path = join(library.folder, 'dry-run.tar.gz');
  await buildBundle({ rego: library.rego, out: path, opa: await pinnedOpa(), version: '0.0.0' });
  gate = await startClusterGate(lab, { config: { bundle: { path } } });
  kubeconfig = await gate.kubeconfig(await gate.agent({ id: AGENT, level: 3 }));
  await makeNamespace(lab, PLACE, 'dev');
  for (const object of [configMap('settings'), deployment('web')])
    await admin(lab, ['create', '-f', '-'], JSON.stringify(inNamespace(PLACE, object)));
  await admin(lab, ['wait', '--for=jsonpath={.status.observedGeneration}=1', 'deployment/web', '-n', PLACE]);
}, FIRST_TIME);
afterAll(async () => {
  await gate.close();
  await remove();
  await admin(lab, ['delete', 'namespace', PLACE, '--wait=false']);
});

const everything = async () => [
  await read(lab, 'configmap', 'settings', PLACE),
  at(await read(lab, 'deployment', 'web', PLACE), 'metadata', 'generation') ?? null,
];
beforeEach(async () => {
  before = await everything();
});

it.each<[string, string, JsonObject | undefined]>([
  ['patch configmap settings -p {"data":{"colour":"red"}}', 'configmap/settings patched', undefined],
  ['scale deployment web --replicas=3', 'deployment.apps/web scaled', undefined],
  ['label configmap settings a=b', 'configmap/settings labeled', undefined],
  ['create -f -', 'configmap/fresh created', configMap('fresh')],
  ['replace -f -', 'configmap/settings replaced', configMap('settings', { data: { colour: 'green' } })],
  // Without waiting: what is not deleted never goes away.
  ['delete configmap settings --wait=false', `configmap "settings" deleted from ${PLACE} namespace`, undefined],
  [
    'delete configmap settings --wait=false --cascade=foreground',
    `configmap "settings" deleted from ${PLACE} namespace`,
    undefined,
  ],
])('kubectl %s is sent as its dry run, and kubectl says so', async (command, result, object) => {
  const args = [...command.split(' '), '-n', PLACE];
  const input = object === undefined ? '' : JSON.stringify(inNamespace(PLACE, object));
  const said = await lab.kubectl(args, { kubeconfig, input });
  expect(said).toEqual({ code: 0, stdout: `${result}\n`, stderr: WARNING });
  expect(await everything()).toEqual(before);
  expect(await readIfThere(lab, 'configmap', 'fresh', PLACE)).toBeUndefined();
  expect(await writesAs(lab, AGENT)).toEqual([]);
});

it.each<[string, string, string | Uint8Array]>([
  ['JSON', 'application/json', '{"propagationPolicy":"Background"}'],
  ['protobuf', 'application/vnd.kubernetes.protobuf', protobuf('apps/v1', 'DeleteOptions', field(4, 'Background'))],
  ['YAML', 'application/yaml', 'propagationPolicy: Background\n'],
  ['CBOR, which the server does not take', 'application/cbor', encode({ propagationPolicy: 'Background' })],
])('a delete whose options are in %s is sent as its dry run', async (_, type, body) => {
  const { token } = await gate.agent({ level: 3 });
  const headers = { 'content-type': type };
  const path = `/kube/demo/api/v1/namespaces/${PLACE}/configmaps/settings`;
  const answer = await gate.call('DELETE', path, { token, headers, body });
  expect([answer.status, answer.headers.warning]).toEqual([
    200,
    expect.stringContaining('turned this call into its dry run'),
  ]);
  expect(await everything()).toEqual(before);
});

it.each<[string, string, string | Uint8Array]>([
  ['protobuf', 'application/vnd.kubernetes.protobuf', protobuf('v1', 'ConfigMap', message([1, 'fresh']))],
  ['YAML', 'application/yaml', 'metadata:\n  name: fresh\n'],
])('a create in %s is sent as its dry run', async (_, type, body) => {
  const { token } = await gate.agent({ level: 3 });
  const path = `/kube/demo/api/v1/namespaces/${PLACE}/configmaps`;
  const answer = await gate.call('POST', path, { token, headers: { 'content-type': type }, body });
  expect([answer.status, answer.headers.warning]).toEqual([
    201,
    expect.stringContaining('turned this call into its dry run'),
  ]);
  expect(await readIfThere(lab, 'configmap', 'fresh', PLACE)).toBeUndefined();
});
