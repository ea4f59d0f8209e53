import { isIPv6 } from 'node:net';
import { byteText } from '../go-bytes.ts';
import { escapeUrl, unescapeUrl } from './url-escape.ts';

/** A URL as Go's `net/url` has it; all its parts are byte text. */
export interface GoUrl {
  readonly scheme: string;
  readonly opaque: string;
  readonly user: GoUserinfo | undefined;
  /** With the port. */
  readonly host: string;
  readonly path: string;
  /** Set only where the default escaping of the path is another. */
  readonly rawPath: string;
  readonly omitHost: boolean;
  readonly forceQuery: boolean;
  readonly rawQuery: string;
  readonly fragment: string;
  readonly rawFragment: string;
}

export interface GoUserinfo {
  readonly username: string;
  readonly password: string | undefined;
}

const EMPTY: GoUrl = {
  scheme: '',
  opaque: '',
  user: undefined,
  host: '',
  path: '',
  rawPath: '',
  omitHost: false,
  forceQuery: false,
  rawQuery: '',
  fragment: '',
  rawFragment: '',
};

/** Go's `url.Parse`; undefined where it says error. */
export function parseUrl(text: string): GoUrl | undefined {
  const [rest, frag] = cut(byteText(text), '#');
  const url = parseUnfragmented(rest);
  if (!url || frag === '') return url;
  const fragment = unescapeUrl(frag, 'fragment');
  if (fragment === undefined) return undefined;
  return { ...url, fragment, rawFragment: escapeUrl(fragment, 'fragment') === frag ? '' : frag };
}

/** Go's `URL.Hostname` and `URL.Port`. */
export function splitHostPort(hostPort: string): readonly [host: string, port: string] {
  const [, before = hostPort, port = ''] = /^(.*):([0-9]*)$/s.exec(hostPort) ?? [];
  return [/^\[.*\]$/s.test(before) ? before.slice(1, -1) : before, port];
}

/** Go's `URL.EscapedPath`: as it was written where that says the path, else as Go escapes it. */
export function escapedPath({ path, rawPath }: GoUrl): string {
  const isValid = /^[A-Za-z0-9\-_.~!$&'()*+,;=:@/[\]%]*$/.test(rawPath);
  if (rawPath !== '' && isValid && unescapeUrl(rawPath, 'path') === path) return rawPath;
  return path === '*' ? '*' : escapeUrl(path, 'path');
}

/** Go's `URL.String`, as byte text. */
export function urlText(url: GoUrl): string {
  const { scheme, opaque, user, host, path, omitHost } = url;
  let text = scheme === '' ? '' : `${scheme}:`;
  if (opaque !== '') text += opaque;
  else {
    const hasAuthority = host !== '' || user !== undefined;
    if ((scheme !== '' || hasAuthority) && !(omitHost && !hasAuthority)) {
      if (host !== '' || path !== '' || user) text += '//';
      if (user) text += `${userText(user)}@`;
      text += escapeUrl(host, 'host');
    }
    const escaped = escapedPath(url);
    if (escaped !== '' && !escaped.startsWith('/') && host !== '') text += '/';
    if (text === '' && cut(escaped, '/')[0].includes(':')) text += './';
    text += escaped;
  }
  if (url.forceQuery || url.rawQuery !== '') text += `?${url.rawQuery}`;
  return url.fragment === '' ? text : `${text}#${escapedFragment(url)}`;
}

function userText({ username, password }: GoUserinfo): string {
  const name = escapeUrl(username, 'user');
  return password === undefined ? name : `${name}:${escapeUrl(password, 'user')}`;
}

function escapedFragment({ fragment, rawFragment }: GoUrl): string {
  const isValid = /^[A-Za-z0-9\-_.~!$&'()*+,;=:@/?[\]%]*$/.test(rawFragment);
  if (rawFragment !== '' && isValid && unescapeUrl(rawFragment, 'fragment') === fragment) return rawFragment;
  return escapeUrl(fragment, 'fragment');
}

function parseUnfragmented(bytes: string): GoUrl | undefined {
  if (/[^ -~\u0080-\u00ff]/.test(bytes)) return undefined; // control characters
  if (bytes === '*') return { ...EMPTY, path: '*' };
  if (bytes.startsWith(':')) return undefined;
  const [, found = '', afterScheme = bytes] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(bytes) ?? [];
  const scheme = found.toLowerCase();
  const forceQuery = afterScheme.indexOf('?') === afterScheme.length - 1 && afterScheme !== '';
  const [rest, rawQuery] = cut(afterScheme, '?');
  const url = { ...EMPTY, scheme, forceQuery, rawQuery };
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...url, opaque: rest };
    if (cut(rest, '/')[0].includes(':')) return undefined;
  }
  if (!rest.startsWith('//') || (scheme === '' && rest.startsWith('///'))) {
    return withPath({ ...url, omitHost: scheme !== '' && rest.startsWith('/') }, rest);
  }
  const slash = rest.indexOf('/', 2);
  const authority = parseAuthority(scheme, slash < 0 ? rest.slice(2) : rest.slice(2, slash));
  return authority && withPath({ ...url, ...authority }, slash < 0 ? '' : rest.slice(slash));
}

