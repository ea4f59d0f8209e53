import { join } from 'node:path';
import { z } from 'zod';
import type { BundleKey, Config, SiteSource } from '../config.ts';
import { bundleFrom, bundleFromShape } from './bundle-from.ts';
import { ALGORITHM, wrongBundleKey } from './bundle-key.ts';
import { notifySchema } from './notify-schema.ts';
import { operatorsSchema } from './operators.ts';
import { keyFits, wrongCertificates, wrongKey } from './pem.ts';
import { probesSchema } from './probes.ts';
import { routeSchema } from './routes.ts';
import { wrongSiteKeys } from './site-keys.ts';
import { resolvePath } from './text-file.ts';
import { address, contents, duration, leaf, mapping, path, refuse, size, text, whole, yesOrNo } from './values.ts';
import { keySetPlace } from './web-address.ts';
import { WHOLE } from './yaml-problems.ts';

/** The values that a configuration has when it does not say: bytes and milliseconds. */
export const DEFAULTS = {
  listen: { host: '127.0.0.1', port: 7070 },
  operate: { host: '127.0.0.1', port: 7071 },
  skew: 30,
  labels: {
    environment: 'sallyport.dev/environment',
    service: 'sallyport.dev/service',
    tier: 'sallyport.dev/tier',
    team: 'sallyport.dev/team',
    regulated: 'sallyport.dev/regulated',
  },
  limits: {
    body: 3_145_728, // as the API server's own
    headers: 32_768,
    headersTimeout: 15_000,
    requestTimeout: 60_000,
    upstreamTimeout: 60_000,
    measureTimeout: 5_000,
    drain: 30_000,
    connections: 10_000,
  },
  evaluation: { fuel: 10_000_000, memory: 64 },
  holds: { wait: 25_000, perAgent: 1_000 },
  notify: { digest: 900_000, targets: [] },
} as const;

const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** `sallyport.yaml` → Config without its source. `folder` is what relative paths are relative to. */
export function configSchema(folder: string, packageBundle: string) {
  return mapping({
    listen: address().default(DEFAULTS.listen),
    operate: address().default(DEFAULTS.operate),
    operateInsecure: yesOrNo().default(false),
    tls: tlsSchema(folder).optional(),
    state: path(folder, 'a folder').default(join(folder, 'var')),
    store: storeSchema(folder).optional(),
    bundle: bundleSchema(folder, packageBundle).prefault({}),
    identity: identitySchema(folder).prefault({}),
    operators: operatorsSchema(folder).prefault({}),
    labels: labelsSchema().prefault({}),
    limits: limitsSchema().prefault({}),
    evaluation: mapping({
      fuel: whole(10_000, 1_000_000_000).default(DEFAULTS.evaluation.fuel),
      memory: whole(16, 4096, ' of MiB').default(DEFAULTS.evaluation.memory),
    }).prefault({}),
    holds: mapping({
      // Below the half minute after which proxies on the way tend to give a silent answer up.
      wait: duration(60_000, 0).default(DEFAULTS.holds.wait),
      perAgent: whole(1, 100_000).default(DEFAULTS.holds.perAgent),
    }).prefault({}),
    notify: notifySchema(folder).prefault({}),
    routes: z.array(routeSchema(folder), { error: 'a list of routes' }).min(1, { error: 'at least one route' }),
    probes: probesSchema(folder),
  }).transform(
    ({ operateInsecure, store, tls, operate, ...rest }): Omit<Config, 'source'> => ({
      ...rest,
      operate: { ...operate, insecure: operateInsecure },
      tls,
      store: store ?? { kind: 'sqlite', path: join(rest.state, 'sallyport.db') },
    }),
  );
}

function tlsSchema(folder: string) {
  return mapping({
    cert: contents(folder, "a file of PEM certificates, the server's own first", wrongCertificates),
    key: contents(folder, 'a PEM private key', wrongKey),
  }).superRefine(({ cert, key }, context) => {
    if (keyFits(cert, key)) return;
    context.addIssue({ code: 'custom', path: ['key'], message: 'it is not the key of tls.cert', params: WHOLE });
  });
}

