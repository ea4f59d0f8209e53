import { describe, expect, it } from 'vitest';
import { createKubernetesSurface } from '../../../src/describe/kubernetes/describe.ts';
import { createRedactor } from '../../../src/describe/redact.ts';
import { wireCall } from '../wire-calls.ts';

const surface = createKubernetesSurface({ redactor: createRedactor(Buffer.alloc(32, 1)) });
const MAPS = '/api/v1/namespaces/shop/configmaps';
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const MAP = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } };
const MERGE = 'application/merge-patch+json';

type Call = Parameters<typeof wireCall>;
const read = (...call: Call) => surface.describe(wireCall(...call));

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
