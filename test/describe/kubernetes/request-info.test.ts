import { expect, it } from 'vitest';
import { requestInfo } from '../../../src/describe/kubernetes/request-info.ts';
import { wireCall } from '../wire-calls.ts';

function read(method: string, target: string) {
  const { path } = wireCall(method, target);
  return requestInfo(method, path.segments, path.query);
}

/** verb | prefix | group | version | namespace | resource | subresource | name | parts */
function row(method: string, target: string): string {
  const info = read(method, target);
  const { verb, apiPrefix, apiGroup, apiVersion, namespace, resource, subresource, name, parts } = info;
  return [verb, apiPrefix, apiGroup, apiVersion, namespace, resource, subresource, name, parts.join('/')].join(' | ');
}

// The rows of k8s.io/apiserver's own table, and the corners that it leaves out.
it.each([
  // Namespaces are in the namespace of their own name.
  ['GET', '/api/v1/namespaces', 'list | api |  | v1 |  | namespaces |  |  | namespaces'],
  ['GET', '/api/v1/namespaces/shop', 'get | api |  | v1 | shop | namespaces |  | shop | namespaces/shop'],
  ['DELETE', '/api/v1/namespaces/shop', 'delete | api |  | v1 | shop | namespaces |  | shop | namespaces/shop'],
  ['POST', '/api/v1/namespaces', 'create | api |  | v1 |  | namespaces |  |  | namespaces'],
  ['DELETE', '/api/v1/namespaces', 'deletecollection | api |  | v1 |  | namespaces |  |  | namespaces'],
  [
    'PUT',
    '/api/v1/namespaces/shop/finalize',
    'update | api |  | v1 | shop | namespaces | finalize | shop | namespaces/shop/finalize',
  ],
  [
    'PUT',
    '/api/v1/namespaces/shop/status',
    'update | api |  | v1 | shop | namespaces | status | shop | namespaces/shop/status',
  ],
  ['GET', '/api/v1/namespaces/shop/statuses', 'list | api |  | v1 | shop | statuses |  |  | statuses'],
  ['GET', '/api/v1/namespaces/shop/namespaces/x', 'get | api |  | v1 | shop | namespaces |  | x | namespaces/x'],
  // Objects and lists.
  ['GET', '/api/v1/namespaces/shop/pods', 'list | api |  | v1 | shop | pods |  |  | pods'],
  ['GET', '/api/v1/namespaces/shop/pods/web', 'get | api |  | v1 | shop | pods |  | web | pods/web'],
  ['HEAD', '/api/v1/namespaces/shop/pods/web', 'get | api |  | v1 | shop | pods |  | web | pods/web'],
  ['GET', '/api/v1/pods', 'list | api |  | v1 |  | pods |  |  | pods'],
  ['HEAD', '/api/v1/pods', 'list | api |  | v1 |  | pods |  |  | pods'],
  ['GET', '/api/v1/nodes/n1', 'get | api |  | v1 |  | nodes |  | n1 | nodes/n1'],
  ['POST', '/api/v1/namespaces/shop/pods', 'create | api |  | v1 | shop | pods |  |  | pods'],
  ['PUT', '/api/v1/namespaces/shop/pods/web', 'update | api |  | v1 | shop | pods |  | web | pods/web'],
  ['PATCH', '/api/v1/namespaces/shop/pods/web', 'patch | api |  | v1 | shop | pods |  | web | pods/web'],
  ['DELETE', '/api/v1/namespaces/shop/pods/web', 'delete | api |  | v1 | shop | pods |  | web | pods/web'],
  ['DELETE', '/api/v1/namespaces/shop/pods', 'deletecollection | api |  | v1 | shop | pods |  |  | pods'],
  ['DELETE', '/api/v1/nodes', 'deletecollection | api |  | v1 |  | nodes |  |  | nodes'],
  // Methods without a verb.
  ['OPTIONS', '/api/v1/namespaces/shop/pods', ' | api |  | v1 | shop | pods |  |  | pods'],
  ['TRACE', '/api/v1/pods', ' | api |  | v1 |  | pods |  |  | pods'],
  ['get', '/api/v1/pods', ' | api |  | v1 |  | pods |  |  | pods'],
  // Groups and versions.
  ['GET', '/apis/apps/v1/deployments', 'list | apis | apps | v1 |  | deployments |  |  | deployments'],
  [
    'POST',
    '/apis/extensions/v1beta3/namespaces/shop/pods',
    'create | apis | extensions | v1beta3 | shop | pods |  |  | pods',
  ],
  [
    'DELETE',
    '/apis/extensions/v1/namespaces/shop/pods',
    'deletecollection | apis | extensions | v1 | shop | pods |  |  | pods',
  ],
  ['GET', '/apis/batch/v1/jobs/j', 'get | apis | batch | v1 |  | jobs |  | j | jobs/j'],
  [
    'PATCH',
    '/apis/apps/v1/namespaces/shop/deployments/web/scale',
    'patch | apis | apps | v1 | shop | deployments | scale | web | deployments/web/scale',
  ],
  ['GET', '/apis/namespaces/v1/namespaces/shop/pods', 'list | apis | namespaces | v1 | shop | pods |  |  | pods'],
  ['GET', '/api/version/resource', 'list | api |  | version |  | resource |  |  | resource'],
  // Subresources.
  [
    'GET',
    '/api/v1/namespaces/shop/pods/web/status',
    'get | api |  | v1 | shop | pods | status | web | pods/web/status',
  ],
  [
    'GET',
    '/api/v1/namespaces/shop/pods/web/proxy/a/b',
    'get | api |  | v1 | shop | pods | proxy | web | pods/web/proxy/a/b',
  ],
  [
    'GET',
    '/api/v1/namespaces/shop/pods/web/exec?command=sh',
    'get | api |  | v1 | shop | pods | exec | web | pods/web/exec',
  ],
  [
    'POST',
    '/api/v1/namespaces/shop/pods/web/eviction',
    'create | api |  | v1 | shop | pods | eviction | web | pods/web/eviction',
  ],
  ['GET', '/api/v1/nodes/n1/proxy/metrics', 'get | api |  | v1 |  | nodes | proxy | n1 | nodes/n1/proxy/metrics'],
  // Verbs that are parts of the path.
  ['GET', '/api/v1/proxy/namespaces/shop/pods/web', 'proxy | api |  | v1 | shop | pods |  | web | pods/web'],
  ['GET', '/api/v1/proxy/namespaces/shop/pods/web/a/b', 'proxy | api |  | v1 | shop | pods |  | web | pods/web/a/b'],
  ['POST', '/api/v1/proxy/nodes/n1/run', 'proxy | api |  | v1 |  | nodes |  | n1 | nodes/n1/run'],
  ['GET', '/api/v1/watch/pods', 'watch | api |  | v1 |  | pods |  |  | pods'],
  ['GET', '/api/v1/watch/namespaces/shop/pods', 'watch | api |  | v1 | shop | pods |  |  | pods'],
  ['GET', '/api/v1/watch/namespaces/shop/pods/web', 'watch | api |  | v1 | shop | pods |  | web | pods/web'],
  ['DELETE', '/api/v1/watch/namespaces/shop/pods/web', 'watch | api |  | v1 | shop | pods |  | web | pods/web'],
  ['GET', '/apis/apps/v1/watch/deployments', 'watch | apis | apps | v1 |  | deployments |  |  | deployments'],
  ['GET', '/api/v1/namespaces/watch/pods', 'list | api |  | v1 | watch | pods |  |  | pods'],
  ['GET', '/api/v1/namespaces/shop/watch/web', 'get | api |  | v1 | shop | watch |  | web | watch/web'],
  // Every spelling of `watch` but two is true.
  ['GET', '/api/v1/pods?watch=true', 'watch | api |  | v1 |  | pods |  |  | pods'],
  ['GET', '/api/v1/pods?watch=1', 'watch | api |  | v1 |  | pods |  |  | pods'],
  ['GET', '/api/v1/pods?watch=', 'watch | api |  | v1 |  | pods |  |  | pods'],
  ['GET', '/api/v1/pods?watch=no', 'watch | api |  | v1 |  | pods |  |  | pods'],
  ['GET', '/api/v1/pods?watch=00', 'watch | api |  | v1 |  | pods |  |  | pods'],
  ['GET', '/api/v1/pods?watch=false', 'list | api |  | v1 |  | pods |  |  | pods'],
  ['GET', '/api/v1/pods?watch=FaLsE', 'list | api |  | v1 |  | pods |  |  | pods'],
  ['GET', '/api/v1/pods?watch=0', 'list | api |  | v1 |  | pods |  |  | pods'],
  ['GET', '/api/v1/pods?Watch=true', 'list | api |  | v1 |  | pods |  |  | pods'],
  ['GET', '/api/v1/namespaces/shop/pods/web?watch=true', 'get | api |  | v1 | shop | pods |  | web | pods/web'],
  ['DELETE', '/api/v1/pods?watch=true', 'deletecollection | api |  | v1 |  | pods |  |  | pods'],
  // Not resources.
  ['GET', '/', 'get |  |  |  |  |  |  |  | '],
  ['GET', '/api', 'get |  |  |  |  |  |  |  | api'],
  ['GET', '/api/v1', 'get |  |  |  |  |  |  |  | api/v1'],
  ['GET', '/apis/apps/v1', 'get | apis |  |  |  |  |  |  | apis/apps/v1'],
  ['GET', '/apis/version/resource', 'get | apis |  |  |  |  |  |  | apis/version/resource'],
  ['GET', '/badprefix/v1/pods', 'get |  |  |  |  |  |  |  | badprefix/v1/pods'],
  ['GET', '/API/v1/pods', 'get |  |  |  |  |  |  |  | API/v1/pods'],
  ['POST', '/version', 'post |  |  |  |  |  |  |  | version'],
])('%s %s', (method, target, expected) => {
  expect(row(method, target)).toBe(expected);
});

