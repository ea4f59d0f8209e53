import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/describe/kubernetes/classify.ts';
import { requestInfo } from '../../../src/describe/kubernetes/request-info.ts';
import { wireCall } from '../wire-calls.ts';

function classOf(line: string): string {
  const [method = '', target = '', upgrade] = line.split(' ');
  const { path } = wireCall(method, target);
  return classify(requestInfo(method, path.segments, path.query), method, upgrade !== undefined);
}

const CLASSES: Readonly<Record<string, readonly string[]>> = {
  discovery: [
    'GET /',
    'GET /api',
    'GET /api/v1',
    'GET /apis',
    'GET /apis/apps',
    'GET /apis/apps/v1',
    'GET /apis/rbac.authorization.k8s.io/v1',
    'HEAD /version',
    'GET /openapi/v2',
    'GET /openapi/v3/apis/apps/v1',
    'GET /openid/v1/jwks',
    'GET /.well-known/openid-configuration',
  ],
  telemetry: [
    'GET /healthz',
    'GET /livez/etcd',
    'GET /readyz',
    'GET /metrics',
    'GET /apis/metrics.k8s.io/v1beta1/namespaces/shop/pods',
    'GET /apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/requests',
    'GET /apis/external.metrics.k8s.io/v1beta1/namespaces/shop/queue',
    'GET /api/v1/events',
    'GET /api/v1/namespaces/shop/events/e?watch=1',
    'GET /api/v1/watch/events',
    'GET /apis/events.k8s.io/v1/namespaces/shop/events',
  ],
  read: [
    'GET /api/v1/namespaces/shop/pods',
    'GET /api/v1/namespaces/shop/pods/web/log',
    'GET /api/v1/watch/pods',
    'HEAD /api/v1/nodes/n1',
    'GET /apis/rbac.authorization.k8s.io/v1/clusterroles',
    'GET /api/v1/namespaces/shop/configmaps/c',
    'GET /apis/example.com/v1/events',
    'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    'POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews',
  ],
  sensitive_read: [
    'GET /api/v1/secrets',
    'GET /api/v1/namespaces/shop/secrets/s',
    'GET /api/v1/namespaces/shop/secrets?watch=true',
    'GET /api/v1/watch/namespaces/shop/secrets',
    'GET /api/v1/nodes/n1/proxy/metrics',
    'GET /api/v1/namespaces/shop/pods/web/proxy',
    'HEAD /api/v1/namespaces/shop/services/http:web:80/proxy/admin',
    'GET /api/v1/proxy/nodes/n1/logs',
    'POST /apis/authentication.k8s.io/v1/tokenreviews',
    'POST /apis/authorization.k8s.io/v1/subjectaccessreviews',
    'POST /apis/authorization.k8s.io/v1/namespaces/shop/localsubjectaccessreviews',
    'GET /debug/pprof/heap',
    'GET /logs/kube-apiserver.log',
  ],
  connect: [
    'GET /api/v1/namespaces/shop/pods/web/exec?command=sh',
    'POST /api/v1/namespaces/shop/pods/web/exec',
    'GET /api/v1/namespaces/shop/pods/web/attach',
    'POST /api/v1/namespaces/shop/pods/web/portforward',
    'POST /api/v1/namespaces/shop/pods/web/proxy',
    'DELETE /api/v1/namespaces/shop/services/web/proxy/orders/1',
    'OPTIONS /api/v1/namespaces/shop/services/web/proxy',
    'POST /api/v1/proxy/nodes/n1/run/shop/web/c',
    'GET /api/v1/nodes/n1/proxy/exec/shop/web/c?command=sh',
    'GET /api/v1/nodes/n1/proxy/run/shop/web/c',
    'GET /api/v1/proxy/nodes/n1/exec/shop/web/c',
    'GET /api/v1/namespaces/shop/pods websocket',
    'GET /version websocket',
  ],
  credential: [
    'POST /api/v1/namespaces/shop/serviceaccounts/web/token',
    'POST /api/v1/namespaces/shop/serviceaccounts/web/token?dryRun=All',
    'POST /api/v1/namespaces/shop/secrets?dryRun=All',
    'PUT /api/v1/namespaces/shop/secrets/s',
    'PATCH /api/v1/namespaces/shop/secrets/s',
    'DELETE /api/v1/namespaces/shop/secrets/s',
    'DELETE /api/v1/namespaces/shop/secrets',
    'POST /apis/certificates.k8s.io/v1/certificatesigningrequests',
    'PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/c/approval',
  ],
  authority: [
    'POST /apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings',
    'PATCH /apis/rbac.authorization.k8s.io/v1/clusterroles/admin',
    'DELETE /apis/rbac.authorization.k8s.io/v1/clusterrolebindings/b',
    'DELETE /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
    'POST /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
    'PUT /apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/b',
    'POST /apis/apiregistration.k8s.io/v1/apiservices',
    'POST /apis/certificates.k8s.io/v1beta1/clustertrustbundles',
    'DELETE /apis/kyverno.io/v1/clusterpolicies/p',
  ],
  write: [
    'POST /api/v1/namespaces/shop/configmaps',
    'PUT /apis/apps/v1/namespaces/shop/deployments/web',
    'PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale',
    'POST /api/v1/namespaces/shop/events',
    'POST /api/v1/namespaces/shop/pods/web/binding',
    'PATCH /apis/example.com/v1/things/t',
  ],
  delete: [
    'DELETE /api/v1/namespaces/shop/pods/web',
    'DELETE /api/v1/namespaces/shop/pods',
    'DELETE /api/v1/namespaces/shop',
    'POST /api/v1/namespaces/shop/pods/web/eviction',
  ],
  unknown: [
    'POST /version',
    'DELETE /metrics',
    'OPTIONS /api',
    'GET /ui',
    'GET /.well-known/other',
    'OPTIONS /api/v1/pods',
    'get /api/v1/pods',
    'DELETE /api/v1/watch/namespaces/shop/pods/web',
    'POST /api/v1/watch/pods',
    'GET /api/v1/watch',
  ],
};

describe.each(Object.entries(CLASSES))('%s', (expected, lines) => {
  it.each(lines)('%s', (line) => {
    expect(classOf(line)).toBe(expected);
  });
});
