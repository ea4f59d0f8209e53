import { createKubernetesSurface } from '../../../src/describe/kubernetes/describe.ts';
import type { WireAnswer } from '../../../src/listen/wire.ts';
import { surfaceSuite } from '../surface-suite.ts';
import { wireCall } from '../wire-calls.ts';

const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';
const MERGE = 'application/merge-patch+json';

surfaceSuite('Kubernetes', {
  create: (redactor) => createKubernetesSurface({ redactor }),
  calls: [
    wireCall('GET', '/version'),
    wireCall('GET', '/api/v1/namespaces/shop/pods/web'),
    wireCall('GET', '/api/v1/namespaces/shop/pods?watch=true&labelSelector=app%3Dweb'),
    wireCall('GET', '/api/v1/namespaces/shop/pods/web/exec?command=sh&command=-c', { upgrade: 'websocket' }),
    wireCall('POST', '/api/v1/namespaces/shop/configmaps', { body: { metadata: { name: 'c' }, data: { a: 'b' } } }),
    wireCall('PUT', WEB, {
      body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 2 } },
    }),
    wireCall('PATCH', WEB, { body: { spec: { replicas: 3 } }, type: MERGE }),
    wireCall('PATCH', WEB, { body: { spec: { replicas: 3 } }, type: 'application/strategic-merge-patch+json' }),
    wireCall('PATCH', WEB, {
      body: [{ op: 'replace', path: '/spec/replicas', value: 3 }],
      type: 'application/json-patch+json',
    }),
    wireCall('PATCH', '/api/v1/namespaces/shop/secrets/s', { body: { data: { a: 'aHVudGVyMg==' } }, type: MERGE }),
    wireCall('DELETE', '/api/v1/namespaces/shop/pods/web', { body: { propagationPolicy: 'Background' } }),
    wireCall('DELETE', '/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb'),
    wireCall('POST', '/api/v1/namespaces', { body: 'k8s\0', type: 'application/vnd.kubernetes.protobuf' }),
  ],
  message: (answer: WireAnswer): string => {
    if (answer.headers['Content-Type'] !== 'application/json') throw new Error('kubectl would not read this');
    const status: { kind?: unknown; status?: unknown; code?: unknown; message?: unknown } = JSON.parse(answer.body);
    const { kind, status: outcome, code, message } = status;
    if (kind !== 'Status' || outcome !== 'Failure' || code !== answer.status || typeof message !== 'string') {
      throw new Error('kubectl would not read this');
    }
    return message;
  },
});
