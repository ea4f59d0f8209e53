import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AttackLab, expectNothingLeaked, expectRefused, startAttackLab } from './attack-lab.ts';

let lab: AttackLab;
beforeAll(async () => {
  lab = await startAttackLab({ limits: { headersTimeout: '2s' } });
});
afterAll(() => lab.close());

const NS = '/kube/demo/api/v1/namespaces/shop-dev';
const MAP = `${NS}/configmaps/features`;

/** What an attacker wants to get through behind another request. */
const inner = (): string => lab.head(`DELETE ${MAP} HTTP/1.1`).concat('\r\n');
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

describe('what a well-formed client sends', () => {
  it('reaches the upstream once, so that the refusals below mean something', async () => {
    lab.upstream.forget();
    const spoken = await lab.say(lab.head(`GET ${MAP} HTTP/1.1`).concat('\r\n'));
    expect(spoken.answers.map(({ status }) => status)).toEqual([200]);
    expect(lab.reached().map(({ method, url }) => [method, url])).toEqual([
      ['GET', '/api/v1/namespaces/shop-dev/configmaps/features'],
    ]);
    expectNothingLeaked(lab, spoken.text);
  });

  it('in chunks leaves as one body with a length, made from what was judged', async () => {
    lab.upstream.forget();
    const options = '{"kind":"DeleteOptions","apiVersion":"v1","dryRun":["All"]}';
    const said = lab
      .head(`DELETE ${MAP} HTTP/1.1`, 'Content-Type: application/json', 'Transfer-Encoding: chunked', 'Trailer: X-More')
      .concat(`\r\n${chunk(options)}0\r\nX-More: 1\r\n\r\n`);
    const { answers } = await lab.say(said);
    expect(answers.map(({ status }) => status)).toEqual([200]);
    const sent = lab.reached().filter(({ method }) => method === 'DELETE');
    expect(sent).toMatchObject([{ body: options, headers: { 'content-length': String(options.length) } }]);
    expect(Object.keys(sent[0]?.headers ?? {}).sort()).toEqual([
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'impersonate-group',
      'impersonate-user',
    ]);
  });

  it.each([
    ['with HTTP/1.0', () => lab.head(`GET ${NS}/configmaps?watch=1&timeoutSeconds=1 HTTP/1.0`)],
    ['and is to be the last', () => lab.head(`GET ${NS}/configmaps HTTP/1.1`, 'Connection: close')],
  ])('%s is answered as it can be read, and the connection ends', async (_name, head) => {
    lab.upstream.forget();
    // A body without a length, which the upstream sends in chunks.
    lab.upstream.fault = (request, response) => {
      if (request.headers['impersonate-user'] === undefined) return false;
      response.writeHead(200).write('one');
      response.end('two');
      return true;
    };
    const { text } = await lab.say(`${head()}\r\n`);
    lab.upstream.fault = undefined;
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toMatch(/\r\nconnection: close\r\n/i);
    const chunked = /\r\ntransfer-encoding: chunked\r\n/i.test(text);
    expect(chunked).toBe(!head().includes('HTTP/1.0'));
    expect(text.split('\r\n\r\n').slice(1).join()).toContain(chunked ? '3\r\none\r\n3\r\ntwo' : 'onetwo');
  });

  it('pipelined is two requests, each judged for itself', async () => {
    lab.upstream.forget();
    const first = lab.head(`GET ${MAP} HTTP/1.1`).concat('\r\n');
    const second = lab.head(`GET ${NS}/secrets/none/../x HTTP/1.1`).concat('\r\n');
    const { text } = await lab.say(first + second + first);
    expect(text.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400', 'HTTP/1.1 200', 'HTTP/1.1 404']);
    expect(lab.reached().map(({ method }) => method)).toEqual(['GET', 'GET']);
  });
});

describe('a request that hides another one is refused, and the other one is never taken for one', () => {
  it.each<[string, () => string, number[]]>([
    [
      'DELETE with both lengths: Transfer-Encoding and Content-Length',
      () =>
        lab.head(`DELETE ${MAP} HTTP/1.1`, 'Transfer-Encoding: chunked', 'Content-Length: 5') +
        `\r\n0\r\n\r\n${inner()}`,
      [400],
    ],
    [
      'Content-Length before Transfer-Encoding',
      () =>
        `${lab.head(`GET ${MAP} HTTP/1.1`, 'Content-Length: 4', 'Transfer-Encoding: chunked')}\r\n0\r\n\r\n${inner()}`,
      [400],
    ],
    [
      'two lengths that differ',
      () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Content-Length: 0', 'Content-Length: 9')}\r\n${inner()}`,
      [400],
    ],
    [
      'two lengths that agree',
      () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Content-Length: 0', 'Content-Length: 0')}\r\n${inner()}`,
      [400],
    ],
    ['a list of lengths', () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Content-Length: 0, 0')}\r\n${inner()}`, [400]],
    ['a negative length', () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Content-Length: -1')}\r\n${inner()}`, [400]],
    ['a length with a sign', () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Content-Length: +0')}\r\n${inner()}`, [400]],
    ['a hexadecimal length', () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Content-Length: 0x0')}\r\n${inner()}`, [400]],
    ['an empty length', () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Content-Length:')}\r\n${inner()}`, [400]],
    [
      'a length that overflows',
      () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Content-Length: 18446744073709551616')}\r\n${inner()}`,
      [400],
    ],
    [
      'an unknown transfer encoding',
      () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Transfer-Encoding: xchunked')}\r\n0\r\n\r\n${inner()}`,
      [400],
    ],
    [
      'chunked that is not the last transfer encoding',
      () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Transfer-Encoding: chunked, identity')}\r\n0\r\n\r\n${inner()}`,
      [400],
    ],
    [
      'two Transfer-Encoding headers',
      () =>
        lab.head(`DELETE ${MAP} HTTP/1.1`, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity') +
        `\r\n0\r\n\r\n${inner()}`,
      [400],
    ],
    [
      'a transfer encoding that the gate would have to undo',
      () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Transfer-Encoding: gzip, chunked')}\r\n${chunk('{}')}0\r\n\r\n`,
      [400],
    ],
    [
      'Transfer-Encoding with a tab before its value and a vertical tab in it',
      () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Transfer-Encoding:\t\x0bchunked')}\r\n0\r\n\r\n${inner()}`,
      [400],
    ],
    [
      'a space before the colon',
      () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Transfer-Encoding : chunked')}\r\n0\r\n\r\n${inner()}`,
      [400],
    ],
    [
      'a header on a folded line',
      () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'X-A: 1', ' Transfer-Encoding: chunked')}\r\n0\r\n\r\n${inner()}`,
      [400],
    ],
    [
      'a header name with a space in it',
      () => `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Transfer Encoding: chunked')}\r\n${inner()}`,
      [400],
    ],
    ['a bare LF at the end of a header', () => `${lab.head(`GET ${MAP} HTTP/1.1`, 'X-A: 1\nX-B: 2')}\r\n`, [400]],
    ['bare LFs all through', () => `${lab.head(`GET ${MAP} HTTP/1.1`).replaceAll('\r\n', '\n')}\n`, [400]],
    ['a bare CR in a header', () => `${lab.head(`GET ${MAP} HTTP/1.1`, 'X-A: 1\rX-B: 2')}\r\n`, [400]],
    ['a NUL in a header', () => `${lab.head(`GET ${MAP} HTTP/1.1`, 'X-A: 1\0')}\r\n`, [400]],
    ['a bare LF after a chunk size', () => chunkedDelete(`1\nx\r\n0\r\n\r\n${inner()}`), [400]],
    ['a chunk size with a sign', () => chunkedDelete(`+0\r\n\r\n${inner()}`), [400]],
    ['a chunk size in another notation', () => chunkedDelete(`0x0\r\n\r\n${inner()}`), [400]],
    ['a chunk size that overflows', () => chunkedDelete(`10000000000000000\r\n${inner()}`), [400]],
    ['a chunk that is longer than it says', () => chunkedDelete(`1\r\nxx\r\n0\r\n\r\n${inner()}`), [400]],
    ['no request line at all', () => `\0\0\0\0${inner()}`, [400]],
    ['a space in the target', () => `${lab.head(`GET ${MAP} HTTP/1.1 HTTP/1.1`)}\r\n`, [400]],
    ['a method that is none', () => `${lab.head(`GETX ${MAP} HTTP/1.1`)}\r\n`, [400]],
    ['a method in lower case', () => `${lab.head(`delete ${MAP} HTTP/1.1`)}\r\n`, [400]],
    ['a version that is none', () => `${lab.head(`GET ${MAP} HTTP/1.9`)}\r\n`, [400]],
    ['the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
    ['HTTP/0.9, which would never end', () => `GET ${MAP}\r\n`, [408]],
    ['no Host', () => `GET ${MAP} HTTP/1.1\r\nAuthorization: Bearer ${lab.token}\r\n\r\n`, [400]],
    ['two Hosts', () => `${lab.head(`GET ${MAP} HTTP/1.1`, 'Host: other')}\r\n`, [400]],
  ])('%s', async (_name, said, statuses) => {
    await expectRefused(lab, said(), statuses);
  });

  it.each<[string, (body: string) => string, number[]]>([
    ['OPTIONS in chunks', (body) => lab.head(`OPTIONS ${MAP} HTTP/1.1`, 'Transfer-Encoding: chunked') + body, [403]],
    ['DELETE in chunks', (body) => lab.head(`DELETE ${MAP} HTTP/1.1`, 'Transfer-Encoding: chunked') + body, [403]],
    ['GET in chunks', (body) => lab.head(`GET ${MAP} HTTP/1.1`, 'Transfer-Encoding: chunked') + body, [403]],
    ['HEAD in chunks', (body) => lab.head(`HEAD ${MAP} HTTP/1.1`, 'Transfer-Encoding: chunked') + body, [403]],
  ])('%s, with the other request as its body', async (_name, said, statuses) => {
    await expectRefused(lab, said(`\r\n${chunk(inner())}0\r\n\r\n`), statuses);
  });

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])(
    '%s with a length, and the other request as its body',
    async (method) => {
      const said = `${lab.head(`${method} ${MAP} HTTP/1.1`, `Content-Length: ${inner().length}`)}\r\n${inner()}`;
      await expectRefused(lab, said, [403]);
    },
  );

  it('CONNECT opens no tunnel', async () => {
    await expectRefused(lab, `CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n${inner()}`, []);
  });
});

function chunkedDelete(body: string): string {
  return `${lab.head(`DELETE ${MAP} HTTP/1.1`, 'Transfer-Encoding: chunked')}\r\n${body}`;
}
