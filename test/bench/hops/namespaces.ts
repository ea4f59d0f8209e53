import type { ServerResponse } from 'node:http';

const metadata = {
  name: 'bench',
  uid: '0d6b4a1c',
  resourceVersion: '1',
  labels: { 'sallyport.dev/environment': 'dev' },
};
const list = JSON.stringify({
  apiVersion: 'v1',
  kind: 'NamespaceList',
  metadata: { resourceVersion: '1' },
  items: [{ metadata }],
});
const JSON_TYPE = { 'content-type': 'application/json' };

/** Answers what the gate wants to know of namespaces: there is one, `bench`, and it never changes. False for other paths. */
export function answerNamespaces(url: string, response: ServerResponse): boolean {
  if (url.startsWith('/api/v1/namespaces?watch=')) {
    response.writeHead(200, JSON_TYPE);
    response.flushHeaders();
    return true;
  }
  if (!url.startsWith('/api/v1/namespaces?')) return false;
  response.writeHead(200, { ...JSON_TYPE, 'content-length': Buffer.byteLength(list) });
  response.end(list);
  return true;
}
