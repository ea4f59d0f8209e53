import type { PolicyInput } from '../../decide/input.ts';
import { factsInput, type KnownState } from '../../decide/policy-input.ts';
import { OBLIGATIONS } from '../../decide/verdict.ts';
import type { Claims } from '../../describe/action.ts';
import type { Level, Scope } from '../../identify/principal.ts';
import type { Json, JsonObject } from '../../json.ts';
import { type Labels, NO_LABELS } from '../../labels.ts';
import { type Blast, UNKNOWN_BLAST, type WayBack } from '../../measure/facts.ts';
import { ACTS, type Act } from './acts.ts';
import type { Coordinates } from './axes.ts';
import type { Place } from './ground.ts';
import type { Play, Recipe } from './recipe.ts';

/** Beyond whatever a site may have set. */
const FAR = 1_000_000;
const ANYTHING: Scope = {
  ...{ routes: ['*'], environments: ['*'], services: ['*'], teams: ['*'], namespaces: ['*'], accounts: ['*'] },
  tools: ['*'],
};
const ELSEWHERE: Scope = {
  ...{ routes: ['elsewhere'], environments: [], services: [], teams: [], namespaces: ['elsewhere'], accounts: [] },
  tools: [],
};
const READING: Blast = {
  ...{ known: true, objects: 0, replicas: 0, pods: 0, share: 0, namespaces: 0, scope: 'none', open: false },
};
const WAYS_BACK: Readonly<Record<string, WayBack>> = {
  exact: { how: 'inverse', exact: true, captured: true },
  not_needed: { how: 'not_needed', exact: true, captured: true },
  inexact: { how: 'recreate', exact: false, captured: true },
  none: { how: 'none', exact: false, captured: false },
  unknown: { how: 'unknown', exact: 'unknown', captured: 'unknown' },
};

/**
 * The whole policy input of a cell, made by the same code as those of real calls (pass `facts`).
 * @throws TypeError for a cell that the recipe does not know
 */
export function inputOf(recipe: Recipe, cell: Coordinates): PolicyInput {
  const act = found(
    ACTS.find(({ name }) => name === cell.act),
    cell.act,
  );
  const place = found(
    recipe.ground.places.find(({ name }) => name === cell.environment),
    cell.environment,
  );
  const play = found(recipe.plays[act.name]?.[place.name], `${act.name} in ${place.name}`);
  const times = found(recipe.times[place.name], place.name);
  const action = { ...play.action, args: {}, riskDomain: domainOf(recipe, cell, play.action.riskDomain) };
  return factsInput(
    {
      id: 'authority-matrix',
      time: found(cell.window === 'open' ? times.open : times.closed, `a time when ${place.name} is ${cell.window}`),
      call: { method: act.method, route: { ...ROUTE } },
      described: {
        action,
        target: { namespace: 'shop', name: 'web', account: 'none', region: 'none', tool: 'none' },
        body: cell.body === 'unreadable' ? 'unreadable' : act.body,
        digest: `hmac-sha256:${'0'.repeat(64)}`,
        unreadable: undefined,
        path: act.path,
        claims: claimsOf(cell, play),
        group: 'unknown',
        request: undefined,
      },
      principal: principalOf(cell),
      signals: signalsOf(cell),
      state: stateOf(recipe, act, cell),
    },
    {
      labels: { route: NO_LABELS, namespace: labelsOf(recipe, place, cell), object: NO_LABELS },
      exists: true,
      uid: 'unknown',
      managedBy: 'none',
      blast: blastOf(place, cell),
      wayBack: wayBackOf(cell, play),
      changePaths: act.kind === 'reading' ? [] : play.places,
      escalates: cell.gives === 'unknown' ? 'unknown' : cell.gives === 'power' ? [recipe.ground.power] : [],
    },
  );
}

const ROUTE = {
  name: 'review',
  surface: 'kubernetes',
  ...{ at: '/review', labels: NO_LABELS, impersonate: true },
  mode: { kind: 'enforce' },
  upstream: { kind: 'in-cluster' },
} as const;

/** What a caller can say for itself: whatever a rule may ask for is there. */
const CLAIMS: Claims = {
  ...{ intent: 'unknown', reason: 'the service is unhealthy', incident: 'INC-1', incidentClass: 'unknown' },
  ...{ alert: 'unhealthy', confidence: 1, runbook: 'unknown', plan: 'make it healthy' },
  links: ['logs', 'metrics', 'traces', 'events', 'dashboard'].map((what) => `https://evidence.example/${what}`),
  successSignal: 'it is healthy',
};

const NO_CLAIMS: Claims = {
  ...{ intent: 'unknown', reason: 'unknown', incident: 'unknown', incidentClass: 'unknown', alert: 'unknown' },
  ...{ confidence: 'unknown', runbook: 'unknown', plan: 'unknown', links: 'unknown', successSignal: 'unknown' },
};

