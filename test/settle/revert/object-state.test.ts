import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import { readCaptured } from '../../../src/measure/kubernetes/way-back.ts';
import { intentOf, recreatable, replicasIn } from '../../../src/settle/revert/kubernetes/object-state.ts';

const SERVERS_OWN = {
  uid: 'u',
  resourceVersion: '7',
  generation: 2,
  creationTimestamp: '2026-01-01T00:00:00Z',
  deletionTimestamp: '2026-01-01T00:00:00Z',
  deletionGracePeriodSeconds: 30,
  managedFields: [],
  selfLink: '/x',
};

describe('what can be made again of an object', () => {
  it.each<[string, JsonObject, JsonObject]>([
    [
      'leaves out its status and what the server keeps for itself',
      {
        kind: 'ConfigMap',
        metadata: { name: 'a', labels: { app: 'x' }, finalizers: ['shop.example/keep'], ...SERVERS_OWN },
        data: { a: '1' },
        status: { phase: 'Active' },
      },
      {
        kind: 'ConfigMap',
        metadata: { name: 'a', labels: { app: 'x' }, finalizers: ['shop.example/keep'] },
        data: { a: '1' },
      },
    ],
    [
      'leaves the server its own counters',
      {
        kind: 'DaemonSet',
        metadata: { annotations: { 'deprecated.daemonset.template.generation': '4', mine: 'x' } },
        spec: {},
      },
      { kind: 'DaemonSet', metadata: { annotations: { mine: 'x' } }, spec: {} },
    ],
    [
      'has a pod scheduled anew',
      { kind: 'Pod', metadata: { name: 'a' }, spec: { nodeName: 'node-1', containers: [] } },
      { kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [] } },
    ],
    [
      'leaves a job’s selector and its labels to its controller',
      {
        kind: 'Job',
        metadata: { labels: { 'batch.kubernetes.io/controller-uid': 'u', 'job-name': 'a', app: 'x' } },
        spec: {
          selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
          template: { metadata: { labels: { 'controller-uid': 'u', app: 'x' } }, spec: { containers: [] } },
        },
      },
      {
        kind: 'Job',
        metadata: { labels: { app: 'x' } },
        spec: { template: { metadata: { labels: { app: 'x' } }, spec: { containers: [] } } },
      },
    ],
    [
      'keeps the selector of a job that has one of its own',
      { kind: 'Job', metadata: { name: 'a' }, spec: { manualSelector: true, selector: { matchLabels: { a: 'b' } } } },
      { kind: 'Job', metadata: { name: 'a' }, spec: { manualSelector: true, selector: { matchLabels: { a: 'b' } } } },
    ],
    ['is all there is of an odd one', { kind: 'Odd' }, { kind: 'Odd' }],
  ])('%s', (_what, object, again) => {
    expect(recreatable(object)).toEqual(again);
    expect(recreatable(again)).toEqual(again);
  });

  it('is compared without what the server keeps for itself', () => {
    const object = { kind: 'Pod', metadata: { name: 'a', ...SERVERS_OWN }, spec: { nodeName: 'n' }, status: {} };
    expect(intentOf(object)).toEqual({ kind: 'Pod', metadata: { name: 'a' }, spec: { nodeName: 'n' } });
  });

  it.each<[JsonObject | null, number | undefined]>([
    [{ kind: 'Deployment', spec: { replicas: 3 } }, 3],
    [{ kind: 'Scale', spec: { replicas: 3 } }, 3],
    [{ kind: 'Scale', spec: {} }, 0],
    [{ kind: 'Deployment', spec: {} }, undefined],
    [null, undefined],
  ])('asks for so many replicas: %j', (object, replicas) => {
    expect(replicasIn(object)).toBe(replicas);
  });
});

describe('what was kept of a change', () => {
  it.each([
    '',
    'null',
    '{}',
    '{"kind":"ConfigMap","metadata":{}}',
    '{"v":2,"did":"changed","path":["api","v1","x"],"subresource":"","before":null,"after":null}',
    '{"v":1,"did":"changed","path":["api","v1"],"subresource":"","before":null,"after":null}',
    '{"v":1,"did":"changed","path":["api","v1","x"],"subresource":"status","before":null,"after":null}',
    '{"v":1,"did":"changed","path":["api","v1","x"],"subresource":"","before":[],"after":null}',
    '{"v":1,"did":"changed","path":["api","v1","x"],"subresource":"","before":null,"after":null,"more":1}',
  ])('is nothing when it has another form: %s', (text) => {
    expect(readCaptured(text)).toBeUndefined();
  });
});
