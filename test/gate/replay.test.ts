import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBundle } from '../../src/decide/bundle.ts';
import { createJudge, type Judge } from '../../src/decide/judge.ts';
import { loadPolicy } from '../../src/decide/policy.ts';
import { canonicalJson, isObject, type Json, type JsonObject } from '../../src/json.ts';
import { verdictJson } from '../../src/record/case-events.ts';
import { at } from '../e2e/cluster-gate.ts';
import { wholeLog } from '../e2e/judged-call.ts';
import { type GateLab, startGateLab } from './gate-lab.ts';
import { type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';

/** One call of each kind in each environment, by agents of five levels. */
const CALLS: readonly (readonly [method: string, path: string, body?: JsonObject])[] = [
  ['GET', '/api/v1/namespaces/NS/configmaps'],
  ['GET', '/api/v1/pods?labelSelector=app%3Dweb'],
  ['PATCH', '/apis/apps/v1/namespaces/NS/deployments/web/scale', { spec: { replicas: 4 } }],
  [
    'PATCH',
    '/api/v1/namespaces/NS/configmaps/features',
    { data: { ünï: 'çødé', a: '1', Z: '2', '10': 'x', '9': 'y' } },
  ],
  ['DELETE', '/api/v1/namespaces/NS/configmaps/features'],
  ['DELETE', '/api/v1/namespaces/NS/pods?labelSelector=app%3Dcart'],
  ['POST', '/api/v1/namespaces/NS/configmaps', { metadata: { name: 'more' }, data: { b: '1', a: '2' } }],
  ['PATCH', '/api/v1/namespaces/NS', { metadata: { labels: { 'sallyport.dev/environment': 'dev', other: 'x' } } }],
  ['GET', '/api/v1/namespaces/NS/secrets/none'],
  ['DELETE', '/api/v1/namespaces/NS/configmaps/absent?dryRun=All'],
];
const LEVELS = [0, 1, 2, 3, 5];
const NAMESPACES = ['shop-dev', 'shop-staging', 'shop-prod'];

let upstream: RecordingUpstream;
let lab: GateLab;
let decided: readonly JsonObject[];
const judges = new Map<string, Judge>();

beforeAll(async () => {
  upstream = await startRecordingUpstream();
  lab = await startGateLab({ upstream: { url: upstream.url } });
  for (const [i, level] of LEVELS.entries()) {
    const scope = level === 2 ? { namespaces: ['shop-dev'] } : {};
    const { token } = await lab.agent({ level, scope });
    for (const [j, [method, path, body]] of CALLS.entries()) {
      const namespace = NAMESPACES[(i + j) % NAMESPACES.length] ?? '';
      await lab.call(method, `/kube/demo${path.replace('NS', namespace)}`, {
        token,
        ...(body === undefined ? {} : { body }),
        headers: {
          'sallyport-reason': `reason ${j}`,
          'sallyport-confidence': '0.75',
          ...(method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}),
        },
      });
    }
  }
  const leaves = (await wholeLog(lab)).map((leaf) => JSON.parse(leaf) as JsonObject);
  decided = leaves.filter(({ kind }) => kind === 'decided');
});
afterAll(async () => {
  await lab.close();
  await upstream.close();
});

/** The bundle that judged, from the archive that the gate keeps, by the digest on the record. */
async function judgeOf(digest: Json | undefined): Promise<Judge> {
  const known = judges.get(String(digest));
  if (known !== undefined) return known;
  const file = join(lab.state, 'bundles', `${String(digest).replace(/^sha256:/, '')}.tar.gz`);
  const bundle = readBundle(await readFile(file));
  expect(bundle.contentDigest).toBe(digest);
  const judge = createJudge(await loadPolicy(bundle), {
    bundleDigest: bundle.contentDigest,
    revision: bundle.revision,
  });
  judges.set(String(digest), judge);
  return judge;
}

describe('fifty decisions of many kinds', () => {
  it('are of every outcome, by the policy and by the gate', () => {
    expect(decided).toHaveLength(CALLS.length * LEVELS.length);
    const kinds = new Set(decided.map(({ did, by }) => `${String(did)} by ${String(by)}`));
    expect([...kinds].sort()).toEqual(['allow by policy', 'deny by gate', 'deny by policy', 'hold by policy']);
  });

  it('come out the same, fuel and all, when their recorded input is judged again', async () => {
    const judged = decided.filter(({ judgement, request }) => isObject(judgement) || isObject(request));
    expect(judged.length).toBeGreaterThan(30);
    for (const { id, input, judgement, request } of judged) {
      const recorded = isObject(judgement) ? judgement : request;
      const judge = await judgeOf(at(recorded, 'bundle', 'digest'));
      if (!isObject(input)) throw new Error(`decision ${String(id)} was judged on an input that is not on the record`);
      const { verdict, fuel, revision } = judge.judge(canonicalJson(input));
      expect({ id, verdict: verdictJson(verdict), fuel, revision }).toEqual({
        id,
        verdict: at(recorded, 'verdict'),
        fuel: at(recorded, 'fuel'),
        revision: at(recorded, 'bundle', 'revision'),
      });
    }
  });

  it('have no input only where no policy was asked', () => {
    const without = decided.filter(({ input }) => !isObject(input));
    expect(without.length).toBeGreaterThan(0);
    expect(without.map(({ by, judgement, request }) => [by, judgement, request])).toEqual(
      without.map(() => ['gate', null, null]),
    );
  });
});
