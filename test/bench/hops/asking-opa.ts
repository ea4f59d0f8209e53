/** A Node proxy that asks `opa run --server` for each call, as one builds it in an afternoon: the same TLS, the same hop. */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent, createServer } from 'node:https';
import { createProxyMiddleware } from 'http-proxy-middleware';

const [folder = '.', target = '', opa = '', inputFile = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, ca: readFileSync(`${folder}/ca.pem`), maxFreeSockets: 256 });
const asking = new HttpAgent({ keepAlive: true, maxFreeSockets: 256 });
const proxy = createProxyMiddleware({ target, agent, changeOrigin: true });
const input = JSON.parse(readFileSync(inputFile, 'utf8'));

function ask(method: string, path: string): Promise<string> {
  const body = JSON.stringify({
    input: { ...input, call: { ...input.call, method, path, time: new Date().toISOString() } },
  });
  return new Promise((resolve, reject) => {
    const sending = httpRequest(
      `${opa}/v1/data/sallyport/decision`,
      {
        method: 'POST',
        agent: asking,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')).result?.outcome));
        answer.on('error', reject);
      },
    );
    sending.on('error', reject);
    sending.end(body);
  });
}

const server = createServer(
  { key: readFileSync(`${folder}/key.pem`), cert: readFileSync(`${folder}/cert.pem`) },
  async (request, response) => {
    const outcome = await ask(request.method ?? '', request.url ?? '');
    if (outcome === 'allow') return void proxy(request, response);
    response.writeHead(403);
    response.end(`denied: ${outcome}`);
  },
);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
