// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a configuration names its secrets
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configFromKubeconfig, packageBundle } from '../../src/config/file.ts';
import type { Config } from '../../src/config.ts';
import { SallyportError } from '../../src/errors.ts';
import { authority, env, folder, here, publicKey, ROUTES, read, route, server, siteKey } from './fixture.ts';

describe('a configuration that is right', () => {
  it('needs nothing but a route', () => {
    expect(read(ROUTES)).toEqual({
      source: here('sallyport.yaml'),
      listen: { host: '127.0.0.1', port: 7070 },
      operate: { host: '127.0.0.1', port: 7071, insecure: false },
      tls: undefined,
      state: here('var'),
      store: { kind: 'sqlite', path: here('var/sallyport.db') },
      bundle: { from: { kind: 'file', path: packageBundle(), watch: false }, keys: [], site: undefined },
      identity: { issuers: [], certificates: [], skew: 30 },
      operators: { origin: undefined, session: 28_800_000, issuers: [] },
      labels: {
        environment: 'sallyport.dev/environment',
        service: 'sallyport.dev/service',
        tier: 'sallyport.dev/tier',
        team: 'sallyport.dev/team',
        regulated: 'sallyport.dev/regulated',
      },
      limits: {
        body: 3_145_728,
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
      probes: [],
      routes: [
        {
          name: 'a',
          surface: 'kubernetes',
          at: '/kube/a',
          labels: { environment: 'none', service: 'none', tier: 'none', team: 'none', regulated: 'none' },
          mode: { kind: 'enforce' },
          impersonate: true,
          upstream: { kind: 'in-cluster' },
        },
      ],
    } satisfies Config);
  });

  it('says everything', () => {
    const text = `
listen: "[::1]:0"
operate: localhost:0
operateInsecure: true
tls: {cert: tls.pem, key: "\${file:tls.key}"}
state: folder
store: sqlite:~/gate.db
bundle:
  path: bundle.tar.gz
  keys:
    - {id: a, key: bundle.pem, algorithm: EdDSA, scope: write}
    - {id: b, key: "\${env:HMAC}", algorithm: HS256}
  site:
    path: bundle.tar.gz
    keys: [{id: a, key: site.pem, algorithm: EdDSA, scope: site}]
    trust: [windows, dry_run, rules]
identity:
  issuers:
    - {issuer: "https://idp", audience: gate, jwks: "https://idp/jwks"}
    - {issuer: files, audience: gate, jwks: jwks.json}
  certificates: [{issuer: mesh, ca: ca.pem}]
  skew: 5
operators: {origin: "https://gate.example.com", session: 1h}
labels: {environment: env, service: app.kubernetes.io/name}
limits: {body: 1MiB, headers: 8192, headersTimeout: 500ms, requestTimeout: 2m, connections: 5}
evaluation: {fuel: 100000, memory: 32}
holds: {wait: 5s, perAgent: 3}
routes:
  - {name: a, surface: kubernetes, at: /kube/a, environment: staging, service: shop, tier: 1, team: web, regulated: true,
     mode: {shadow: {until: 2026-12-01}}, impersonate: false, upstream: {kubeconfig: kubeconfig, context: x}}
  - {name: b, surface: kubernetes, at: /kube/ab, mode: {shadow: {until: "2026-12-01T18:00:00+02:00"}}, upstream: in-cluster}
  - {name: c, surface: kubernetes, at: /c, upstream: {url: "https://h:6443/base/", ca: ca.pem, token: "\${file:secret.txt}"}}
probes:
  - {name: shop-health, kind: http, url: "https://shop.example.com/healthz", token: "\${file:secret.txt}", timeout: 2s}
  - {name: metrics, kind: prometheus, url: "http://127.0.0.1:9090/api/v1/query", tokenFile: secret.txt, ca: ca.pem}
`;
    const config = read(text);
    const { environment, service } = config.labels;
    expect({ ...config, labels: { environment, service } }).toEqual({
      source: here('sallyport.yaml'),
      listen: { host: '::1', port: 0 },
      operate: { host: 'localhost', port: 0, insecure: true },
      tls: { cert: server.certificate, key: server.key.trimEnd() },
      state: here('folder'),
      store: { kind: 'sqlite', path: join(homedir(), 'gate.db') },
      bundle: {
        from: { kind: 'file', path: here('bundle.tar.gz'), watch: true },
        keys: [
          { id: 'a', key: publicKey, algorithm: 'EdDSA', scope: 'write' },
          { id: 'b', key: env.HMAC, algorithm: 'HS256', scope: '' },
        ],
        site: {
          from: { kind: 'file', path: here('bundle.tar.gz'), watch: true },
          keys: [{ id: 'a', key: siteKey, algorithm: 'EdDSA', scope: 'site' }],
          trust: ['windows', 'dry_run', 'rules'],
        },
      },
      identity: {
        issuers: [
          { issuer: 'https://idp', audience: 'gate', jwks: 'https://idp/jwks' },
          { issuer: 'files', audience: 'gate', jwks: here('jwks.json') },
        ],
        certificates: [{ issuer: 'mesh', ca: authority.certificate }],
        skew: 5,
      },
      operators: { origin: 'https://gate.example.com', session: 3_600_000, issuers: [] },
      labels: { environment: 'env', service: 'app.kubernetes.io/name' },
      limits: {
        body: 1_048_576,
        headers: 8192,
        headersTimeout: 500,
        requestTimeout: 120_000,
        upstreamTimeout: 60_000,
        measureTimeout: 5_000,
        drain: 30_000,
        connections: 5,
      },
      evaluation: { fuel: 100_000, memory: 32 },
      holds: { wait: 5_000, perAgent: 3 },
      notify: { digest: 900_000, targets: [] },
      routes: [
        {
          name: 'a',
          surface: 'kubernetes',
          at: '/kube/a',
          labels: { environment: 'staging', service: 'shop', tier: '1', team: 'web', regulated: 'true' },
          mode: { kind: 'shadow', until: '2026-12-01T00:00:00.000Z' },
          impersonate: false,
          upstream: { kind: 'kubeconfig', file: here('kubeconfig'), context: 'x' },
        },
        {
          name: 'b',
          surface: 'kubernetes',
          at: '/kube/ab',
          labels: { environment: 'none', service: 'none', tier: 'none', team: 'none', regulated: 'none' },
          mode: { kind: 'shadow', until: '2026-12-01T16:00:00.000Z' },
          impersonate: true,
          upstream: { kind: 'in-cluster' },
        },
        {
          name: 'c',
          surface: 'kubernetes',
          at: '/c',
          labels: { environment: 'none', service: 'none', tier: 'none', team: 'none', regulated: 'none' },
          mode: { kind: 'enforce' },
          impersonate: true,
          upstream: { kind: 'url', url: 'https://h:6443/base', ca: authority.certificate, token: 'swordfish' },
        },
      ],
      probes: [
        {
          ...{ name: 'shop-health', kind: 'http', url: 'https://shop.example.com/healthz' },
          ...{ token: 'swordfish', ca: undefined, timeout: 2_000 },
        },
        {
          ...{ name: 'metrics', kind: 'prometheus', url: 'http://127.0.0.1:9090/api/v1/query' },
          ...{ token: { file: here('secret.txt') }, ca: authority.certificate, timeout: 10_000 },
        },
      ],
    });
  });

  it('takes what a reference brings in as it is', () => {
    const config = read(route({ upstream: '{url: "https://h", token: "a-${env:TEXT}-${env:TOKEN}"}' }));
    expect(config.routes[0]?.upstream).toEqual({
      kind: 'url',
      url: 'https://h',
      ca: undefined,
      token: 'a-x${y-hunter2',
    });
  });
});

describe('a kubeconfig alone is a whole configuration', () => {
  it.each([
    [undefined, 'arn:aws:eks:eu-west-1:1:cluster/Prod', 'arn-aws-eks-eu-west-1-1-cluster-prod'],
    ['///', '///', 'cluster'],
  ])('with one route named after the context %j', (asked, context, name) => {
    const config = configFromKubeconfig({
      kubeconfig: here('kubeconfig'),
      state: here('state'),
      ...(asked === undefined ? {} : { context: asked }),
    });
    expect(config).toEqual({
      ...read(ROUTES),
      source: `--kubeconfig ${here('kubeconfig')} --context ${context}`,
      state: here('state'),
      store: { kind: 'sqlite', path: here('state/sallyport.db') },
      routes: [
        {
          name,
          surface: 'kubernetes',
          at: `/kube/${name}`,
          labels: { environment: 'none', service: 'none', tier: 'none', team: 'none', regulated: 'none' },
          mode: { kind: 'enforce' },
          impersonate: true,
          upstream: { kind: 'kubeconfig', file: here('kubeconfig'), context },
        },
      ],
    } satisfies Config);
  });

  it('unless it has no such context', () => {
    expect(() => configFromKubeconfig({ kubeconfig: here('kubeconfig'), context: 'x' })).toThrow(
      new SallyportError(
        'config/invalid',
        `${here('kubeconfig')}: there is no context "x"; expected one of arn:aws:eks:eu-west-1:1:cluster/Prod, ///`,
      ),
    );
  });
});

describe("the package's own bundle", () => {
  it('is found from src, dist and dist/src', () => {
    const root = here('package');
    mkdirSync(join(root, 'dist', 'src'), { recursive: true });
    mkdirSync(join(root, 'node_modules', 'x', 'src'), { recursive: true });
    writeFileSync(join(root, 'package.json'), '{"name":"sallyport"}');
    writeFileSync(join(root, 'node_modules', 'x', 'package.json'), '{"name":"x"}');
    const found = ['dist', 'dist/src', 'src', 'node_modules/x/src'].map((name) => packageBundle(join(root, name)));
    expect(new Set(found)).toEqual(new Set([join(root, 'bundles', 'sallyport.tar.gz')]));
  });

  it('is missed with a reason outside the package', () => {
    expect(() => packageBundle(folder)).toThrow(
      new SallyportError('bundle/invalid', `the package sallyport was not found above ${folder}`, {
        fix: 'name a bundle under bundle.path in sallyport.yaml',
      }),
    );
  });
});
