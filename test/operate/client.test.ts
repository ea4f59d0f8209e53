import { expect, it } from 'vitest';
import { apiPath, apiQuery, OperationsClient } from '../../src/operate/client.ts';

it.each([
  'http://10.0.0.7:7071',
  'http://gate.example',
  'http://localhost.evil.example',
  'http://127.0.0.1.evil.example',
])('a token is not sent in the clear to %s', (origin) => {
  expect(() => new OperationsClient({ origin, ca: [], token: 't', tokenFrom: 'the test' })).toThrow(
    expect.objectContaining({ code: 'config/invalid' }),
  );
});

it.each(['http://127.0.0.1:7071', 'http://localhost', 'http://[::1]:7071', 'https://gate.example'])(
  '%s is fine',
  (origin) => {
    expect(new OperationsClient({ origin, ca: [], token: 't', tokenFrom: 'the test' })).toBeInstanceOf(
      OperationsClient,
    );
  },
);

it('names in a path stay one segment', () => {
  expect(apiPath('/v1/agents', '../operators', 'a b?c#d')).toBe('/v1/agents/..%2Foperators/a%20b%3Fc%23d');
});

it('a query has what is given, encoded', () => {
  expect(apiQuery({ a: '1&b=2', c: undefined })).toBe('?a=1%26b%3D2');
  expect(apiQuery({ c: undefined })).toBe('');
});

it.each(['', '.', '..'])('%j is no segment: a URL would make another path of it', (segment) => {
  expect(() => apiPath('/v1/agents', segment)).toThrow(expect.objectContaining({ code: 'usage/invalid' }));
});
