import { SallyportError } from '../errors.ts';
import type { WirePath } from './wire.ts';

const MAX_TARGET = 16 * 1024;

/**
 * Parses a request target once, strictly: what two parsers could read in two ways is refused, so that the judged path
 * and the forwarded path cannot differ (CVE-2021-29492, CVE-2021-39206, CVE-2026-26205).
 * @throws SallyportError `wire/malformed` naming the offending part
 */
export function parseTarget(target: string): WirePath {
  if (target.length > MAX_TARGET) throw malformed(`the request target is longer than ${MAX_TARGET} characters`);
  if (!target.startsWith('/')) throw malformed('the request target must be a path that starts with "/"');
  if (target.includes('#')) throw malformed('the request target contains "#"');
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark + 1);
  return { segments: parsePath(path), query: parseQuery(query) };
}

function parsePath(path: string): string[] {
  const raw = path.slice(1);
  if (raw === '') return [];
  const parts = (raw.endsWith('/') ? raw.slice(0, -1) : raw).split('/');
  return parts.map((part) => {
    const segment = part.includes('%') ? decode(part, 'path') : part;
    if (segment === '') throw malformed('the path has an empty segment ("//")');
    if (segment === '.' || segment === '..') throw malformed('the path has a dot segment');
    if (/[/\\;]/.test(segment)) throw malformed('a path segment contains "/", "\\" or ";", plain or encoded');
    if (hasControl(segment)) throw malformed('the path contains a control character');
    return segment;
  });
}

function parseQuery(query: string): [string, string][] {
  if (query === '') return [];
  const pairs: [string, string][] = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    // Go's parser drops a pair with ";" and others split at it: nobody sends one on purpose.
    if (part.includes(';')) throw malformed('the query contains ";"');
    const equals = part.indexOf('=');
    const name = decodeQuery(equals === -1 ? part : part.slice(0, equals));
    const value = decodeQuery(equals === -1 ? '' : part.slice(equals + 1));
    if (hasControl(name) || value.includes('\0')) throw malformed('the query contains a control character');
    pairs.push([name, value]);
  }
  return pairs;
}

function decodeQuery(text: string): string {
  return /[%+]/.test(text) ? decode(text.replaceAll('+', ' '), 'query') : text;
}

function decode(text: string, where: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed(`the ${where} has an invalid percent-encoding`);
  }
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** @throws SallyportError when a name that must not repeat does */
export function refuseRepeated(path: WirePath, repeatable: ReadonlySet<string>): void {
  if (path.query.length < 2) return;
  const seen = new Set<string>();
  for (const [name] of path.query) {
    if (seen.has(name) && !repeatable.has(name))
      throw malformed(`the query parameter "${name.slice(0, 64)}" is given twice`);
    seen.add(name);
  }
}

function malformed(what: string): SallyportError {
  return new SallyportError('wire/malformed', what);
}
