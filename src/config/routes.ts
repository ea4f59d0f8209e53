import { z } from 'zod';
import type { KubernetesUpstream, Route } from '../config.ts';
import type { Labels } from '../labels.ts';
import { wrongCertificates } from './pem.ts';
import { contents, existingFile, isLoopback, leaf, mapping, moment, refuse, text, yesOrNo } from './values.ts';
import { Brought, type Problem, problemsOf, valueAt, WHOLE } from './yaml-problems.ts';

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LATER_SURFACES = ['mcp', 'aws', 'http'];

/** One route. Which keys it may have depends on its surface, so the surface is looked at first. */
export function routeSchema(folder: string) {
  const kubernetes = kubernetesRoute(folder);
  return chosenBy((value): z.ZodType<Route> => {
    const surface = valueAt(value, ['surface']);
    if (typeof surface !== 'string' || !LATER_SURFACES.includes(surface)) return kubernetes;
    // Only this is said of it: judging its other keys by the rules of another surface would be noise.
    return z
      .looseObject({ surface: leaf<never>('', () => refuse(`surface ${surface}: not in this version`)) })
      .transform(() => z.NEVER);
  });
}

function kubernetesRoute(folder: string): z.ZodType<Route> {
  return mapping({
    name: text('a name of at most 63 lower-case letters, digits and inner hyphens', NAME),
    surface: text('kubernetes', /^kubernetes$/),
    at: leaf('a path prefix like /kube/staging: a leading slash, none at the end, plain segments', readPrefix),
    environment: label(),
    service: label(),
    tier: label(),
    team: label(),
    regulated: label(),
    mode: modeSchema().default({ kind: 'enforce' }),
    impersonate: yesOrNo().default(true),
    upstream: upstreamSchema(folder),
  }).transform(({ environment, service, tier, team, regulated, ...route }) => ({
    ...route,
    surface: 'kubernetes' as const,
    labels: { environment, service, tier, team, regulated } satisfies Labels,
  }));
}

/** What the operator declares; undeclared is `none`, which policy reads as the strictest. */
function label() {
  return leaf('a label value: at most 63 letters, digits, hyphens, dots and underscores', (value) => {
    const written = typeof value === 'boolean' || typeof value === 'number' ? String(value) : value;
    if (written === 'unknown')
      return refuse('"unknown" is what the gate says when a fact cannot be had; leave the key out');
    return typeof written === 'string' && LABEL_VALUE.test(written) ? written : undefined;
  }).default('none');
}

function readPrefix(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^(\/[A-Za-z0-9._~-]+)+$/.test(value)) return undefined;
  const segments = value.slice(1).split('/');
  if (segments.some((segment) => segment === '.' || segment === '..')) return undefined;
  if (segments[0] === 'sallyport') return refuse("/sallyport is the gate's own; expected another path prefix");
  return value;
}

function modeSchema() {
  const shadow = mapping({ shadow: mapping({ until: moment() }) });
  const word = leaf('enforce or shadow', (value) => {
    if (value === 'shadow') return refuse('shadow needs an end date; expected {shadow: {until: 2026-12-01}}');
    return value === 'enforce' ? ({ kind: 'enforce' } as const) : undefined;
  });
  return chosenBy(
    (value): z.ZodType<Route['mode']> =>
      isMapping(value) ? shadow.transform(({ shadow: { until } }) => ({ kind: 'shadow' as const, until })) : word,
  );
}

function upstreamSchema(folder: string) {
  const kubeconfig = mapping({
    kubeconfig: existingFile(folder, 'a kubeconfig file'),
    context: text('the name of a context').optional(),
  }).transform((it) => ({ kind: 'kubeconfig' as const, file: it.kubeconfig, context: it.context }));
  const url = mapping({
    url: leaf('an address like https://10.0.0.1:6443', readUpstreamUrl),
    ca: contents(folder, 'a file of PEM certificates', wrongCertificates).optional(),
    token: text('a token of printable characters', /^[\x21-\x7e]+$/).optional(),
  }).transform((it) => ({ kind: 'url' as const, url: it.url, ca: it.ca, token: it.token }));
  const other = leaf('{kubeconfig: FILE, context: NAME}, {url: ADDRESS} or in-cluster', (value) =>
    value === 'in-cluster' ? ({ kind: 'in-cluster' } as const) : undefined,
  );
  return chosenBy((value): z.ZodType<KubernetesUpstream> => {
    if (!isMapping(value)) return other;
    const [hasUrl, hasFile] = [Object.hasOwn(value, 'url'), Object.hasOwn(value, 'kubeconfig')];
    if (hasUrl && hasFile)
      return leaf<never>('', () => refuse('both kubeconfig and url are given; expected one of them'));
    return hasUrl ? url : kubeconfig;
  });
}

function readUpstreamUrl(value: unknown): string | undefined {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  if (url.username !== '' || url.password !== '')
    return refuse('credentials do not belong in an address; expected them under token');
  if (url.search !== '' || url.hash !== '') return undefined;
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return refuse('plain http is for loopback only; expected https');
  }
  return url.href.replace(/\/+$/, '');
}

/** Names and prefixes that collide, seen over all routes, well-formed or not, so that it is said together with the rest. */
export function collidingRoutes(config: unknown): Problem[] {
  const routes = valueAt(config, ['routes']);
  if (!Array.isArray(routes)) return [];
  const problems: Problem[] = [];
  for (const [i, route] of routes.entries()) {
    for (const [j, earlier] of routes.slice(0, i).entries()) {
      const add = (key: string, message: string) => problems.push({ path: ['routes', i, key], at: 'value', message });
      const name = written(route, 'name');
      if (name !== undefined && name === written(earlier, 'name'))
        add('name', `"${name}" is the name of routes[${j}] too`);
      const [at, other] = [written(route, 'at'), written(earlier, 'at')];
      if (at === undefined || other === undefined) continue;
      if (at === other) add('at', `"${at}" is the prefix of routes[${j}] too`);
      else if (at.startsWith(`${other}/`)) add('at', `"${at}" lies inside "${other}", the prefix of routes[${j}]`);
      else if (other.startsWith(`${at}/`)) add('at', `"${at}" contains "${other}", the prefix of routes[${j}]`);
    }
  }
  return problems;
}

function written(route: unknown, key: string): string | undefined {
  const value = valueAt(route, [key]);
  if (value instanceof Brought) return value.text;
  return typeof value === 'string' ? value : undefined;
}

/** A value whose own look decides which schema it must satisfy: unlike a union, the errors are that one schema's. */
export function chosenBy<T>(choose: (value: unknown) => z.ZodType<T>) {
  return z.unknown().transform((value, context): T => {
    const result = choose(value).safeParse(value);
    if (result.success) return result.data;
    for (const { path, at, message } of problemsOf(result.error.issues, value)) {
      context.addIssue({ code: 'custom', path: [...path], message, params: { ...WHOLE, at } });
    }
    return z.NEVER;
  });
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Brought);
}
