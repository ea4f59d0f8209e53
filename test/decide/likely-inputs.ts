import fc from 'fast-check';
import type { JsonObject } from '../../src/json.ts';

// Policy inputs that the gate could well make, most of them near the line between what is allowed and what is not.

/** One of several, each as often as its number says. */
function mostly<T>(...choices: readonly (readonly [weight: number, value: T])[]): fc.Arbitrary<T> {
  return fc.oneof(...choices.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));
}

const environment = (set: number) =>
  mostly(
    [60 - set, 'none'],
    [set, 'dev'],
    [set, 'staging'],
    [3, 'qa'],
    [5, 'prod'],
    [2, 'production'],
    [1, 'mars'],
    [2, 'unknown'],
  );

const labels = (declares: number) =>
  fc.record({
    environment: environment(declares),
    service: mostly([6, 'none'], [declares, 'shop'], [1, 'search'], [1, 'unknown']),
    tier: mostly([40, 'none'], [4, 'high'], [2, '0'], [1, 'platinum'], [1, 'unknown']),
    team: mostly([6, 'none'], [declares, 'shop'], [1, 'other'], [1, 'unknown']),
    regulated: mostly([40, 'none'], [4, 'false'], [2, 'pci'], [1, 'unknown']),
  });

const places = (...names: readonly string[]) =>
  mostly([24, ['*']], [4, names], [1, names.slice(0, 1)], [1, names.slice(1)], [1, []]);

const scope = fc.record({
  routes: places('staging', 'live'),
  environments: places('dev', 'staging', 'prod', 'mars'),
  services: places('shop', 'search'),
  teams: places('shop', 'other'),
  namespaces: places('shop', 'shop-dev'),
  accounts: places('1', '2'),
  tools: places('restart', 'list'),
});

const level = mostly([1, 0], [1, 1], [3, 2], [5, 3], [5, 4], [6, 5]);
const narrowing = fc.oneof(
  fc.record({ environment: mostly([2, 'prod'], [1, 'staging'], [1, 'dev'], [1, 'live'], [1, 'mars']), level }),
  fc.record({ service: mostly([1, 'shop'], [2, 'search']), level }),
);

const agent = fc.record({
  id: fc.constant('bot'),
  team: mostly([5, 'shop'], [1, 'other']),
  owner: fc.constant('ana'),
  level,
  narrowed: fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(narrowing, { maxLength: 2 }) },
  ),
  scope,
  granted_by: fc.constant('ana'),
  granted_at: fc.constant('2026-11-01T00:00:00.000Z'),
  expires: fc.constant('2027-11-01T00:00:00.000Z'),
  credential: mostly([3, 'token'], [1, 'jwt'], [1, 'certificate']),
});

/** Classes with a verb and resources that go with them. */
const act = mostly<readonly [string, string, string]>(
  [10, ['write', 'patch', 'deployments.apps']],
  [10, ['write', 'patch', 'configmaps']],
  [6, ['write', 'patch', 'deployments.apps/scale']],
  [4, ['write', 'create', 'services']],
  [8, ['delete', 'delete', 'pods']],
  [3, ['delete', 'deletecollection', 'pods']],
  [5, ['read', 'list', 'pods']],
  [3, ['telemetry', 'list', 'events']],
  [1, ['telemetry', 'get', '/healthz']],
  [2, ['discovery', 'get', '/apis']],
  [3, ['sensitive_read', 'get', 'secrets']],
  [2, ['connect', 'connect', 'pods/exec']],
  [1, ['credential', 'create', 'serviceaccounts/token']],
  [1, ['authority', 'update', 'roles.rbac.authorization.k8s.io']],
  [1, ['unknown', 'unknown', 'unknown']],
);

const yes = <T extends boolean>(value: T) => mostly<boolean | 'unknown'>([12, value], [1, !value], [1, 'unknown']);
const few = (limit: number) =>
  mostly<number | 'unknown'>([12, 1], [3, 0], [3, limit], [1, limit + 1], [1, limit * 20], [1, 'unknown']);

const blast = fc.record({
  known: mostly([12, true], [1, false]),
  objects: few(5),
  replicas: few(20),
  pods: few(10),
  share: mostly<number | 'unknown'>([6, 0.25], [3, 0], [3, 1], [1, 'unknown']),
  namespaces: mostly<number | 'unknown'>([12, 1], [2, 0], [1, 2], [1, 'unknown']),
  scope: mostly([12, 'object'], [3, 'collection'], [2, 'none'], [1, 'namespace'], [1, 'cluster'], [1, 'unknown']),
  open: yes(false),
});

