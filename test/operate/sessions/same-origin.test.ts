import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { cookieJar } from '../../../src/operate/sessions/cookies.ts';
import { isFromElsewhere, isFromHere, localPath } from '../../../src/operate/sessions/same-origin.ts';

function requestWith(headers: Readonly<Record<string, string>>): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  Object.assign(request.headers, headers);
  return request;
}

describe('a form is from here', () => {
  const host = 'gate.example:7071';
  it.each<[string, Readonly<Record<string, string>>, boolean]>([
    ['with both signs of it', { host, origin: `https://${host}`, 'sec-fetch-site': 'same-origin' }, true],
    ['with its origin alone, as older browsers say', { host, origin: `https://${host}` }, true],
    ['with the fetch metadata alone', { host, 'sec-fetch-site': 'same-origin' }, true],
    ['behind a proxy, by the configured origin', { host: '127.0.0.1:7071', origin: 'https://gate.public' }, true],
    ['with neither', { host }, false],
    ['from another site', { host, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, false],
    ['from another host of the site', { host, origin: `https://${host}`, 'sec-fetch-site': 'same-site' }, false],
    ['typed into the address bar', { host, origin: `https://${host}`, 'sec-fetch-site': 'none' }, false],
    ['from another port', { host, origin: 'https://gate.example:8443' }, false],
    ['from a page without an origin', { host, origin: 'null' }, false],
    ['from a name that begins alike', { host, origin: `https://${host}.evil.example` }, false],
    ['with the host as a user', { host, origin: `https://${host}@evil.example` }, false],
  ])('%s: %s', (_name, headers, expected) => {
    expect(isFromHere(requestWith(headers), 'https://gate.public')).toBe(expected);
  });
});

it.each([
  ['cross-site', true],
  ['same-site', true],
  ['same-origin', false],
  ['none', false],
])('a visit by a link %s is from elsewhere: %s', (site, expected) => {
  expect(isFromElsewhere(requestWith({ 'sec-fetch-site': site }))).toBe(expected);
});

describe('where to go next', () => {
  it.each([
    ['/', '/'],
    ['/approvals/a-1?k=x.y', '/approvals/a-1?k=x.y'],
    ['/a/../b', '/b'],
    [undefined, '/'],
    ['', '/'],
    ['approvals', '/'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['\\\\evil.example', '/'],
    ['/x/..//evil.example', '/'],
    ['/.//evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['/\n/evil.example', '/'],
    ['https://evil.example/', '/'],
    ['javascript:alert(1)', '/'],
    ['/a\r\nset-cookie: x=1', '/'],
    [' /a', '/'],
    ['/ä', '/'],
    [`/${'a'.repeat(3000)}`, '/'],
  ])('%j leads to %j', (given, expected) => {
    expect(localPath(given)).toBe(expected);
  });
});

describe('cookies', () => {
  it('of a session are kept from scripts, other sites and other hosts', () => {
    expect(cookieJar(true).write('session', 'abc')).toBe(
      '__Host-sallyport-session=abc; Path=/; HttpOnly; SameSite=Strict; Secure',
    );
    expect(cookieJar(true).write('session', undefined)).toBe(
      '__Host-sallyport-session=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0',
    );
    expect(cookieJar(false).write('session', 'abc')).toBe('sallyport-session=abc; Path=/; HttpOnly; SameSite=Strict');
  });

  it('of a login under way come back from the issuer, and live ten minutes', () => {
    expect(cookieJar(true).write('login', 'abc')).toBe(
      '__Host-sallyport-login=abc; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600',
    );
  });

  it.each([
    ['nothing', '', undefined],
    ['one among others', 'a=1; __Host-sallyport-session=abc; b=2', 'abc'],
    ['one that another host could set', 'sallyport-session=abc', undefined],
    ['two of one name', '__Host-sallyport-session=abc; __Host-sallyport-session=def', undefined],
    ['one whose name only ends so', 'x__Host-sallyport-session=abc', undefined],
  ])('are read from %s', (_name, cookie, expected) => {
    expect(cookieJar(true).read(requestWith({ cookie }), 'session')).toBe(expected);
  });
});