function storeSchema(folder: string) {
  return leaf('sqlite:PATH', (value): Config['store'] | undefined => {
    if (typeof value !== 'string') return undefined;
    if (/^postgres(ql)?:/.test(value)) return refuse('store postgres: not in this version; expected sqlite:PATH');
    const [, file] = /^sqlite:(.+)$/.exec(value) ?? [];
    return file === undefined ? undefined : { kind: 'sqlite', path: resolvePath(file, folder) };
  });
}

function bundleSchema(folder: string, packageBundle: string) {
  return mapping({
    ...bundleFromShape(folder),
    keys: bundleKeys(folder),
    site: siteSchema(folder).optional(),
  })
    .transform(({ keys, site, ...from }, context) => ({ from: bundleFrom(from, packageBundle, context), keys, site }))
    .superRefine(({ keys, site }, context) => {
      for (const { path, message } of wrongSiteKeys(keys, site)) {
        context.addIssue({ code: 'custom', path: ['site', ...path], message, params: WHOLE });
      }
    });
}

function siteSchema(folder: string) {
  return mapping({
    ...bundleFromShape(folder, "a site's bundle (.tar.gz)"),
    keys: bundleKeys(folder),
    trust: z
      .array(text("a setting's name, or rules", /^[a-z][a-z0-9_]*$/), { error: 'a list of settings, or rules' })
      .default([]),
  }).transform(
    ({ keys, trust, ...from }, context): SiteSource => ({ from: bundleFrom(from, undefined, context), keys, trust }),
  );
}

function bundleKeys(folder: string) {
  return z.array(bundleKey(folder), { error: 'a list of keys' }).default([]);
}

function bundleKey(folder: string) {
  return mapping({
    id: text('the name of the key'),
    key: contents(folder, 'a file with the PEM public key, or the secret for HS*', () => undefined),
    algorithm: text('RS256, PS256, ES256, HS256 (or 384, 512) or EdDSA', ALGORITHM),
    scope: text('the scope that the signature must carry').default(''),
  }).transform((key, context): BundleKey => {
    const wrong = wrongBundleKey(key);
    if (wrong !== undefined) context.addIssue({ code: 'custom', path: ['key'], message: wrong, params: WHOLE });
    return key;
  });
}

function identitySchema(folder: string) {
  const issuer = mapping({
    issuer: text('the issuer, as tokens name it in iss'),
    audience: text('the audience that tokens must be for'),
    jwks: keySetPlace(folder),
  });
  const authority = mapping({
    issuer: text("a name for this authority, as agents' identities give it"),
    ca: contents(folder, 'a file of PEM certificates', wrongCertificates),
  });
  return mapping({
    issuers: z.array(issuer, { error: 'a list of issuers' }).default([]),
    certificates: z.array(authority, { error: 'a list of certificate authorities' }).default([]),
    skew: whole(0, 300, ' of seconds').default(DEFAULTS.skew),
  });
}

function labelsSchema() {
  const key = (fallback: string) => text('a label key like example.com/environment', LABEL_KEY).default(fallback);
  const { environment, service, tier, team, regulated } = DEFAULTS.labels;
  return mapping({
    environment: key(environment),
    service: key(service),
    tier: key(tier),
    team: key(team),
    regulated: key(regulated),
  });
}

function limitsSchema() {
  const { limits } = DEFAULTS;
  return mapping({
    body: size(1024, 67_108_864).default(limits.body),
    headers: size(4096, 1_048_576).default(limits.headers),
    headersTimeout: duration(300_000).default(limits.headersTimeout),
    requestTimeout: duration(3_600_000).default(limits.requestTimeout),
    upstreamTimeout: duration(3_600_000).default(limits.upstreamTimeout),
    measureTimeout: duration(60_000).default(limits.measureTimeout),
    drain: duration(600_000).default(limits.drain),
    connections: whole(1, 1_000_000).default(limits.connections),
  });
}
