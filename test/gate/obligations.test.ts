import { readFileSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../src/json.ts';
import { openKeyFile } from '../../src/record/key-file.ts';
import { createSealer } from '../../src/record/seal.ts';
import { buildBundle } from '../../src/review/build.ts';
import { copyLibrary, FIRST_TIME, pinnedOpa } from '../review/library.ts';
import { type Answer, type GateLab, startGateLab } from './gate-lab.ts';
import { type Reached, type RecordingUpstream, startRecordingUpstream } from './recording-upstream.ts';
import { followStream, type Seen, type Stream, tailDecisions } from './watch-decisions.ts';

const MERGE = { 'content-type': 'application/merge-patch+json' };
const API = '/kube/demo';
const DEV = '/api/v1/namespaces/shop-dev';
const APPS = '/apis/apps/v1/namespaces/shop-dev';

let upstream: RecordingUpstream;
beforeAll(async () => {
  upstream = await startRecordingUpstream();
});
afterAll(() => upstream.close());
beforeEach(() => {
  upstream.fault = undefined;
  upstream.forget();
});

const decisionOf = (answer: Answer): string => String(answer.headers['sallyport-decision']);

/** An object as the upstream has it, past the gate; undefined where there is none. */
async function asItIs(path: string): Promise<JsonObject | undefined> {
  const answer = await fetch(`${upstream.url}${path}`);
  const value: unknown = await answer.json();
  return answer.status === 200 && isObject(value) ? value : undefined;
}

async function put(path: string, object: JsonObject): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${upstream.url}${path}`, { method: 'POST', headers, body: JSON.stringify(object) });
  expect(answer.status).toBe(201);
}

/** What changed something: neither the gate's questions nor dry runs. */
function changing(reached: readonly Reached[]): readonly string[] {
  return reached
    .filter(({ method, url }) => method !== 'GET' && !/[?&]dryRun=All(&|$)/.test(url))
    .map(({ method, url }) => `${method} ${url}`);
}

describe('capture', () => {
  const MARKER = 'a-word-that-only-the-old-object-holds';
  let lab: GateLab;
  let token: string;
  beforeAll(async () => {
    lab = await startGateLab({ upstream: { url: upstream.url } });
    token = (await lab.agent()).token;
    const marked = { name: 'kept', annotations: { note: MARKER } };
    await put(`${DEV}/configmaps`, { metadata: marked, data: { colour: 'red', shape: MARKER } });
    await put(`${APPS}/deployments`, {
      metadata: marked,
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'kept' } },
        template: {
          metadata: { labels: { app: 'kept' } },
          spec: { containers: [{ name: 'main', image: `shop.example/${MARKER}:1` }] },
        },
      },
    });
  });
  afterAll(() => lab.close());

  it.each<[string, string, string, JsonObject | undefined]>([
    ['a deployment is scaled', 'PATCH', `${APPS}/deployments/kept/scale`, { spec: { replicas: 2 } }],
    ['a deployment is patched', 'PATCH', `${APPS}/deployments/kept`, { spec: { replicas: 1 } }],
    ['a config map is patched', 'PATCH', `${DEV}/configmaps/kept`, { data: { colour: 'blue' } }],
    ['a config map is deleted', 'DELETE', `${DEV}/configmaps/kept`, undefined],
  ])('keeps the object as it was, sealed, when %s', async (_what, method, path, body) => {
    const before = await asItIs(path.replace(/\/scale$/, ''));
    const asked = { token, headers: body === undefined ? {} : MERGE, ...(body === undefined ? {} : { body }) };
    const answer = await lab.call(method, `${API}${path}`, asked);
    expect([answer.status, answer.body]).toEqual([200, expect.stringContaining('"kind"')]);
    expect(changing(upstream.reached)).toEqual([`${method} ${path}`]);

    const id = decisionOf(answer);
    const sealed = await lab.gate.store.sealed(id, 'way-back');
    expect(sealed).toBeInstanceOf(Uint8Array);
    if (sealed === undefined || before === undefined) return;
    expect(Buffer.from(sealed).includes(MARKER)).toBe(false);
    const sealer = createSealer(await openKeyFile(join(lab.state, 'sealing.key')));
    const text = Buffer.from(sealer.open(id, 'way-back', sealed)).toString('utf8');
    expect(JSON.parse(text)).toMatchObject({ v: 1, before });
    expect(text).toContain(MARKER);
  });

  it('leaves no plain text of it in any file of the state', async () => {
    const files = await readdir(lab.state, { recursive: true, withFileTypes: true });
    const contents = files
      .filter((file) => file.isFile())
      .map(({ name, parentPath }) => [name, readFileSync(join(parentPath, name))] as const);
    const holding = (word: string) => contents.filter(([, bytes]) => bytes.includes(word)).map(([name]) => name);
    expect(holding(MARKER)).toEqual([]);
    // What is on the record can be found in this way.
    expect(holding('configmaps/kept')).not.toEqual([]);
  });

  it.each<[string, number, string, string, JsonObject | undefined]>([
    ['a read', 200, 'GET', `${DEV}/configmaps/features`, undefined],
    ['a dry run', 200, 'PATCH', `${DEV}/configmaps/features?dryRun=All`, { data: { a: '1' } }],
    ['a call that is held', 403, 'PATCH', '/api/v1/namespaces/shop-prod/configmaps/features', { data: { a: '1' } }],
    ['another call that is held', 403, 'PATCH', DEV, { metadata: { labels: { a: 'b' } } }],
    ['a call that is denied', 403, 'PATCH', DEV, { metadata: { labels: { 'sallyport.dev/environment': 'test' } } }],
    ['an object that is not there', 403, 'PATCH', `${DEV}/configmaps/missing`, { data: { a: '1' } }],
  ])('keeps nothing of %s', async (_what, status, method, path, body) => {
    const headers = method === 'PATCH' ? MERGE : {};
    const answer = await lab.call(method, `${API}${path}`, { token, headers, ...(body === undefined ? {} : { body }) });
    expect([answer.status, answer.body]).toEqual([status, expect.any(String)]);
    expect(await lab.gate.store.sealed(decisionOf(answer), 'way-back')).toBeUndefined();
  });
});

describe('notify', () => {
  let lab: GateLab;
  beforeAll(async () => {
    lab = await startGateLab({ upstream: { url: upstream.url } });
  });
  afterAll(() => lab.close());
  let stream: Stream;
  afterEach(() => stream.stop());

  const kinds = (seen: readonly Seen[]) => seen.map(({ event }) => event);

  it('is there, with the decision, before the upstream has answered, and the outcome when it has', async () => {
    const agent = await lab.agent();
    stream = await followStream(lab);
    const tail = await tailDecisions(lab);
    try {
      let goOn = (): void => undefined;
      const held = new Promise<void>((reached) => {
        upstream.fault = (incoming, response) => {
          if (incoming.method !== 'PATCH' || incoming.url?.includes('dryRun') === true) return false;
          goOn = () => {
            const text = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'features' } });
            response.writeHead(200, { 'content-type': 'application/json' }).end(text);
          };
          reached();
          return true;
        };
      });
      const call = lab.call('PATCH', `${API}${DEV}/configmaps/features`, {
        token: agent.token,
        headers: MERGE,
        body: { data: { notify: 'yes' } },
      });
      await held;
      await expect.poll(() => kinds(stream.of(agent.id))).toEqual(['decision', 'notify']);
      await expect.poll(() => tail.lines().length, { timeout: 10_000 }).toBe(2);
      goOn();
      const answer = await call;
      const id = decisionOf(answer);
      await expect.poll(() => kinds(stream.about(id))).toEqual(['decision', 'notify', 'outcome']);
      expect(stream.about(id)).toMatchObject([
        { data: { kind: 'decision', id, data: { did: 'allow', agent: { id: agent.id } } } },
        { data: { kind: 'notify', id, data: { now: false, did: 'allow', agent: { id: agent.id } } } },
        { data: { kind: 'outcome', id, data: { state: 'answered', status: 200 } } },
      ]);
      const what = `${agent.id} demo kubernetes:configmaps:patch shop-dev/features allow`;
      const line = (kind: string, rest: string) =>
        expect.stringMatching(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z ${kind} ${id} ${rest}`));
      await expect
        .poll(() => tail.lines(), { timeout: 10_000 })
        .toEqual([line('decision', what), line('notify', what), line('outcome', 'answered 200$')]);
    } finally {
      expect((await tail.stop()).code).toBe(0);
    }
  });

  it('is not said of reads, nor of what is held or denied', async () => {
    const agent = await lab.agent();
    stream = await followStream(lab);
    const asked = { token: agent.token, headers: MERGE, body: { data: { a: '1' } } };
    await lab.call('GET', `${API}${DEV}/configmaps/features`, { token: agent.token });
    await lab.call('PATCH', `${API}/api/v1/namespaces/shop-prod/configmaps/features`, asked);
    const label = { metadata: { labels: { 'sallyport.dev/environment': 'test' } } };
    await lab.call('PATCH', `${API}${DEV}`, { ...asked, body: label });
    await expect.poll(() => kinds(stream.of(agent.id)).length).toBe(3);
    expect(stream.of(agent.id).map(({ event, data }) => [event, isObject(data.data) && data.data.did])).toEqual([
      ['decision', 'allow'],
      ['decision', 'hold'],
      ['decision', 'deny'],
    ]);
  });
});

