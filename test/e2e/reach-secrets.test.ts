import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownLab } from '../lab/own-lab.ts';
import { object } from './cluster-gate.ts';
import { type Judged, PATCHES, send, wholeLog } from './judged-call.ts';
import { openReachLab, patch, type ReachLab } from './reach-lab.ts';
import { container, deployment } from './twin-objects.ts';

const lab = ownLab();
const PLACE = 'reach-quiet';
const CORE = `/api/v1/namespaces/${PLACE}`;
const APPS = `/apis/apps/v1/namespaces/${PLACE}`;

let reach: ReachLab;
beforeAll(async () => {
  reach = await openReachLab(lab, PLACE);
});
afterAll(() => reach.close());

describe('what is secret', () => {
  const SECRETS = [
    'opensesame-1',
    'opensesame-2',
    'opensesame-3',
    'opensesame-4',
    'opensesame-5',
    'opensesame-6',
    'opensesame-7',
  ] as const;

  it('appears nowhere on the record, wherever it stands in an object', async () => {
    const [env, changed, data, applied, annotated, argument, held] = SECRETS;
    const withEnv = (value: string) => ({ containers: [container({ env: [{ name: 'COLOUR', value }] })] });
    const base = deployment('discreet', { pod: withEnv(env) });
    const metadata = object(base.metadata);
    const annotations = {
      'a.example/db-password': annotated,
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(
        deployment('discreet', { pod: withEnv(applied) }),
      ),
    };
    await reach.seed({ ...base, metadata: { ...metadata, annotations } });
    await reach.seed({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hidden' }, stringData: { word: data } });
    const path = `${APPS}/deployments/discreet`;
    const asked: Judged[] = [];
    for (const token of Object.values(reach.tokens)) {
      for (const sent of [
        patch(path, { spec: { template: { spec: withEnv(changed) } } }, PATCHES.strategic),
        patch(
          path,
          [{ op: 'replace', path: '/spec/template/spec/containers/0/env/0/value', value: env }],
          PATCHES.json,
        ),
        // The server's refusals repeat what it was sent, and what it has.
        patch(path, { spec: { replicas: held } }),
        patch(
          path,
          { spec: { template: { spec: { containers: [{ name: 'web', env: [{ name: 'A', value: { b: held } }] }] } } } },
          PATCHES.strategic,
        ),
        patch(
          path,
          {
            spec: {
              template: { spec: { containers: [container({ env: [{ name: 'not a name', value: held }] })] } },
            },
          },
          PATCHES.strategic,
        ),
        patch(path, [{ op: 'replace', path: '/spec/replicas', value: held }], PATCHES.json),
        patch(path, { metadata: { annotations: { 'not a key': held } } }),
        patch(path, { metadata: { annotations: { 'a.example/db-password': null } } }),
        patch(
          path,
          { spec: { template: { spec: { containers: [container({ args: ['--password', argument] })] } } } },
          PATCHES.strategic,
        ),
        {
          method: 'POST',
          path: `${APPS}/deployments`,
          body: { ...deployment('new', { pod: withEnv(env) }), metadata: { name: 'new', annotations } },
        },
        { method: 'DELETE', path },
        { method: 'GET', path: `${CORE}/secrets/hidden` },
        patch(`${CORE}/secrets/hidden`, { stringData: { word: changed } }),
        {
          method: 'POST',
          path: `${CORE}/secrets`,
          body: {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name: 'new' },
            data: { word: Buffer.from(data).toString('base64') },
          },
        },
      ])
        asked.push(await send(reach.gate, token, sent));
    }
    expect(asked).toHaveLength(28);
    const log = await wholeLog(reach.gate);
    const found = SECRETS.flatMap((secret) => [secret, Buffer.from(secret).toString('base64')]).flatMap((secret) =>
      log
        .filter((leaf) => leaf.includes(secret))
        .map((leaf) => [secret, leaf.slice(Math.max(0, leaf.indexOf(secret) - 200), leaf.indexOf(secret) + 40)]),
    );
    expect(found).toEqual([]);
  });
});
