import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AttackLab, expectRefused, startAttackLab } from './attack-lab.ts';

let lab: AttackLab;
beforeAll(async () => {
  lab = await startAttackLab();
});
afterAll(() => lab.close());

const API = '/kube/demo/api/v1';
const NS = `${API}/namespaces/shop-dev`;

describe('a path that two readers could take in two ways', () => {
  it.each<[string, string, number]>([
    ['an empty segment that hides a host', '/kube/demo//evil.example/api', 400],
    ['an empty segment in the middle', `${API}//namespaces/shop-dev/configmaps`, 400],
    ['two slashes at the end', `${NS}/configmaps//`, 400],
    ['a dot segment', `${NS}/./configmaps`, 400],
    ['a way up', `${NS}/configmaps/../secrets`, 400],
    ['a way up out of the route', '/kube/demo/../other/api/v1/pods', 400],
    ['an encoded dot segment', `${NS}/%2e%2e/shop-prod/configmaps`, 400],
    ['a half encoded dot segment', `${NS}/.%2E/shop-prod/configmaps`, 400],
    ['an encoded slash', `${NS}%2F..%2Fshop-prod/configmaps`, 400],
    ['an encoded slash in a name', `${NS}/configmaps/a%2fb`, 400],
    ['a backslash', `${NS}\\..\\shop-prod/configmaps`, 400],
    ['an encoded backslash', `${NS}/configmaps/..%5csecrets`, 400],
    ['a parameter of a segment', `${NS};a=b/configmaps`, 400],
    ['an encoded semicolon', `${NS}/configmaps/features%3Bx`, 400],
    ['an encoded NUL', `${NS}/configmaps/features%00.json`, 400],
    ['an encoded line end', `${NS}/configmaps/features%0d%0aX-A:%201`, 400],
    ['an encoded DEL', `${NS}/configmaps/features%7f`, 400],
    ['an overlong encoding of a slash', `${NS}/configmaps/..%c0%afsecrets`, 400],
    ['an overlong encoding of a dot', `${NS}/%c0%ae%c0%ae/shop-prod`, 400],
    ['an encoded lone surrogate', `${NS}/configmaps/%ed%a0%80`, 400],
    ['half an escape', `${NS}/configmaps/features%2`, 400],
    ['an escape that is none', `${NS}/configmaps/%zz`, 400],
    ['a %u escape', `${NS}/configmaps/%u002e`, 400],
    ['a fragment', `${NS}/configmaps#/secrets`, 400],
    ['a semicolon in the query', `${NS}/configmaps?a=b;watch=1`, 400],
    ['an encoded line end in a query name', `${NS}/configmaps?a%0d%0ab=1`, 400],
    ['an encoded NUL in a query value', `${NS}/configmaps?labelSelector=a%00b`, 400],
    ['an invalid escape in the query', `${NS}/configmaps?labelSelector=%ff`, 400],
    ['a target in absolute form', 'http://127.0.0.1/kube/demo/api/v1/pods', 404],
    ['a target in absolute form with the host of another', 'https://evil.example/kube/demo/api/v1/pods', 404],
    ['a target that is a network path', '//evil.example/kube/demo/api/v1/pods', 404],
    ['a target without a slash', 'kube/demo/api/v1/pods', 400],
    ['the asterisk', '*', 404],
    ['the prefix of a route with more letters', '/kube/demoX/api/v1/pods', 404],
    ['the prefix of a route with an encoded slash', '/kube/demo%2Fapi/v1/pods', 404],
    ['the prefix of a route in other letters', '/KUBE/DEMO/api/v1/pods', 404],
    ['the prefix of a route, encoded', '/kube/%64emo/api/v1/pods', 404],
    ['the prefix of a route behind a way up', '/x/../kube/demo/api/v1/pods', 404],
    ['the prefix of a route with a semicolon', '/kube/demo;x/api/v1/pods', 404],
    ['no route', '/api/v1/pods', 404],
    ['the operations API', '/v1/agents', 404],
    ['metrics', '/metrics', 404],
  ])('%s: %s', async (_name, target, status) => {
    await expectRefused(lab, `${lab.head(`GET ${target} HTTP/1.1`)}\r\n`, [status]);
  });

  it('is recorded as a refusal of its route, with a reason and without an agent', async () => {
    await expectRefused(lab, `${lab.head(`DELETE ${NS}/configmaps/..%2ffeatures HTTP/1.1`)}\r\n`, [400]);
    expect((await lab.lab.decisions())[0]).toMatchObject({
      decided: {
        did: 'deny',
        by: 'gate',
        agent: null,
        call: { route: 'demo' },
        reasons: [{ rule: 'wire/malformed', message: expect.stringContaining('plain or encoded') }],
      },
    });
  });
});

