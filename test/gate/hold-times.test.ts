import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { textAt } from '../../src/cli/json-fields.ts';
import { readBundle } from '../../src/decide/bundle.ts';
import { createBundleJudge } from '../../src/decide/bundle-judge.ts';
import { ESCALATION } from '../../src/decide/escalation.ts';
import { isObject, type JsonObject } from '../../src/json.ts';
import { signArchive } from '../../src/review/sign.ts';
import { packSettings } from '../decide/site-lab.ts';
import { HandClock } from '../lab/hand-clock.ts';
import { changeFeatures, type HoldLab, resetFeatures, startHoldLab } from './hold-lab.ts';

const HOUR = 3600;
const clock = new HandClock(new Date().toISOString().replace(/\.\d+Z/, '.000Z'));
const START = clock.now().toISOString();
/** Development opens in an hour, for two; staging in ten days. */
const opens = (hours: number) => ({ start: clock.in(hours * HOUR), end: clock.in((hours + 2) * HOUR) });
const OPENING = opens(1);
const windows = {
  default: 'open',
  environments: { dev: { outside: 'hold', once: [OPENING] }, staging: { outside: 'hold', once: [opens(240)] } },
  services: {},
};

let folder: string;
let lab: HoldLab;

beforeAll(async () => {
  const { privateKey: key, publicKey } = generateKeyPairSync('ed25519');
  folder = await mkdtemp(join(tmpdir(), 'sallyport-site-'));
  const [path, pem] = [join(folder, 'site.tar.gz'), join(folder, 'site.pem')];
  const signer = { key, algorithm: 'EdDSA', keyId: 'site' } as const;
  await writeFile(path, await signArchive(packSettings({ windows }), signer));
  await writeFile(pem, publicKey.export({ type: 'spki', format: 'pem' }));
  lab = await startHoldLab({
    now: clock.now,
    timer: clock,
    config: {
      holds: { wait: '0s' },
      bundle: { site: { path, keys: [{ id: 'site', key: pem, algorithm: 'EdDSA' }] } },
    },
  });
});
afterAll(async () => {
  await lab.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => resetFeatures(lab));

/** What the record says of a hold, as soon as it says `what`. */
async function recorded(hold: string, what: string): Promise<JsonObject> {
  for (let look = 0; look < 500; look += 1) {
    const leaves = await lab.gate.store.related(`hold:${hold}`, 0, 100);
    const found = leaves.map(({ leaf }) => JSON.parse(leaf) as JsonObject).find((leaf) => leaf.what === what);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the record does not say ${what} of ${hold}`);
}

function objectAt(value: JsonObject, name: string): JsonObject {
  const found = value[name];
  if (isObject(found)) return found;
  throw new TypeError(`there is no ${name}`);
}

const move = (seconds: number) => clock.move(seconds, () => new Promise(setImmediate));
const idOf = (answer: { readonly headers: object }) => textAt(answer.headers as JsonObject, 'sallyport-decision');
const change = (token: string, data: JsonObject) => changeFeatures(lab, token, data);

describe('a call that is held', () => {
  it('has the time that policy gives, and is brought before others when nobody decides', async () => {
    const { token } = await lab.agent({ level: 2 });
    const path = '/kube/demo/apis/apps/v1/namespaces/shop-prod/deployments/web';
    const id = idOf(await lab.call('DELETE', path, { token }));
    const opened = await recorded(id, 'hold.opened');
    expect(opened.after).toMatchObject({
      state: 'waiting',
      ...{ openedAt: START, decideBy: clock.in(2 * HOUR), runWithin: 900_000 },
      escalation: { name: 'careful', loops: 3 },
    });
    // From what the record has of the decision, policy says the same again.
    const decided = (await lab.gate.store.decision(id))?.decided ?? {};
    const { judge } = await createBundleJudge({ library: readBundle(await readFile('bundles/sallyport.tar.gz')) }, {});
    const { answer } = judge.ask(ESCALATION, objectAt(decided, 'input'), { time: START, id });
    expect(answer).toEqual(objectAt(opened, 'after').escalation);

    await move(900);
    expect(await recorded(id, 'hold.escalated')).toMatchObject({
      ...{ by: 'gate', hold: id, why: 'nobody has decided yet: step 2 of round 1 of 3' },
      after: { ask: ['production'], tell: ['platform'], groups: ['production', 'platform'] },
    });
    await lab.admin.post(`/v1/approvals/${id}/cancel`, { why: 'a test' });
  });

  it('until its window opens is listed, and runs when it comes again then', async () => {
    const { token } = await lab.agent({ level: 3 });
    const first = await change(token, { checkout: 'modern' });
    const id = idOf(first);
    expect([first.status, textAt(first.json, 'detail')]).toEqual([
      403,
      expect.stringContaining(`its change window to open, ${OPENING.start.slice(0, 19)}`),
    ]);
    expect(await lab.waiting()).toMatchObject([
      { id, state: 'approved', holds: [{ kind: 'window' }], needs: [{ kind: 'window' }] },
    ]);
    expect(idOf(await change(token, { checkout: 'modern' }))).toBe(id);
    expect(lab.done()).toEqual([]);

    await move((Date.parse(OPENING.start) - clock.now().getTime()) / 1000);
    expect(await recorded(id, 'hold.ready')).toMatchObject({ by: 'gate', after: { runBy: clock.in(900) } });
    expect((await change(token, { checkout: 'modern' })).status).toBe(200);
    expect(lab.done()).toEqual(['PATCH /api/v1/namespaces/shop-dev/configmaps/features']);
    expect(await lab.admin.get(`/v1/approvals/${id}`)).toMatchObject({ state: 'used' });
  });

  it('for longer than calls wait is refused instead, with the opening', async () => {
    const { token } = await lab.agent({ level: 3 });
    const path = '/kube/demo/apis/apps/v1/namespaces/shop-staging/deployments/web';
    const headers = { 'content-type': 'application/merge-patch+json' };
    const refused = await lab.call('PATCH', path, { token, headers, body: { spec: { replicas: 3 } } });
    expect([refused.status, textAt(refused.json, 'message')]).toEqual([
      403,
      expect.stringMatching(/outside the change windows of staging; the next one opens .* and calls wait 168h at most/),
    ]);
    expect([await lab.waiting(), lab.done()]).toEqual([[], []]);
  });
});
