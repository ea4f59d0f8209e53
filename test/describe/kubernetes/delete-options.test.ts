import { describe, expect, it } from 'vitest';
import { createKubernetesSurface } from '../../../src/describe/kubernetes/describe.ts';
import { createRedactor } from '../../../src/describe/redact.ts';
import type { Json, JsonObject } from '../../../src/json.ts';
import { wireCall } from '../wire-calls.ts';

const surface = createKubernetesSurface({ redactor: createRedactor(Buffer.alloc(32, 1)) });
const MAPS = '/api/v1/namespaces/shop/configmaps';
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const MAP = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } };
const MERGE = 'application/merge-patch+json';

type Call = Parameters<typeof wireCall>;
const read = (...call: Call) => surface.describe(wireCall(...call));

const POD = '/api/v1/namespaces/shop/pods/web-1';
const APPLY = 'application/apply-patch+yaml';
const EVICTION: JsonObject = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'web-1' } };
const evicting = (dryRun: Json): JsonObject => ({ ...EVICTION, deleteOptions: { dryRun } });

describe('what can be turned into a dry run', () => {
  it.each<[boolean, string, string, JsonObject?]>([
    [true, 'DELETE', `${MAPS}/c`],
    [true, 'DELETE', MAPS],
    [true, 'POST', MAPS, MAP],
    [true, 'PATCH', WEB, {}],
    [true, 'PATCH', `${WEB}/scale`, {}],
    [true, 'POST', `${POD}/eviction`, EVICTION],
    [false, 'POST', '/api/v1/namespaces/shop/serviceaccounts/web/token', {}],
    [false, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {}],
    [false, 'POST', '/api/v1/namespaces/shop/services/web/proxy'],
    [false, 'POST', `${POD}/exec?command=id`],
    [false, 'DELETE', '/apis/example.com/v1/namespaces/shop/things/t'],
    [false, 'GET', `${MAPS}/c`],
    [false, 'GET', '/version'],
  ])('%s: %s %s', (runsDry, method, path, body) => {
    const type = method === 'PATCH' ? { type: MERGE } : {};
    expect(read(method, path, body === undefined ? {} : { body, ...type }).runsDry).toBe(runsDry);
  });
});

