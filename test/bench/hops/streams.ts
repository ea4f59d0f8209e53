/**
 * The upstream of the streaming benchmarks: watches that all get an event each second, with the time at which it was
 * sent, and logs of as many bytes as `limitBytes` says.
 */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { answerNamespaces } from './namespaces.ts';

const [folder = '.'] = process.argv.slice(2);
const watchers = new Set<ServerResponse>();
const CHUNK = Buffer.from(`${'2026-06-01T10:00:00Z a line of a log\n'.repeat(1800)}`);

const server = createServer(
  { key: readFileSync(`${folder}/key.pem`), cert: readFileSync(`${folder}/cert.pem`) },
  (request, response) => {
    const url = request.url ?? '';
    request.resume();
    if (answerNamespaces(url, response)) return;
    const { searchParams } = new URL(url, 'https://upstream');
    if (searchParams.has('watch')) watch(response);
    else void log(response, Number(searchParams.get('limitBytes')));
  },
);

function watch(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  watchers.add(response);
  response.once('close', () => watchers.delete(response));
}

async function log(response: ServerResponse, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain' });
  for (let left = bytes; left > 0; left -= CHUNK.length) {
    if (response.write(left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK)) continue;
    await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end();
}

setInterval(() => {
  for (const watcher of watchers) {
    const metadata = {
      name: 'one',
      namespace: 'bench',
      uid: '0d6b4a1c',
      annotations: { sent: String(process.hrtime.bigint()) },
    };
    watcher.write(
      `${JSON.stringify({ type: 'MODIFIED', object: { kind: 'ConfigMap', apiVersion: 'v1', metadata } })}\n`,
    );
  }
}, 1000);

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
