import { expect, it } from 'vitest';
import { requestInfo } from '../../../src/describe/kubernetes/request-info.ts';
import { riskDomain } from '../../../src/describe/kubernetes/risk-domain.ts';
import { wireCall } from '../wire-calls.ts';

const SHOP = '/api/v1/namespaces/shop';
const APPS = '/apis/apps/v1/namespaces/shop';

it.each([
  ['PATCH', `${SHOP}/configmaps/c`, 'configuration'],
  ['DELETE', `${SHOP}/configmaps/c`, 'configuration'],
  ['PATCH', `${APPS}/deployments/web`, 'configuration'],
  ['POST', `${APPS}/deployments`, 'configuration'],
  ['POST', `${SHOP}/services`, 'configuration'],
  ['DELETE', `${APPS}/deployments/web`, 'availability'],
  ['DELETE', `${SHOP}/pods`, 'availability'],
  ['POST', `${SHOP}/pods/web/eviction`, 'availability'],
  ['PATCH', '/api/v1/nodes/n', 'availability'],
  ['PATCH', `${APPS}/deployments/web/scale`, 'performance'],
  ['PATCH', `${SHOP}/pods/web/resize`, 'performance'],
  ['PATCH', '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web', 'performance'],
  ['DELETE', `${SHOP}/resourcequotas/q`, 'performance'],
  ['POST', `${SHOP}/pods/web/exec`, 'access'],
  ['GET', `${SHOP}/services/web/proxy/metrics`, 'access'],
  ['PATCH', `${SHOP}/pods/web/ephemeralcontainers`, 'access'],
  ['PATCH', `${SHOP}/secrets/s`, 'security'],
  ['GET', `${SHOP}/secrets/s`, 'security'],
  ['DELETE', '/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/p', 'security'],
  ['PATCH', '/apis/rbac.authorization.k8s.io/v1/clusterroles/r', 'security'],
  ['POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', 'security'],
  ['POST', '/apis/kyverno.io/v1/clusterpolicies', 'security'],
  ['PATCH', `${SHOP}/serviceaccounts/robot`, 'authentication'],
  ['POST', `${SHOP}/serviceaccounts/robot/token`, 'authentication'],
  ['PATCH', '/apis/certificates.k8s.io/v1/certificatesigningrequests/c', 'authentication'],
  ['DELETE', `${SHOP}/persistentvolumeclaims/data`, 'data-integrity'],
  ['POST', `${SHOP}/persistentvolumeclaims`, 'configuration'],
  ['PATCH', '/api/v1/persistentvolumes/pv', 'data-integrity'],
  ['DELETE', SHOP, 'data-integrity'],
  ['PATCH', SHOP, 'configuration'],
  ['DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com', 'data-integrity'],
  ['PATCH', '/apis/example.com/v1/namespaces/shop/things/t', 'unknown'],
  ['PATCH', '/apis/example.com/v1/namespaces/shop/things/t/scale', 'unknown'],
  ['GET', '/version', 'unknown'],
])('in %s %s is at stake: %s', (method, target, domain) => {
  const { path } = wireCall(method, target);
  expect(riskDomain(requestInfo(method, path.segments, path.query))).toBe(domain);
});
