import { describe, expect, it } from 'vitest';
import { readHeaders } from '../../src/listen/wire-headers.ts';

describe('the headers of a request', () => {
  it.each<[string, string[], Record<string, string>]>([
    ['none', [], {}],
    [
      'names in lower case, values as they came',
      ['User-Agent', 'Kubectl/1', 'ACCEPT', '*/*'],
      { 'user-agent': 'Kubectl/1', accept: '*/*' },
    ],
    ['lists that came in parts', ['Accept', 'a', 'accept', 'b', 'Accept', 'c'], { accept: 'a, b, c' }],
    [
      'claims',
      ['Sallyport-Intent', 'i', 'Sallyport-Reason', 'r', 'sallyport-incident', 'n', 'Sallyport-Confidence', '0.9'],
      { 'sallyport-intent': 'i', 'sallyport-reason': 'r', 'sallyport-incident': 'n', 'sallyport-confidence': '0.9' },
    ],
    [
      'a connection that says how it goes on',
      ['Connection', 'Keep-Alive, Upgrade'],
      { connection: 'Keep-Alive, Upgrade' },
    ],
    ['an empty connection', ['Connection', ' , '], { connection: ' , ' }],
    ['chunks', ['Transfer-Encoding', 'Chunked '], { 'transfer-encoding': 'Chunked ' }],
    [
      'what proxies on the way add, which is not passed on',
      ['X-Forwarded-For', '10.0.0.1', 'Forwarded', 'for=x'],
      { 'x-forwarded-for': '10.0.0.1', forwarded: 'for=x' },
    ],
    [
      'names that only look like others',
      ['X-Remotely', '1', 'Impersonator', '2'],
      { 'x-remotely': '1', impersonator: '2' },
    ],
    ['names of properties', ['__proto__', '1', 'constructor', '2'], { ['__proto__']: '1', constructor: '2' }],
  ])('%s', (_name, raw, expected) => {
    expect([...readHeaders(raw)]).toEqual(Object.entries(expected));
  });
});

describe('a header that agents may not send', () => {
  it.each([
    'Impersonate-User',
    'impersonate-group',
    'IMPERSONATE-UID',
    'Impersonate-Extra-Scopes',
    'Impersonate_User',
    'impersonate-extra_x',
    'Impersonate-',
    'X-Remote-User',
    'x_remote_group',
    'X-Remote-Extra-Acme',
    'X-HTTP-Method-Override',
    'X-HTTP-Method',
    'X-Method-Override',
    'X_HTTP_Method_Override',
    'X-Original-URL',
    'X-Original-URI',
    'X-Rewrite-URL',
    'X-Envoy-Original-Path',
    'X-Forwarded-Prefix',
    'Sallyport-Decision',
    'Sallyport-Outcome',
    'Sallyport-Anything',
    'Sallyport_Intent',
  ])('%s', (name) => {
    const message = `the header ${name.toLowerCase()} is not accepted from agents`;
    expect(() => readHeaders(['Host', 'gate', name, 'x'])).toThrow(
      expect.objectContaining({ code: 'wire/forbidden-header', message }),
    );
  });
});

describe('headers that could be read in two ways', () => {
  it.each<[string, string[], string]>([
    ['a header twice', ['Host', 'a', 'Host', 'a'], 'the header host is given twice'],
    [
      'a header twice in other letters',
      ['Authorization', 'a', 'AUTHORIZATION', 'b'],
      'the header authorization is given twice',
    ],
    ['two lengths', ['Content-Length', '1', 'content-length', '1'], 'the header content-length is given twice'],
    ['two types', ['Content-Type', 'a', 'Content-Type', 'b'], 'the header content-type is given twice'],
    [
      'two targets of another surface',
      ['X-Amz-Target', 'a', 'X-Amz-Target', 'b'],
      'the header x-amz-target is given twice',
    ],
    [
      'two codings',
      ['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'],
      'the header transfer-encoding is given twice',
    ],
    [
      'a length and a coding',
      ['Content-Length', '1', 'Transfer-Encoding', 'chunked'],
      'both Transfer-Encoding and Content-Length are given',
    ],
    [
      'a coding that is not taken off',
      ['Transfer-Encoding', 'gzip, chunked'],
      'the Transfer-Encoding "gzip, chunked" is not read',
    ],
    ['an empty coding', ['Transfer-Encoding', ''], 'the Transfer-Encoding "" is not read'],
    [
      'a connection that names a header',
      ['Connection', 'close, Authorization'],
      'the Connection header names "authorization"',
    ],
    [
      'a connection that names a header in its second part',
      ['Connection', 'close', 'Connection', 'X-A'],
      'the Connection header names "x-a"',
    ],
    [
      'a connection that names something long',
      ['Connection', 'x'.repeat(100)],
      `the Connection header names "${'x'.repeat(64)}"`,
    ],
  ])('%s', (_name, raw, message) => {
    expect(() => readHeaders(raw)).toThrow(expect.objectContaining({ code: 'wire/malformed', message }));
  });
});
