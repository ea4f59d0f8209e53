/** The upstream of the benchmarks: 1 KiB of JSON for every GET, and the one namespace that the gate wants to know of. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [folder = '.'] = process.argv.slice(2);
const metadata = (name: string) => ({
  name,
  uid: '0d6b4a1c',
  resourceVersion: '1',
  labels: { 'sallyport.dev/environment': 'dev' },
});
const object = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { ...metadata('one'), namespace: 'bench' },
  data: { text: '' },
};
object.data.text = 'x'.repeat(1024 - Buffer.byteLength(JSON.stringify(object)));
const body = Buffer.from(JSON.stringify(object));
const namespaces = JSON.stringify({
  apiVersion: 'v1',
  kind: 'NamespaceList',
  metadata: { resourceVersion: '1' },
  items: [{ metadata: metadata('bench') }],
});

const server = createServer(
  { key: readFileSync(`${folder}/key.pem`), cert: readFileSync(`${folder}/cert.pem`), keepAliveTimeout: 120_000 },
  (request, response) => {
    const url = request.url ?? '';
    request.resume();
    if (url.startsWith('/api/v1/namespaces?watch=')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      return;
    }
    const answer = url.startsWith('/api/v1/namespaces?') ? namespaces : body;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
    response.end(answer);
  },
);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
