/** The upstream of the benchmarks: 1 KiB of JSON for every GET, and the one namespace that the gate wants to know of. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { answerNamespaces } from './namespaces.ts';

const [folder = '.'] = process.argv.slice(2);
const object = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'one', namespace: 'bench', uid: '0d6b4a1c', resourceVersion: '1' },
  data: { text: '' },
};
object.data.text = 'x'.repeat(1024 - Buffer.byteLength(JSON.stringify(object)));
const body = Buffer.from(JSON.stringify(object));

const server = createServer(
  { key: readFileSync(`${folder}/key.pem`), cert: readFileSync(`${folder}/cert.pem`), keepAliveTimeout: 120_000 },
  (request, response) => {
    request.resume();
    if (answerNamespaces(request.url ?? '', response)) return;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  },
);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