const freeze = fc.record({
  id: fc.constant('f'),
  scope: fc.oneof(
    fc.constant({ kind: 'everything' }),
    mostly([1, 'staging'], [2, 'live']).map((route) => ({ kind: 'route', route })),
    mostly([1, 'prod'], [1, 'dev'], [1, 'production'], [1, 'test']).map((name) => ({
      kind: 'environment',
      environment: name,
    })),
    mostly([1, 'bot'], [3, 'other']).map((id) => ({ kind: 'agent', agent: id })),
    mostly([1, 'shop'], [2, 'search']).map((service) => ({ kind: 'service', service })),
    mostly([1, 'shop'], [2, 'search']).map((team) => ({ kind: 'team', team })),
  ),
  reads: fc.boolean(),
  by: fc.constant('ana'),
  why: fc.constant('something is wrong'),
  until: mostly([1, 'unknown'], [1, '2026-12-01T00:00:00.000Z']),
});
/** A freeze as the gate tells policy of it. */
export const likelyFreeze: fc.Arbitrary<JsonObject> = freeze;

const OBLIGATIONS = ['notify', 'capture', 'verify', 'canary', 'fallback', 'dry-run-first', 'as-dry-run'];
const can = fc.oneof(
  { weight: 3, arbitrary: fc.constant(OBLIGATIONS) },
  { weight: 2, arbitrary: fc.constant(['notify', 'capture', 'as-dry-run']) },
  // A gate that can start small and take back can also tell of it and keep what was there.
  { weight: 1, arbitrary: fc.subarray(OBLIGATIONS).map((some) => (some.includes('canary') ? OBLIGATIONS : some)) },
);

/** Inside and outside of the windows of `SITE`, before and after a runbook has to be reviewed. */
const time = mostly(
  [6, '2026-11-18T10:00:00.000Z'],
  [1, '2026-11-21T10:00:00.000Z'],
  [1, '2026-12-25T10:00:00.000Z'],
  [1, '2027-07-01T10:00:00.000Z'],
  [1, 'unknown'],
);

/** A number that is mostly far from every limit, now and then at one. */
const counted = (...limits: readonly number[]) =>
  mostly<number | 'unknown'>(
    [30, 0],
    [20, 1],
    ...limits.flatMap((limit) => [[1, limit - 1] as const, [1, limit] as const]),
    [1, 'unknown'],
  );
const tallied = (limit: number) =>
  fc.oneof(
    { weight: 20, arbitrary: mostly([8, 0], [2, 1], [1, limit]).map((count) => ({ count, calls: ['0a'] })) },
    { weight: 1, arbitrary: fc.constant('unknown' as const) },
  );
const among = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 30, arbitrary }, { weight: 1, arbitrary: fc.constant('unknown' as const) });
/** What an account has spent, by environment. */
const account = among(
  fc.uniqueArray(mostly([6, 'dev'], [6, 'staging'], [6, 'prod'], [1, 'mars']), { maxLength: 3 }).chain((places) =>
    fc
      .tuple(
        ...places.map(() =>
          fc.record({
            changes: mostly([12, 1], [3, 9], [1, 10]),
            objects: counted(5, 20),
            pods: counted(10, 40),
            share: mostly<number | 'unknown'>([12, 0], [3, 1.5], [1, 3], [1, 'unknown']),
            frees: fc.constant('2026-11-18T10:30:00.000Z'),
            calls: fc.constant(['0a', '0b']),
          }),
        ),
      )
      .map((sums) => Object.fromEntries(places.map((place, index) => [place, sums[index] ?? {}]))),
  ),
);
const bound = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant('none' as const) }, { weight: 1, arbitrary });
const services = <T>(arbitrary: fc.Arbitrary<T>) =>
  among(
    fc.oneof(
      { weight: 3, arbitrary: fc.constant({}) },
      { weight: 2, arbitrary: fc.record({ shop: arbitrary }) },
      { weight: 1, arbitrary: fc.record({ shop: arbitrary, search: arbitrary }) },
    ),
  );
/** What was spent and counted before. */
const spending = fc.record({
  counts: among(
    fc.record({
      calls: counted(50),
      changes: counted(5, 20),
      denied: counted(10, 100),
      repeats: tallied(5),
      under_way: fc.record({ agent: counted(3, 5), services: services(counted(3)), intent: bound(counted(3)) }),
    }),
  ),
  spent: among(fc.record({ agent: account, services: services(account), intent: bound(account) })),
  failures: tallied(2),
});

