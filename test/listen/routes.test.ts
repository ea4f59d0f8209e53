import { describe, expect, it } from 'vitest';
import type { Route } from '../../src/config.ts';
import { findRoute } from '../../src/listen/routes.ts';

function route(name: string, at: string): Route {
  return {
    name,
    at,
    surface: 'kubernetes',
    labels: { environment: 'none', service: 'none', tier: 'none', team: 'none', regulated: 'none' },
    mode: { kind: 'enforce' },
    impersonate: true,
    upstream: { kind: 'in-cluster' },
  };
}

const demo = route('demo', '/kube/demo');
const longer = route('longer', '/kube/demo-2');
const routes = [demo, longer];

describe('the route of a target', () => {
  it.each<[string, Route, string]>([
    ['/kube/demo', demo, '/'],
    ['/kube/demo/', demo, '/'],
    ['/kube/demo?a=b', demo, '/?a=b'],
    ['/kube/demo/api/v1?a=b', demo, '/api/v1?a=b'],
    ['/kube/demo//api', demo, '//api'],
    ['/kube/demo/../other', demo, '/../other'],
    ['/kube/demo/kube/demo-2', demo, '/kube/demo-2'],
    ['/kube/demo-2', longer, '/'],
    ['/kube/demo-2/api', longer, '/api'],
  ])('%s', (target, found, rest) => {
    expect(findRoute(routes, target)).toEqual({ route: found, rest });
  });

  it.each([
    '',
    '/',
    '*',
    '/kube',
    '/kube/demoX',
    '/kube/demo-3',
    '/kube/demo%2Fapi',
    '/kube/demo;x',
    '/kube/demo#x',
    '/kube/demo\\api',
    '/kube/%64emo',
    '/KUBE/demo',
    '//kube/demo',
    '/x/kube/demo',
    'http://host/kube/demo',
    'kube/demo',
  ])('%s has none', (target) => {
    expect(findRoute(routes, target)).toBeUndefined();
  });
});