it.each([
  ['GET', '/apis/g/v/things', 'list', '', '', ''],
  ['GET', '/apis/g/v/things?fieldSelector=metadata.name=a', 'list', 'a', 'metadata.name=a', ''],
  ['GET', '/apis/g/v/things?fieldSelector=metadata.name==a', 'list', 'a', 'metadata.name==a', ''],
  ['GET', '/apis/g/v/things?watch=true&fieldSelector=metadata.name=a', 'watch', 'a', 'metadata.name=a', ''],
  ['GET', '/apis/g/v/things?fieldSelector=x=y&labelSelector=b=c', 'list', '', 'x=y', 'b=c'],
  ['GET', '/apis/g/v/things?fieldSelector=x=y,metadata.name=a', 'list', 'a', 'x=y,metadata.name=a', ''],
  [
    'GET',
    '/apis/g/v/things?fieldSelector=metadata.name=b,metadata.name=a',
    'list',
    'a',
    'metadata.name=b,metadata.name=a',
    '',
  ],
  ['GET', '/apis/g/v/things?fieldSelector=metadata.name!=a', 'list', '', 'metadata.name!=a', ''],
  ['GET', '/apis/g/v/things?fieldSelector=metadata.name=a,foo', 'list', '', 'metadata.name=a,foo', ''],
  ['GET', '/apis/g/v/things?fieldSelector=metadata.name=a,foo&watch=true', 'watch', '', 'metadata.name=a,foo', ''],
  ['GET', '/apis/g/v/things?fieldSelector=metadata.name=a=b', 'list', '', 'metadata.name=a=b', ''],
  ['GET', '/apis/g/v/things?fieldSelector=metadata.name=a%5C,b', 'list', 'a,b', 'metadata.name=a\\,b', ''],
  ['GET', '/apis/g/v/things?fieldSelector=metadata.name=a%5Cb', 'list', '', 'metadata.name=a\\b', ''],
  ['GET', '/apis/g/v/things?fieldSelector=metadata.name=a%5C', 'list', '', 'metadata.name=a\\', ''],
  ['GET', '/apis/g/v/things?fieldSelector=metadata.name=a/b', 'list', '', 'metadata.name=a/b', ''],
  ['GET', '/apis/g/v/things?fieldSelector=metadata.name=..', 'list', '', 'metadata.name=..', ''],
  ['GET', '/apis/g/v/things?fieldSelector=metadata.name=a&limit=x', 'list', '', 'metadata.name=a', ''],
  ['GET', '/apis/g/v/things?fieldSelector=metadata.name=a&limit=500', 'list', 'a', 'metadata.name=a', ''],
  [
    'DELETE',
    '/apis/g/v/things?fieldSelector=metadata.name=a&labelSelector=b=c',
    'deletecollection',
    '',
    'metadata.name=a',
    'b=c',
  ],
  ['GET', '/apis/g/v/things/n?fieldSelector=x=y&labelSelector=b=c', 'get', 'n', '', ''],
  ['GET', '/apis/g/v/watch/things?fieldSelector=metadata.name=a&labelSelector=b=c', 'watch', '', '', ''],
  ['GET', '/apis/g/v/watch/things/n?fieldSelector=metadata.name=a', 'watch', 'n', '', ''],
])('selectors: %s %s', (method, target, verb, name, fieldSelector, labelSelector) => {
  expect(read(method, target)).toMatchObject({ verb, name, fieldSelector, labelSelector });
});

it.each(['/api/v1/watch', '/api/v1/proxy', '/apis/apps/v1/watch'])('%s is an error, as on the server', (target) => {
  const verb = target.split('/').at(-1);
  expect(read('GET', target)).toMatchObject({
    isResourceRequest: true,
    verb: 'get',
    error: `the path ends after "${verb}", where a resource should be`,
  });
});