const age = mostly<number | 'unknown'>([6, 60], [2, 2000], [2, 5000], [1, 'unknown']);
const signal = fc.record({
  source: mostly([4, 'logs'], [4, 'metrics'], [1, 'unknown']),
  stance: mostly([14, 'supports'], [1, 'contradicts'], [1, 'unknown']),
  pattern: mostly([3, 'crash-loop'], [1, 'none'], [1, 'unknown']),
  age,
  told: age,
});
/** What was attached as evidence. */
const attached = fc.oneof(
  { weight: 6, arbitrary: fc.constant([]) },
  { weight: 3, arbitrary: fc.array(signal, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant('unknown') },
);

/** Few calls take a decision back. */
const reverts = fc.oneof(
  { weight: 9, arbitrary: fc.constant('none' as const) },
  {
    weight: 1,
    arbitrary: fc.record({
      decision: fc.constant('0d'),
      at: mostly([6, '2026-11-18T10:00:00.000Z'], [1, '2026-11-01T10:00:00.000Z'], [1, 'unknown']),
      by: mostly([1, 'operator'], [1, 'gate']),
      forced: fc.boolean(),
    }),
  },
);

const unknownOr = (value: string) => mostly([1, 'unknown'], [3, value]);

const input = fc
  .record({
    act,
    agent,
    blast,
    time,
    can,
    pass: mostly([9, 'facts'], [1, 'request']),
    body: mostly([24, 'read'], [4, 'none'], [1, 'unreadable'], [1, 'streamed']),
    route: mostly([4, 'staging'], [1, 'live']),
    surface: mostly([4, 'kubernetes'], [1, 'mcp']),
    way: fc.record({
      how: mostly([8, 'inverse'], [4, 'not_needed'], [2, 'revision'], [2, 'recreate'], [1, 'none'], [1, 'unknown']),
      exact: yes(true),
      captured: yes(true),
    }),
    dryRun: mostly<boolean | 'unknown'>([8, false], [2, true], [1, 'unknown']),
    escalates: mostly<readonly string[] | 'unknown'>(
      [20, []],
      [4, ['image']],
      [1, ['image', 'privileged']],
      [1, ['containers']],
      [1, ['service account', 'RBAC']],
      [1, ['something new']],
      [1, 'unknown'],
    ),
    domain: mostly(
      [20, 'configuration'],
      [6, 'availability'],
      [4, 'performance'],
      [2, 'security'],
      [1, 'data-integrity'],
      [1, 'unknown'],
    ),
    namespace: mostly([20, 'shop'], [2, 'none'], [1, '*'], [1, 'unknown']),
    account: mostly([14, 'none'], [1, '1'], [1, 'unknown']),
    tool: mostly([14, 'none'], [1, 'restart'], [1, 'unknown']),
    routeLabels: labels(2),
    namespaceLabels: labels(30),
    objectLabels: labels(4),
    runbook: mostly(
      [2, 'unknown'],
      [3, 'restart-stateless'],
      [3, 'scale-within-limits'],
      [1, 'rollback-deployment'],
      [1, 'nonsense'],
    ),
    incidentClass: mostly([16, 'unknown'], [8, 'safe'], [2, 'semi-safe'], [1, 'human-only'], [1, 'sev1']),
    said: fc.record({
      reason: unknownOr('pods crash'),
      incident: unknownOr('INC-7'),
      alert: unknownOr('PodCrashLooping'),
    }),
    paths: mostly<readonly string[] | 'unknown'>(
      [3, ['/spec/replicas']],
      [3, ['/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt']],
      [1, ['/spec/template/spec/containers/0/image']],
      [1, 'unknown'],
    ),
    freezes: fc.oneof(
      { weight: 9, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(freeze, { maxLength: 2 }) },
    ),
    exists: yes(true),
    uid: unknownOr('5f0c'),
    managedBy: mostly([2, 'none'], [1, 'Helm'], [1, 'unknown']),
    confidence: mostly<number | 'unknown'>([1, 0.9], [1, 'unknown']),
    spending,
    attached,
    reverts,
  })
  .map((of): JsonObject => {
    const [name, verb, resource] = of.act;
    return {
      version: 1,
      call: {
        ...{ id: '01', time: of.time, pass: of.pass, surface: of.surface, route: of.route, method: 'PATCH' },
        ...{ path: '/somewhere', digest: 'hmac-sha256:00', body: of.body, group: 'unknown' },
      },
      agent: of.reverts === 'none' ? of.agent : { ...of.agent, level: 1, narrowed: [], credential: of.reverts.by },
      action: {
        ...{ name: `kubernetes:${resource}:${verb}`, class: name, verb, resource, risk_domain: of.domain },
        ...{ way_back: of.way, dry_run: of.dryRun, args: {} },
        change: { paths: of.paths, escalates: of.escalates },
        reverts: of.reverts,
      },
      target: {
        ...{ route: of.route, namespace: of.namespace, name: 'web', uid: of.uid, exists: of.exists },
        ...{ managed_by: of.managedBy, account: of.account, region: 'none', tool: of.tool },
        labels: { route: of.routeLabels, namespace: of.namespaceLabels, object: of.objectLabels },
      },
      blast: of.blast,
      claims: {
        ...{ intent: 'unknown', incident_class: of.incidentClass, ...of.said },
        ...{
          confidence: of.confidence,
          runbook: of.runbook,
          plan: 'unknown',
          links: 'unknown',
          success_signal: 'unknown',
        },
      },
      signals: { attached: of.attached },
      state: {
        ...{ freezes: of.freezes, ...of.spending, approvals: [] },
        ...{ verification: 'none', can: of.can },
      },
    };
  });

/** Whole policy inputs. */
export const likelyInput: fc.Arbitrary<JsonObject> = input;