describe('as-dry-run', () => {
  const LISTED = ['configmaps:create', 'configmaps:patch', 'configmaps:update', 'configmaps:delete', 'pods:delete'];
  let lab: GateLab;
  let token: string;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    const library = await copyLibrary();
    ({ remove } = library);
    const names = [...LISTED, 'deployments.apps/scale:patch', 'deployments.apps:patch'].map((name) => [
      `kubernetes:${name}`,
      true,
    ]);
    const data = { dry_run: { as_dry_run: { dev: Object.fromEntries(names) }, first: {} } };
    await writeFile(join(library.rego, 'data/dry_run.yaml'), JSON.stringify(data));
    // Nor does this site want old objects kept.
    const levels = join(library.rego, 'data/levels.yaml');
    const text = await readFile(levels, 'utf8');
    await writeFile(levels, text.replaceAll(', capture: {}', ''));
    const path = join(library.folder, 'dry-run.tar.gz');
    await buildBundle({ rego: library.rego, out: path, opa: await pinnedOpa(), version: '0.0.0' });
    lab = await startGateLab({ upstream: { url: upstream.url }, config: { bundle: { path, watch: false } } });
    token = (await lab.agent()).token;
  }, FIRST_TIME);
  afterAll(async () => {
    await lab.close();
    await remove();
  });
  let before: readonly (JsonObject | undefined)[];
  const everything = () =>
    Promise.all([`${DEV}/configmaps`, `${APPS}/deployments`, `${DEV}/pods`].map((path) => asItIs(path)));
  beforeEach(async () => {
    before = await everything();
    upstream.forget();
  });
  afterEach(async () => expect(await everything()).toEqual(before));

  const PATCHED = { data: { checkout: 'modern' } };
  const CREATED = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'fresh' }, data: { a: '1' } };
  const REPLACED = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'features' }, data: { a: '1' } };

  it.each<[string, string, string, JsonObject | undefined, string, JsonObject | undefined]>([
    ['PATCH', 'PATCH', `${DEV}/configmaps/features`, PATCHED, '?dryRun=All', PATCHED],
    ['PATCH with a query', 'PATCH', `${DEV}/configmaps/features?fieldManager=kubectl`, PATCHED, '&dryRun=All', PATCHED],
    [
      'PATCH of a scale',
      'PATCH',
      `${APPS}/deployments/web/scale`,
      { spec: { replicas: 5 } },
      '?dryRun=All',
      { spec: { replicas: 5 } },
    ],
    ['POST', 'POST', `${DEV}/configmaps`, CREATED, '?dryRun=All', CREATED],
    ['PUT', 'PUT', `${DEV}/configmaps/features`, REPLACED, '?dryRun=All', REPLACED],
    ['DELETE', 'DELETE', `${DEV}/configmaps/features`, undefined, '?dryRun=All', undefined],
    [
      'DELETE with options in the query',
      'DELETE',
      `${DEV}/configmaps/features?propagationPolicy=Foreground`,
      undefined,
      '&dryRun=All',
      undefined,
    ],
    [
      'DELETE with options in the body',
      'DELETE',
      `${DEV}/configmaps/features`,
      { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' },
      '?dryRun=All',
      { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background', dryRun: ['All'] },
    ],
    [
      'DELETE with options in the body that say it is none',
      'DELETE',
      `${DEV}/configmaps/features`,
      { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: [] },
      '?dryRun=All',
      { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] },
    ],
  ])('sends a %s as its dry run, and says so', async (_what, method, path, body, query, sent) => {
    const headers = method === 'PATCH' ? MERGE : {};
    const answer = await lab.call(method, `${API}${path}`, { token, headers, ...(body === undefined ? {} : { body }) });
    expect([answer.status, answer.headers.warning]).toEqual([
      method === 'POST' ? 201 : 200,
      '299 - "sallyport: policy turned this call into its dry run; nothing was changed"',
    ]);
    const written = upstream.calls().filter((reached) => reached.method !== 'GET');
    expect(written.at(-1)).toMatchObject({ method, url: `${path}${query}` });
    expect(written.at(-1)?.body ?? '').toBe(sent === undefined ? '' : JSON.stringify(sent));
    expect(written.map(({ url }) => /[?&]dryRun=All$/.test(url))).toEqual(written.map(() => true));
    expect(await lab.admin.get(`/v1/decisions/${decisionOf(answer)}`)).toMatchObject({
      decided: { did: 'allow', judgement: { verdict: { obligations: expect.arrayContaining([DRY]) } } },
      outcome: { state: 'answered', status: answer.status },
    });
    expect(await lab.gate.store.sealed(decisionOf(answer), 'way-back')).toBeUndefined();
  });
  const DRY = { name: 'as-dry-run', params: {} };

  it('leaves what is not listed as it is', async () => {
    const answer = await lab.call('GET', `${API}${DEV}/configmaps/features`, { token });
    expect([answer.status, answer.headers.warning]).toEqual([200, undefined]);
    const preview = await lab.call('PATCH', `${API}${DEV}/configmaps/features?dryRun=All`, {
      token,
      headers: MERGE,
      body: PATCHED,
    });
    expect([preview.status, preview.headers.warning]).toEqual([200, undefined]);
  });
});