function withPath(url: GoUrl, escaped: string): GoUrl | undefined {
  const path = unescapeUrl(escaped, 'path');
  if (path === undefined) return undefined;
  return { ...url, path, rawPath: escapeUrl(path, 'path') === escaped ? '' : escaped };
}

function parseAuthority(scheme: string, authority: string): Pick<GoUrl, 'user' | 'host'> | undefined {
  const at = authority.lastIndexOf('@');
  const host = parseHost(scheme, authority.slice(at + 1));
  if (host === undefined) return undefined;
  if (at < 0) return { user: undefined, host };
  const userinfo = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo)) return undefined;
  const [name, secret] = cut(userinfo, ':');
  const username = unescapeUrl(name, 'user');
  const password = unescapeUrl(secret, 'user');
  if (username === undefined || password === undefined) return undefined;
  return { user: { username, password: userinfo.includes(':') ? password : undefined }, host };
}

function parseHost(scheme: string, host: string): string | undefined {
  const open = host.lastIndexOf('[');
  if (open > 0) return undefined;
  if (open === 0) return parseIpLiteral(host);
  const first = host.indexOf(':');
  // Other schemes list hosts with ports; what follows the last colon is the port then.
  const colon = scheme === 'http' || scheme === 'https' ? first : host.lastIndexOf(':');
  if (colon >= 0 && !isOptionalPort(host.slice(colon))) return undefined;
  return unescapeUrl(host, 'host');
}

function parseIpLiteral(host: string): string | undefined {
  const close = host.lastIndexOf(']');
  const colonPort = host.slice(close + 1);
  if (close < 0 || !isOptionalPort(colonPort)) return undefined;
  const inside = host.slice(1, close);
  const zoneAt = inside.indexOf('%25');
  const address = unescapeUrl(zoneAt < 0 ? inside : inside.slice(0, zoneAt), 'host');
  const zone = zoneAt < 0 ? '' : unescapeUrl(inside.slice(zoneAt), 'zone');
  if (address === undefined || zone === undefined || !isIpv6Address(address + zone)) return undefined;
  return `[${address}${zone}]${colonPort}`;
}

/** An IPv6 address after Go's `netip`: a zone may be anything but empty. */
function isIpv6Address(text: string): boolean {
  const [address, zone] = cut(text, '%');
  return isIPv6(address) && (zone !== '' || !text.includes('%'));
}

function isOptionalPort(text: string): boolean {
  return /^(?::[0-9]*)?$/.test(text);
}

function cut(text: string, mark: string): readonly [before: string, after: string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)];
}