describe('a call whose meaning the path or the query disguises', () => {
  it.each<[string, string, string, number]>([
    ['watch as a part of the path, by DELETE', 'DELETE', `${API}/watch/namespaces/shop-dev/configmaps`, 403],
    ['watch as a part of the path, by POST', 'POST', `${API}/watch/namespaces/shop-dev/configmaps`, 403],
    ['watch as a part of the path, of a secret', 'GET', `${API}/watch/namespaces/shop-dev/secrets`, 403],
    ['watch and nothing to watch', 'GET', `${API}/watch`, 403],
    ['proxy as a part of the path', 'GET', `${API}/proxy/namespaces/shop-dev/pods/web/metrics`, 403],
    ['proxy as a part of the path, of a node', 'GET', `${API}/proxy/nodes/n1/exec/shop-dev/web/main`, 403],
    ['exec by GET without an upgrade', 'GET', `${NS}/pods/web/exec?command=sh`, 403],
    ['exec by POST without an upgrade', 'POST', `${NS}/pods/web/exec?command=sh`, 403],
    ['attach by GET', 'GET', `${NS}/pods/web/attach?stdin=true`, 403],
    ['port-forward by GET', 'GET', `${NS}/pods/web/portforward?ports=80`, 403],
    ['watch given twice', 'GET', `${NS}/configmaps?watch=0&watch=1`, 400],
    ['watch given twice, once encoded', 'GET', `${NS}/configmaps?watch=0&w%61tch=1`, 400],
    ['a label selector given twice', 'DELETE', `${NS}/configmaps?labelSelector=a%3Db&labelSelector=`, 400],
    ['dryRun given twice', 'DELETE', `${NS}/configmaps/features?dryRun=All&dryRun=None`, 400],
    ['dryRun in other letters', 'DELETE', `${NS}/configmaps/features?dryRun=all`, 403],
    ['an empty dryRun', 'DELETE', `${NS}/configmaps/features?dryRun=`, 403],
    ['dryRun as a list', 'DELETE', `${NS}/configmaps/features?dryRun=All%2CNone`, 403],
    [
      'a delete that ignores what cannot be read',
      'DELETE',
      `${NS}/configmaps/features?ignoreStoreReadErrorWithClusterBreakingPotential=true`,
      403,
    ],
    ['a node through a namespaced path', 'GET', `${NS}/nodes`, 403],
    [
      'a custom resource definition through a namespaced path',
      'GET',
      '/kube/demo/apis/apiextensions.k8s.io/v1/namespaces/shop-dev/customresourcedefinitions',
      403,
    ],
    [
      'a cluster role through a namespaced path',
      'DELETE',
      '/kube/demo/apis/rbac.authorization.k8s.io/v1/namespaces/shop-dev/clusterroles/admin',
      403,
    ],
    ['a resource of the core group called like one of another', 'GET', `${NS}/deployments.apps/web`, 403],
    ['the same, through its proxy', 'GET', `${NS}/services.x/web/proxy/`, 403],
    ['a namespace called *', 'GET', `${API}/namespaces/*/configmaps`, 403],
    ['a namespace called none', 'GET', `${API}/namespaces/none/configmaps`, 403],
    ['a namespace called unknown', 'GET', `${API}/namespaces/unknown/configmaps`, 403],
    ['an object called *', 'DELETE', `${NS}/configmaps/*`, 403],
    ['a path beside the API', 'GET', '/kube/demo/internal/keys', 403],
    ['a write beside the API', 'POST', '/kube/demo/healthz', 403],
  ])('%s', async (_name, method, target, status) => {
    await expectRefused(lab, `${lab.head(`${method} ${target} HTTP/1.1`, 'Content-Length: 0')}\r\n`, [status]);
  });

  it.each([
    [
      'a collection without a selector',
      `${NS}/configmaps`,
      ['/api/v1/namespaces/shop-dev/configmaps?limit=500', '/api/v1/namespaces/shop-dev/pods?limit=100'],
    ],
    ['what a pod serves, through its proxy', `${NS}/pods/web/proxy/x`, ['/api/v1/namespaces/shop-dev/pods/web']],
  ])('a delete of %s is measured by questions that change nothing, and refused', async (_name, target, asked) => {
    lab.upstream.forget();
    const { answers } = await lab.say(`${lab.head(`DELETE ${target} HTTP/1.1`)}\r\n`);
    expect(answers.map(({ status }) => status)).toEqual([403]);
    expect(lab.reached().map(({ method, url }) => [method, url])).toEqual(asked.map((one) => ['GET', one]));
  });
});
