import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { at, listAt, textAt } from '../../src/cli/json-fields.ts';
import { type DemoUpstream, startDemoUpstream } from '../../src/demo/upstream.ts';
import type { Json } from '../../src/json.ts';

const DEV = '/apis/apps/v1/namespaces/shop-dev/deployments';
const MERGE = 'application/merge-patch+json';

describe('the demonstration upstream', () => {
  let upstream: DemoUpstream;
  beforeEach(async () => {
    upstream = await startDemoUpstream();
  });
  afterEach(() => upstream.close());

  const call = async (method: string, path: string, body?: Json, contentType = 'application/json') => {
    const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': contentType } };
    const answer = await fetch(upstream.url + path, { method, ...init });
    const parsed: Json = JSON.parse(await answer.text());
    return { code: answer.status, server: answer.headers.get('server'), body: parsed };
  };
  const replicas = async (name: string) => at((await call('GET', `${DEV}/${name}`)).body, 'spec', 'replicas');
  const podNames = async (namespace: string, app: string): Promise<string[]> => {
    const { body } = await call('GET', `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${app}`);
    return listAt(body, 'items').map((pod) => textAt(pod, 'metadata', 'name'));
  };

  it('says in every answer that it is a demonstration', async () => {
    const { server, body } = await call('GET', '/version');
    expect([server, at(body, 'gitVersion')]).toEqual([
      'sallyport-demonstration-upstream',
      'v1.36.0-sallyport-demonstration',
    ]);
    expect((await call('GET', '/nowhere')).server).toBe('sallyport-demonstration-upstream');
  });

  it('has deployments in three environments, with the pods they ask for', async () => {
    const { body } = await call('GET', '/api/v1/namespaces');
    const label = (item: Json) => textAt(item, 'metadata', 'labels', 'sallyport.dev/environment');
    expect(listAt(body, 'items').map(label)).toEqual(['dev', 'prod', 'staging']);
    expect(await podNames('shop-prod', 'web')).toHaveLength(6);
  });

  it.each([
    ['merge', MERGE, { spec: { replicas: 4 } }],
    ['strategic merge', 'application/strategic-merge-patch+json', { spec: { replicas: 4 } }],
    ['JSON', 'application/json-patch+json', [{ op: 'replace', path: '/spec/replicas', value: 4 }]],
    ['apply', 'application/apply-patch+yaml', { spec: { replicas: 4 } }],
  ])('takes a %s patch', async (_, contentType, patch) => {
    expect((await call('PATCH', `${DEV}/web`, patch, contentType)).code).toBe(200);
    expect([await replicas('web'), (await podNames('shop-dev', 'web')).length]).toEqual([4, 4]);
  });

  it('scales through the subresource', async () => {
    const scaled = await call('PATCH', `${DEV}/web/scale`, { spec: { replicas: 3 } }, MERGE);
    expect([at(scaled.body, 'kind'), at(scaled.body, 'spec')]).toEqual(['Scale', { replicas: 3 }]);
    expect(await replicas('web')).toBe(3);
  });

  it('keeps nothing of a dry run, whether the query or the body asks for it', async () => {
    const patched = await call('PATCH', `${DEV}/web?dryRun=All`, { spec: { replicas: 9 } }, MERGE);
    expect([at(patched.body, 'spec', 'replicas'), await replicas('web')]).toEqual([9, 2]);
    await call('DELETE', `${DEV}/web?dryRun=All`);
    await call('DELETE', `${DEV}/web`, { kind: 'DeleteOptions', dryRun: ['All'] });
    expect(await replicas('web')).toBe(2);
  });

  it('lets the options in a body win over the query, as a real API server does', async () => {
    await call('DELETE', `${DEV}/web?dryRun=All`, { kind: 'DeleteOptions' });
    expect((await call('GET', `${DEV}/web`)).code).toBe(404);
  });

  it('brings a deleted pod back under another name', async () => {
    const before = await podNames('shop-dev', 'web');
    await call('DELETE', `/api/v1/namespaces/shop-dev/pods/${before[0]}`);
    const after = await podNames('shop-dev', 'web');
    expect([after.length, after.includes(before[0] ?? '')]).toEqual([2, false]);
  });

  it('replaces all pods when the template changes, and keeps the old replica set', async () => {
    const before = await podNames('shop-dev', 'web');
    const patch = { spec: { template: { metadata: { annotations: { restarted: 'now' } } } } };
    await call('PATCH', `${DEV}/web`, patch, MERGE);
    const after = await podNames('shop-dev', 'web');
    expect(after.filter((name) => before.includes(name))).toEqual([]);
    const sets = await call('GET', '/apis/apps/v1/namespaces/shop-dev/replicasets?labelSelector=app%3Dweb');
    expect(
      listAt(sets.body, 'items')
        .map((set) => textAt(set, 'spec', 'replicas'))
        .sort(),
    ).toEqual(['0', '2']);
  });

  it('takes along what a deleted deployment and a deleted namespace owned', async () => {
    await call('DELETE', `${DEV}/web`);
    expect(await podNames('shop-dev', 'web')).toEqual([]);
    await call('DELETE', '/api/v1/namespaces/shop-prod');
    expect(listAt((await call('GET', '/api/v1/namespaces/shop-prod/pods')).body, 'items')).toEqual([]);
  });

  it('deletes what a selector names and nothing else', async () => {
    await call('DELETE', `${DEV}?labelSelector=app%20in%20(web%2Ccart)`);
    const { body } = await call('GET', DEV);
    expect(listAt(body, 'items').map((each) => textAt(each, 'metadata', 'name'))).toEqual(['search']);
  });

  it('refuses with a Status', async () => {
    const missing = await call('GET', `${DEV}/nothing`);
    expect(missing).toEqual({
      code: 404,
      server: 'sallyport-demonstration-upstream',
      body: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'deployments.apps "nothing" not found',
        reason: 'NotFound',
        details: { name: 'nothing', kind: 'deployments', group: 'apps' },
        code: 404,
      },
    });
  });

  it.each<[string, string, string, Json | undefined, string, number, string]>([
    [
      'an object that is there',
      'POST',
      DEV,
      { metadata: { name: 'web' }, spec: { selector: {}, template: {} } },
      'application/json',
      409,
      'AlreadyExists',
    ],
    [
      'an older state',
      'PUT',
      `${DEV}/web`,
      { metadata: { resourceVersion: '1' }, spec: { selector: {}, template: {} } },
      'application/json',
      409,
      'Conflict',
    ],
    ['another uid', 'DELETE', `${DEV}/web`, { preconditions: { uid: 'other' } }, 'application/json', 409, 'Conflict'],
    ['replicas that are no number', 'PATCH', `${DEV}/web`, { spec: { replicas: 'two' } }, MERGE, 422, 'Invalid'],
    ['an unknown patch type', 'PATCH', `${DEV}/web`, {}, 'text/plain', 415, 'UnsupportedMediaType'],
    [
      'a failed test',
      'PATCH',
      `${DEV}/web`,
      [{ op: 'test', path: '/spec/replicas', value: 7 }],
      'application/json-patch+json',
      422,
      'Invalid',
    ],
    ['protobuf', 'POST', DEV, 'k8s', 'application/vnd.kubernetes.protobuf', 415, 'UnsupportedMediaType'],
    ['a selector that it cannot read', 'DELETE', `${DEV}?labelSelector=a%3E%3Eb%20c`, undefined, '', 400, 'BadRequest'],
    [
      'a field it does not select by',
      'GET',
      `${DEV}?fieldSelector=spec.replicas%3D2`,
      undefined,
      '',
      400,
      'BadRequest',
    ],
    ['a verb it does not have', 'PUT', DEV, {}, 'application/json', 405, 'MethodNotAllowed'],
    [
      'a namespace that is not there',
      'POST',
      '/api/v1/namespaces/none/configmaps',
      { metadata: { name: 'a' } },
      'application/json',
      404,
      'NotFound',
    ],
  ])('refuses %s', async (_, method, path, body, contentType, code, reason) => {
    const before = await call('GET', DEV);
    const refused = await call(method, path, body, contentType);
    expect([refused.code, at(refused.body, 'kind'), at(refused.body, 'reason')]).toEqual([code, 'Status', reason]);
    expect(await call('GET', DEV)).toEqual(before);
  });

  it('asks for its token where it was given one', async () => {
    const guarded = await startDemoUpstream({ token: 'secret' });
    try {
      const bare = await fetch(`${guarded.url}/version`);
      const shown = await fetch(`${guarded.url}/version`, { headers: { authorization: 'Bearer secret' } });
      expect([bare.status, shown.status]).toEqual([401, 200]);
    } finally {
      await guarded.close();
    }
  });

  it('streams what there is and then what changes, in order', async () => {
    const query = 'watch=true&fieldSelector=metadata.name%3Dweb';
    const answer = await fetch(`${upstream.url}${DEV}?${query}`);
    const events = readLines(answer);
    const seen: Json[] = [(await events.next()).value];
    await call('PATCH', `${DEV}/web`, { metadata: { labels: { a: 'b' } } }, MERGE);
    seen.push((await events.next()).value);
    await call('DELETE', `${DEV}/web`);
    seen.push((await events.next()).value);
    await events.return(null);
    expect(seen.map((event) => at(event, 'type'))).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  });

  it('resumes a watch at a resource version, and sends away one that is too old', async () => {
    const { body } = await call('GET', DEV);
    await call('PATCH', `${DEV}/cart`, { metadata: { labels: { a: 'b' } } }, MERGE);
    const from = textAt(body, 'metadata', 'resourceVersion');
    const resumed = readLines(await fetch(`${upstream.url}${DEV}?watch=true&resourceVersion=${from}`));
    expect((await resumed.next()).value).toMatchObject({ type: 'MODIFIED', object: { metadata: { name: 'cart' } } });
    await resumed.return(null);
    for (let round = 0; round < 1_001; round += 1)
      await call('PATCH', `${DEV}/cart`, { metadata: { labels: { a: `${round}` } } }, MERGE);
    const late = readLines(await fetch(`${upstream.url}${DEV}?watch=true&resourceVersion=${from}`));
    expect((await late.next()).value).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });
});

/** The JSON values of a stream, one a line. */
async function* readLines(answer: Response): AsyncGenerator<Json, Json, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of answer.body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line);
  }
  return null;
}
