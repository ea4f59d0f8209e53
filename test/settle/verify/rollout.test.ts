import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import { conditionLook } from '../../../src/settle/verify/kubernetes/condition.ts';
import { rolloutLook } from '../../../src/settle/verify/kubernetes/rollout.ts';

/** A workload of the second generation, which its controller has seen. */
function workload(spec: JsonObject, status: JsonObject, generation = 2): JsonObject {
  return { metadata: { generation }, spec, status: { observedGeneration: 2, ...status } };
}

const condition = (type: string, status: string, reason: string, message = '') => ({ type, status, reason, message });

describe('the rollout of a deployment', () => {
  const spec = { replicas: 3 };
  it.each<[string, JsonObject, string, string]>([
    [
      'that nobody has looked at yet',
      workload(spec, { replicas: 3, updatedReplicas: 3, availableReplicas: 3 }, 3),
      'waiting',
      'its controller has not seen the change yet',
    ],
    [
      'without a status',
      { metadata: { generation: 1 }, spec },
      'waiting',
      'its controller has not seen the change yet',
    ],
    [
      'of which a part is new',
      workload(spec, { replicas: 4, updatedReplicas: 1, availableReplicas: 3 }),
      'waiting',
      '1 of 3 replicas are of the new version',
    ],
    [
      'whose pods may not be made',
      workload(spec, {
        replicas: 3,
        updatedReplicas: 0,
        conditions: [condition('ReplicaFailure', 'True', 'FailedCreate', 'exceeded quota')],
      }),
      'waiting',
      '0 of 3 replicas are of the new version (FailedCreate: exceeded quota)',
    ],
    [
      'whose old pods are still there',
      workload(spec, { replicas: 5, updatedReplicas: 3, availableReplicas: 5 }),
      'waiting',
      '2 old replicas are still there',
    ],
    [
      'whose new pods are not available',
      workload(spec, { replicas: 3, updatedReplicas: 3, availableReplicas: 1 }),
      'waiting',
      '1 of 3 updated replicas are available',
    ],
    [
      'that took too long',
      workload(spec, {
        replicas: 4,
        updatedReplicas: 1,
        conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'ReplicaSet "web-1" timed out')],
      }),
      'bad',
      'it exceeded its progress deadline: ReplicaSet "web-1" timed out',
    ],
    [
      'that took too long before the change',
      workload(
        spec,
        { conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'of the one before')] },
        3,
      ),
      'waiting',
      'its controller has not seen the change yet',
    ],
    [
      'that came to its end',
      workload(spec, { replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 3 }),
      'good',
      '3 of 3 replicas are up to date and available',
    ],
    ['that asks for none', workload({ replicas: 0 }, {}), 'good', '0 of 0 replicas are up to date and available'],
    [
      'that does not say how many it asks for',
      workload({}, { replicas: 1, updatedReplicas: 1, availableReplicas: 1 }),
      'good',
      '1 of 1 replicas are up to date and available',
    ],
  ])('%s', (_what, object, state, saw) => {
    expect(rolloutLook('deployments.apps', object)).toEqual({ state, saw });
  });
});

describe('the rollout of a stateful set', () => {
  const rolling = (more: JsonObject = {}) => ({ replicas: 3, updateStrategy: { type: 'RollingUpdate', ...more } });
  const revisions = { currentRevision: 'web-2', updateRevision: 'web-2' };
  it.each<[string, JsonObject, string, string]>([
    ['with pods that are not ready', workload(rolling(), { readyReplicas: 2 }), 'waiting', '2 of 3 pods are ready'],
    [
      'that goes on',
      workload(rolling(), { readyReplicas: 3, updatedReplicas: 1, currentRevision: 'web-1', updateRevision: 'web-2' }),
      'waiting',
      '1 pods are of the new version',
    ],
    [
      'that came to its end',
      workload(rolling(), { readyReplicas: 3, updatedReplicas: 3, ...revisions }),
      'good',
      '3 of 3 pods are of the new version and ready',
    ],
    [
      'above a partition that goes on',
      workload(rolling({ rollingUpdate: { partition: 1 } }), { readyReplicas: 3, updatedReplicas: 1 }),
      'waiting',
      '1 of 2 pods above the partition are of the new version',
    ],
    [
      'above a partition that came to its end',
      workload(rolling({ rollingUpdate: { partition: 1 } }), { readyReplicas: 3, updatedReplicas: 2 }),
      'good',
      '2 pods above the partition are of the new version, 3 of 3 are ready',
    ],
    [
      'that is left to people',
      workload({ replicas: 3, updateStrategy: { type: 'OnDelete' } }, { readyReplicas: 3, ...revisions }),
      'bad',
      'its update strategy is OnDelete, of which no rollout can be told',
    ],
  ])('%s', (_what, object, state, saw) => {
    expect(rolloutLook('statefulsets.apps', object)).toEqual({ state, saw });
  });
});

describe('the rollout of a daemon set', () => {
  const spec = { updateStrategy: { type: 'RollingUpdate' } };
  it.each<[string, JsonObject, string, string]>([
    [
      'that goes on',
      workload(spec, { desiredNumberScheduled: 3, updatedNumberScheduled: 1, numberAvailable: 3 }),
      'waiting',
      '1 of 3 pods are of the new version',
    ],
    [
      'whose new pods are not available',
      workload(spec, { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2 }),
      'waiting',
      '2 of 3 pods are available',
    ],
    [
      'that came to its end',
      workload(spec, { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 }),
      'good',
      '3 of 3 pods are up to date and available',
    ],
    [
      'that is left to people',
      workload({ updateStrategy: { type: 'OnDelete' } }, { desiredNumberScheduled: 1 }),
      'bad',
      'its update strategy is OnDelete, of which no rollout can be told',
    ],
  ])('%s', (_what, object, state, saw) => {
    expect(rolloutLook('daemonsets.apps', object)).toEqual({ state, saw });
  });
});

it('of what has no rollout none can be told', () => {
  expect(rolloutLook('configmaps', workload({}, {}))).toEqual({ state: 'bad', saw: 'configmaps have no rollout' });
});

describe('a condition', () => {
  const certificate = (...conditions: readonly JsonObject[]) => workload({}, { conditions: [...conditions] });
  it.each<[string, JsonObject, string, string]>([
    ['that is not there', certificate(), 'waiting', 'it has no condition Ready yet'],
    [
      'that is not so',
      certificate(condition('Ready', 'False', 'Pending')),
      'waiting',
      'its condition Ready is False (Pending)',
    ],
    ['that is so', certificate(condition('Ready', 'True', '')), 'good', 'its condition Ready is True'],
    [
      'of an older generation',
      certificate({ ...condition('Ready', 'True', ''), observedGeneration: 1 }),
      'waiting',
      'its condition Ready is of an older generation',
    ],
    [
      'of an object whose controller has not seen the change',
      workload({}, { conditions: [condition('Ready', 'True', '')] }, 3),
      'waiting',
      'its condition Ready is of an older generation',
    ],
  ])('%s', (_what, object, state, saw) => {
    expect(conditionLook(object, 'Ready', 'True')).toEqual({ state, saw });
  });

  it('what the upstream says is cut and shown as plain text', () => {
    const long = certificate(condition('Ready', 'False', `\u001b[31m${'x'.repeat(1_000)}`));
    const { saw } = conditionLook(long, 'Ready', 'True');
    expect([saw.length, saw.includes('\u001b')]).toEqual([300, false]);
  });
});