describe('dry runs', () => {
  const THING = '/apis/example.com/v1/namespaces/shop/things/t';
  it.each<[string, Call, boolean | 'unknown', string | undefined]>([
    ['asked for in the query', ['POST', `${MAPS}?dryRun=All`, { body: MAP }], true, undefined],
    ['not asked for', ['POST', MAPS, { body: MAP }], false, undefined],
    ['misspelt, which the server does not see', ['POST', `${MAPS}?dryrun=All`, { body: MAP }], false, undefined],
    [
      'with an empty value',
      ['POST', `${MAPS}?dryRun=`, { body: MAP }],
      'unknown',
      'The query has a dryRun other than "All".',
    ],
    [
      'in lower case',
      ['PATCH', `${WEB}?dryRun=all`, { body: {}, type: MERGE }],
      'unknown',
      'The query has a dryRun other than "All".',
    ],
    ['of a delete, in the query', ['DELETE', `${MAPS}/c?dryRun=All`], true, undefined],
    [
      'of a delete, in the query, with an empty body that wins',
      ['DELETE', `${MAPS}/c?dryRun=All`, { body: {} }],
      false,
      undefined,
    ],
    ['of a delete, in the body', ['DELETE', `${MAPS}/c`, { body: { dryRun: ['All'] } }], true, undefined],
    [
      'of a collection, in the query, with a body that wins',
      ['DELETE', `${MAPS}?dryRun=All`, { body: { dryRun: [] } }],
      false,
      undefined,
    ],
    [
      'of a delete, as text',
      ['DELETE', `${MAPS}/c`, { body: { dryRun: 'All' } }],
      'unknown',
      'The delete options have a dryRun other than [] and ["All"].',
    ],
    [
      'of a delete, in capitals',
      ['DELETE', `${MAPS}/c`, { body: { DryRun: ['All'] } }],
      'unknown',
      'The delete options have a field "DryRun" that DeleteOptions does not.',
    ],
    [
      'of a delete, in a body that cannot be read',
      ['DELETE', `${MAPS}/c?dryRun=All`, { body: 'null' }],
      'unknown',
      'The body of a DELETE must be a DeleteOptions object.',
    ],
    [
      'of a token, which is issued all the same',
      ['POST', '/api/v1/namespaces/shop/serviceaccounts/web/token?dryRun=All', { body: {} }],
      false,
      undefined,
    ],
    [
      'of what an aggregated server may serve',
      ['PATCH', `${THING}?dryRun=All`, { body: {}, type: MERGE }],
      'unknown',
      undefined,
    ],
    [
      'through a proxy, which knows none',
      ['POST', '/api/v1/namespaces/shop/services/web/proxy?dryRun=All'],
      false,
      undefined,
    ],
    ['of a read', ['GET', `${MAPS}?dryRun=All`], false, undefined],
    ['of an apply', ['PATCH', `${WEB}?dryRun=All&fieldManager=f`, { body: {}, type: APPLY }], true, undefined],
    ['of a scale', ['PATCH', `${WEB}/scale?dryRun=All`, { body: {}, type: MERGE }], true, undefined],
    ['of a status', ['PATCH', `${WEB}/status?dryRun=All`, { body: {}, type: MERGE }], true, undefined],
    ['of a binding', ['POST', `${POD}/binding?dryRun=All`, { body: {} }], true, undefined],
    ['of an eviction, in the query', ['POST', `${POD}/eviction?dryRun=All`, { body: EVICTION }], true, undefined],
    ['of an eviction, in the body', ['POST', `${POD}/eviction`, { body: evicting(['All']) }], true, undefined],
    ['of an eviction, in both', ['POST', `${POD}/eviction?dryRun=All`, { body: evicting(['All']) }], true, undefined],
    [
      'of an eviction, in the query, with a body that says nothing',
      ['POST', `${POD}/eviction?dryRun=All`, { body: evicting([]) }],
      true,
      undefined,
    ],
    ['of an eviction, in neither', ['POST', `${POD}/eviction`, { body: evicting([]) }], false, undefined],
    [
      'of an eviction, in words',
      ['POST', `${POD}/eviction`, { body: evicting('All') }],
      'unknown',
      'The delete options of the eviction have a dryRun other than [] and ["All"].',
    ],
    [
      'of an eviction, of a part',
      ['POST', `${POD}/eviction?dryRun=All`, { body: evicting(['Some']) }],
      'unknown',
      'The delete options of the eviction have a dryRun other than [] and ["All"].',
    ],
  ])('%s', (_, call, dryRun, unreadable) => {
    const described = read(...call);
    expect([described.action.dryRun, described.request.dryRun, described.unreadable]).toEqual([
      dryRun,
      dryRun,
      unreadable,
    ]);
  });

  it('reads the other options of a delete from where the server does', () => {
    const options = { gracePeriodSeconds: 0, propagationPolicy: 'Foreground', preconditions: { uid: 'u1' } };
    const whole = {
      dryRun: false,
      gracePeriodSeconds: 0,
      propagationPolicy: 'Foreground',
      orphanDependents: undefined,
    };
    expect(read('DELETE', `${MAPS}/c?gracePeriodSeconds=30`, { body: options }).request.deleteOptions).toEqual({
      ...whole,
      preconditions: { uid: 'u1', resourceVersion: undefined },
    });
    const query = 'gracePeriodSeconds=0&propagationPolicy=Foreground';
    expect(read('DELETE', `${MAPS}/c?${query}`).request.deleteOptions).toEqual({
      ...whole,
      preconditions: { uid: undefined, resourceVersion: undefined },
    });
  });
});