/** What was attached beside the claims: nothing, or a word against it, just now. */
function signalsOf({ evidence }: Coordinates): JsonObject {
  if (evidence === 'unknown') return { attached: 'unknown' };
  const against = { source: 'logs', stance: 'contradicts', pattern: 'none', age: 0, told: 0 };
  return { attached: evidence === 'contradicted' ? [against] : [] };
}

function claimsOf(cell: Coordinates, { incidentClass, alert, runbook }: Play): Claims {
  const covering = cell.runbook === 'covering';
  const named = covering ? found(runbook, `a runbook for ${cell.act} in ${cell.environment}`) : 'unknown';
  if (cell.evidence === 'missing') return { ...NO_CLAIMS, runbook: named };
  return { ...CLAIMS, incidentClass: covering ? incidentClass : 'unknown', alert, runbook: named };
}

/** What can be undone exactly is undone as the runbook wants it. */
function wayBackOf(cell: Coordinates, play: Play): WayBack {
  const way = found(WAYS_BACK[cell.way_back], cell.way_back);
  return cell.way_back === 'exact' ? { ...way, how: play.wayBack } : way;
}

function domainOf(recipe: Recipe, cell: Coordinates, own: string): string {
  if (cell.stake === 'unknown') return 'unknown';
  return cell.stake === 'sensitive' ? recipe.ground.sensitive : own;
}

function principalOf(cell: Coordinates): Parameters<typeof factsInput>[0]['principal'] {
  return {
    agent: {
      ...{ id: 'agent', team: 'shop', owner: 'owner', level: levelOf(cell.level), narrowed: [], identities: [] },
      scope: cell.grant === 'covers' ? ANYTHING : ELSEWHERE,
      ...{ grantedBy: 'owner', grantedAt: '2020-01-01T00:00:00.000Z', why: 'review' },
      ...{ expires: '2999-01-01T00:00:00.000Z', revokedAt: null, tokensNotBefore: null },
    },
    ...{ credential: 'token', credentialId: 'review', intent: undefined },
    credentialExpires: '2999-01-01T00:00:00.000Z',
  };
}

const LEVELS: readonly Level[] = [0, 1, 2, 3, 4, 5];

function levelOf(name: string): Level {
  return found(
    LEVELS.find((level) => String(level) === name),
    `level ${name}`,
  );
}

function labelsOf({ ground }: Recipe, place: Place, { service }: Coordinates): Labels {
  const own = { ...NO_LABELS, environment: place.label, tier: ground.tiers.normal };
  if (service === 'critical') return { ...own, tier: ground.tiers.critical };
  if (service === 'regulated') return { ...own, regulated: ground.regulated };
  return service === 'unknown' ? { ...own, tier: 'unknown', regulated: 'unknown' } : own;
}

function blastOf({ reach }: Place, { blast }: Coordinates): Blast {
  if (blast === 'nothing') return READING;
  if (blast === 'limit') return found(reach.limit, 'limits of tier B');
  if (blast === 'over') return reach.over;
  if (blast === 'unknown') return UNKNOWN_BLAST;
  return blast === 'cluster' ? { ...reach.small, scope: 'cluster' } : reach.small;
}

const NEVER: JsonObject = { count: 0, calls: [] };
const COUNTS: JsonObject = {
  ...{ calls: 0, changes: 0, denied: 0, repeats: NEVER },
  under_way: { agent: 0, services: {}, intent: 'none' },
};

/** The gate keeps no account of reads, and tells policy nothing of it. */
function stateOf(recipe: Recipe, act: Act, cell: Coordinates): KnownState {
  const counted = act.kind !== 'reading' && cell.spent !== 'unknown';
  return {
    freezes: freezesOf(cell),
    can: cell.gate === 'able' ? OBLIGATIONS : [],
    verification: 'none',
    ...(counted
      ? { counts: COUNTS, spent: { agent: spentOf(recipe, cell), services: {}, intent: 'none' }, failures: NEVER }
      : {}),
  };
}

function spentOf({ ground }: Recipe, cell: Coordinates): Json {
  if (cell.spent === 'little') return {};
  const sums = { changes: FAR, objects: FAR, pods: FAR, share: FAR, frees: '2999-01-01T00:00:00.000Z', calls: [] };
  return Object.fromEntries(
    ground.places.filter(({ label }) => !['none', 'unknown'].includes(label)).map(({ name }) => [name, sums]),
  );
}

function freezesOf({ freeze }: Coordinates): readonly JsonObject[] {
  if (freeze === 'none') return [];
  const scope = { kind: 'everything' };
  return [{ id: 'freeze', scope, reads: freeze === 'everything', by: 'operator', why: 'review', until: 'unknown' }];
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new TypeError(`the matrix has no ${what}`);
  return value;
}
