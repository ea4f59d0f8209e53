import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import { buildSite } from '../../src/review/build-site.ts';
import { signArchive } from '../../src/review/sign.ts';
import { startGate } from '../../src/serve.ts';
import { packSettings } from '../decide/site-lab.ts';
import { FIRST_TIME, pinnedOpa, ROOT } from '../review/library.ts';
import { type Answer, type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

const RULE = `# METADATA
# title: Calm
# description: What this site leaves alone.
package site.rules.calm.deletes

# METADATA
# title: Deletes
# description: Nobody deletes here.
# custom:
#   needs: request
#   effect: deny
#   classes: [delete]
answer := [{"effect": "deny", "message": "nobody deletes here", "fix": "ask the site"}]
`;
const CONFIG_MAPS = '/kube/demo/api/v1/namespaces/shop-dev/configmaps';

const { privateKey: key, publicKey } = generateKeyPairSync('ed25519');
let folder: string;
let path: string;
let upstream: RecordingUpstream;
let lab: GateLab;
let token: string;
/** Before the rule was there. */
let old: Uint8Array;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-site-'));
  path = join(folder, 'site.tar.gz');
  const source = join(folder, 'rules', 'calm', 'deletes');
  await mkdir(source, { recursive: true });
  await writeFile(join(source, 'deletes.rego'), RULE);
  const opa = await pinnedOpa();
  const signer = { key, algorithm: 'EdDSA', keyId: 'site' };
  const rego = join(ROOT, 'rego');
  await buildSite({
    site: folder,
    rego,
    out: path,
    opa: async () => opa,
    dataOnly: false,
    version: '1',
    serial: 2,
    signer,
  });
  old = await signArchive(packSettings({}, { revision: 'old', serial: 1 }), signer);
  await writeFile(join(folder, 'site.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
  upstream = await startRecordingUpstream();
  const keys = [{ id: 'site', key: join(folder, 'site.pem'), algorithm: 'EdDSA' }];
  lab = await startGateLab({ upstream: { url: upstream.url }, config: { bundle: { site: { path, keys } } } });
  token = (await lab.agent({ level: 4 })).token;
}, FIRST_TIME);
afterAll(async () => {
  await lab.close();
  await upstream.close();
  await rm(folder, { recursive: true, force: true });
});

const remove = () => lab.call('DELETE', `${CONFIG_MAPS}/one`, { token });

it("a site's rule denies what the library allows, by its own name, in decisions that name both bundles", async () => {
  const read = await lab.call('GET', CONFIG_MAPS, { token });
  expect(read.status).toBe(200);
  upstream.forget();
  const denied = await remove();
  expect(denied).toMatchObject({ status: 403, json: { message: expect.stringContaining('nobody deletes here') } });
  expect(upstream.reached.filter(({ method }) => method === 'DELETE')).toEqual([]);
  const state = await lab.admin.get('/v1/bundle');
  expect(state).toMatchObject({
    revision: expect.stringMatching(/^\S+ with site 1\+[0-9a-f]{12}$/),
    ...{ library: { digest: expect.any(String) }, site: { serial: 2 }, warnings: [] },
  });
  const decisionOf = ({ headers }: Answer) => lab.admin.get(`/v1/decisions/${headers['sallyport-decision']}`);
  expect(await decisionOf(denied)).toMatchObject({ decided: { reasons: [{ rule: 'site/calm/deletes' }] } });
  const { digest, revision } = state;
  expect(await decisionOf(read)).toMatchObject({ decided: { judgement: { bundle: { digest, revision } } } });
});

it('an old bundle of the site, as well signed as ever, is refused', async () => {
  const good = await lab.admin.get('/v1/bundle');
  await writeFile(path, old);
  await expect(lab.admin.post('/v1/bundle/reload', { why: 'a test' })).rejects.toMatchObject({
    code: 'bundle/older',
    message: expect.stringContaining('its serial is 1, the newest one seen here has 2'),
  });
  expect(await lab.admin.get('/v1/bundle')).toMatchObject({ digest: good.digest });
  expect((await remove()).status).toBe(403);
});

it('nor does the gate start with it, as nobody there could say that it is meant', async () => {
  await lab.gate.close();
  await expect(startGate(readConfig(lab.configFile))).rejects.toMatchObject({ code: 'bundle/older' });
});
