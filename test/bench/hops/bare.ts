/** A bare http-proxy-middleware hop: TLS in, TLS out, nothing judged, nothing recorded. */
import { readFileSync } from 'node:fs';
import { Agent, createServer } from 'node:https';
import { createProxyMiddleware } from 'http-proxy-middleware';

const [folder = '.', target = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, ca: readFileSync(`${folder}/ca.pem`), maxFreeSockets: 256 });
const proxy = createProxyMiddleware({ target, agent, changeOrigin: true });
const server = createServer(
  { key: readFileSync(`${folder}/key.pem`), cert: readFileSync(`${folder}/cert.pem`) },
  (request, response) => void proxy(request, response),
);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