describe('a bundle that allows what the gate does not', () => {
  it('obliges the gate to nothing: neither is the object kept nor anybody told', async () => {
    const library = await copyLibrary();
    let lab: GateLab | undefined;
    let stream: Stream | undefined;
    try {
      await rm(join(library.rego, 'sallyport/rules/freeze'), { recursive: true });
      const path = join(library.folder, 'no-freezes.tar.gz');
      await buildBundle({ rego: library.rego, out: path, opa: await pinnedOpa(), version: '0.0.0' });
      lab = await startGateLab({ upstream: { url: upstream.url }, config: { bundle: { path, watch: false } } });
      const { token } = await lab.agent();
      stream = await followStream(lab);
      // Of an environment: it shows only once the facts are there.
      const scope = { kind: 'environment', environment: 'dev' };
      await lab.admin.post('/v1/freezes', { scope, reads: false, why: 'a test', until: null });
      const asked = { token, headers: MERGE, body: { data: { a: '1' } } };
      const id = decisionOf(await lab.call('PATCH', `${API}${DEV}/configmaps/features`, asked));
      expect(await lab.admin.get(`/v1/decisions/${id}`)).toMatchObject({
        decided: { did: 'deny', by: 'gate', judgement: { verdict: { outcome: 'allow' } } },
      });
      expect(await lab.gate.store.sealed(id, 'way-back')).toBeUndefined();
      const { id: next } = await lab.admin.post('/v1/freezes', { scope, reads: true, why: 'a test', until: null });
      const heard = () => stream?.all().some(({ data }) => JSON.stringify(data).includes(String(next)));
      await expect.poll(heard).toBe(true);
      expect(stream.about(id).map(({ event }) => event)).toEqual(['decision']);
    } finally {
      await stream?.stop();
      await lab?.close();
      await library.remove();
    }
  }, 60_000);
});
