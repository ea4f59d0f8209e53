import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Route } from '../../src/config.ts';
import { type Spending, StoredLedger } from '../../src/decide/budget/ledger.ts';
import { MAX_INPUT_BYTES } from '../../src/decide/judge.ts';
import { type CallParts, factsInput, requestInput, unknownInput } from '../../src/decide/policy-input.ts';
import type { Described } from '../../src/describe/action.ts';
import { MOST_SOURCES } from '../../src/intents/intents.ts';
import { NO_LABELS } from '../../src/labels.ts';
import { newDecisionId } from '../../src/record/decision-id.ts';
import { openSqliteStore } from '../../src/record/sqlite.ts';
import { temporaryFolder } from '../record/places.ts';
import { inFolder, opa } from './rego-lab.ts';

const route: Route = {
  name: 'staging',
  surface: 'kubernetes',
  at: '/kube/staging',
  labels: NO_LABELS,
  mode: { kind: 'enforce' },
  impersonate: true,
  upstream: { kind: 'in-cluster' },
};

function partsOf(over: Partial<Described> = {}): CallParts {
  return {
    id: 'd-1',
    time: '2026-03-02T10:00:00.000Z',
    call: { method: 'PATCH', route },
    described: {
      action: {
        name: 'kubernetes:deployments.apps/scale:patch',
        class: 'write',
        verb: 'patch',
        resource: 'deployments.apps/scale',
        riskDomain: 'configuration',
        dryRun: false,
        args: { replicas: 3 },
      },
      target: { namespace: 'shop', name: 'web', account: 'none', region: 'none', tool: 'none' },
      body: 'read',
      digest: 'hmac-sha256:00',
      unreadable: undefined,
      path: '/apis/apps/v1/namespaces/shop/deployments/web/scale',
      claims: {
        ...{ intent: 'i-1', reason: 'slow', incident: 'unknown', incidentClass: 'unknown', alert: 'unknown' },
        ...{
          confidence: 0.8,
          runbook: 'unknown',
          plan: 'unknown',
          links: ['https://example.com/1'],
          successSignal: 'unknown',
        },
      },
      group: 'unknown',
      request: {},
      ...over,
    },
    principal: {
      agent: {
        id: 'fixer',
        team: 'web',
        owner: 'ada',
        level: 3,
        narrowed: [{ environment: 'prod', level: 1 }],
        scope: {
          ...{ routes: ['staging'], environments: ['*'], services: ['*'], teams: ['*'] },
          ...{ namespaces: ['shop'], accounts: [], tools: [] },
        },
        identities: [],
        grantedBy: 'grace',
        grantedAt: '2026-01-01T00:00:00Z',
        why: 'on call',
        expires: '2027-01-01T00:00:00Z',
        revokedAt: null,
        tokensNotBefore: null,
      },
      credential: 'token',
      credentialId: 't-1',
      intent: undefined,
      credentialExpires: '2026-03-02T18:00:00Z',
    },
    state: { freezes: [], can: ['notify', 'capture'] },
  };
}

const labels = { environment: 'dev', service: 'shop', tier: 'none', team: 'web', regulated: 'none' };
const facts: Parameters<typeof factsInput>[1] = {
  labels: { route: NO_LABELS, namespace: labels, object: labels },
  exists: true,
  uid: 'u-1',
  managedBy: 'none',
  blast: { known: true, objects: 1, replicas: 3, pods: 1, share: 0.5, namespaces: 1, scope: 'object', open: false },
  wayBack: { how: 'inverse', exact: true, captured: true },
  changePaths: ['/spec/replicas'],
  escalates: [],
};

describe('an input is total', () => {
  it('pass request: every fact is unknown', () => {
    const unknown = unknownInput();
    const input = requestInput(partsOf());
    expect(input).toEqual({
      version: 1,
      call: {
        ...{ id: 'd-1', time: '2026-03-02T10:00:00.000Z', pass: 'request', surface: 'kubernetes', route: 'staging' },
        ...{ method: 'PATCH', path: '/apis/apps/v1/namespaces/shop/deployments/web/scale', digest: 'hmac-sha256:00' },
        ...{ body: 'read', group: 'unknown' },
      },
      agent: {
        ...{ id: 'fixer', team: 'web', owner: 'ada', level: 3, narrowed: [{ environment: 'prod', level: 1 }] },
        scope: {
          ...{ routes: ['staging'], environments: ['*'], services: ['*'], teams: ['*'] },
          ...{ namespaces: ['shop'], accounts: [], tools: [] },
        },
        ...{
          granted_by: 'grace',
          granted_at: '2026-01-01T00:00:00Z',
          expires: '2027-01-01T00:00:00Z',
          credential: 'token',
        },
      },
      action: {
        ...unknown.action,
        ...{ name: 'kubernetes:deployments.apps/scale:patch', class: 'write', verb: 'patch' },
        ...{ resource: 'deployments.apps/scale', risk_domain: 'configuration', dry_run: false, args: { replicas: 3 } },
      },
      target: {
        ...unknown.target,
        ...{ route: 'staging', namespace: 'shop', name: 'web', account: 'none', region: 'none', tool: 'none' },
      },
      blast: unknown.blast,
      claims: {
        ...unknown.claims,
        ...{ intent: 'i-1', reason: 'slow', confidence: 0.8, links: ['https://example.com/1'] },
      },
      signals: { attached: 'unknown' },
      state: { ...unknown.state, can: ['notify', 'capture'] },
    });
  });

  it('takes a decision back where the gate says so, and in no other way', () => {
    const reverts = { decision: 'd-1', at: '2030-01-15T12:00:00.000Z', by: 'gate', forced: false } as const;
    expect(factsInput({ ...partsOf(), reverts }, facts).action.reverts).toEqual(reverts);
    expect(requestInput({ ...partsOf(), reverts }).action.reverts).toEqual(reverts);
    expect(factsInput(partsOf(), facts).action.reverts).toBe('none');
    expect(unknownInput().action.reverts).toBe('none');
  });

  it('pass facts: the facts as they were measured', () => {
    const input = factsInput(partsOf(), facts);
    expect(input.call.pass).toBe('facts');
    expect(input.blast).toEqual(facts.blast);
    expect(input.action.way_back).toEqual(facts.wayBack);
    expect(input.action.change).toEqual({ paths: ['/spec/replicas'], escalates: [] });
    expect(input.target).toMatchObject({
      uid: 'u-1',
      exists: true,
      managed_by: 'none',
      labels: { namespace: labels, object: labels },
    });
  });

  it('is what the schema of the policy library describes', async () => {
    const schema = await readFile(new URL('../../rego/schemas/input.json', import.meta.url), 'utf8');
    const inputs = [
      ...[requestInput(partsOf()), factsInput(partsOf(), facts), unknownInput()],
      ...(await spendings()).map((spending) =>
        factsInput({ ...partsOf(), state: { ...partsOf().state, ...spending } }, facts),
      ),
    ];
    const query = 'data.check.errors';
    const rego =
      'package check\n\nimport rego.v1\n\nerrors := [e | some one in input.inputs; [ok, e] := json.match_schema(one, input.schema); not ok]\n';
    const document = JSON.stringify({ inputs, schema: JSON.parse(schema) });
    const printed = await inFolder({ 'check.rego': rego, 'input.json': document }, (folder) =>
      opa(['eval', '-f', 'raw', '-d', `${folder}/check.rego`, '-i', `${folder}/input.json`, query]),
    );
    expect(JSON.parse(printed)).toEqual([]);
  });
});

describe('an input stays small, whatever the caller sends', () => {
  const long = 'x'.repeat(100_000);
  const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);

  it('long values are digests', () => {
    const base = partsOf().described;
    const input = factsInput(
      partsOf({
        path: `/${long}`,
        group: long,
        action: { ...base.action, args: { selector: long, small: 1, [long]: [long] } },
        target: { ...base.target, name: long },
        claims: { ...base.claims, reason: long, plan: long, links: [long, 'https://example.com'] },
      }),
      { ...facts, uid: long, changePaths: [long] },
    );
    expect(input.call).toMatchObject({ path: digest, group: digest });
    expect(input.action.args).toEqual({
      selector: digest,
      small: 1,
      [String(Object.keys(input.action.args)[2])]: digest,
    });
    expect(input.action.change.paths).toBe('unknown');
    expect(input.target).toMatchObject({ name: digest, uid: digest });
    expect(input.claims).toMatchObject({ reason: digest, plan: digest, links: [digest, 'https://example.com'] });
    expect(Buffer.byteLength(JSON.stringify(input))).toBeLessThan(MAX_INPUT_BYTES);
  });

  it('many values are one digest, or unknown where a part would mislead', () => {
    const base = partsOf().described;
    const args = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`key-${index}`, index]));
    const links = Array.from({ length: 17 }, () => 'https://example.com');
    const input = factsInput(partsOf({ action: { ...base.action, args }, claims: { ...base.claims, links } }), {
      ...facts,
      changePaths: Array.from({ length: 1000 }, (_, index) => `/spec/${index}`),
    });
    expect(input.action.args).toEqual({ digest });
    expect(input.claims.links).toBe('unknown');
    expect(input.action.change.paths).toBe('unknown');
  });

  it('the worst of everything still fits', async () => {
    const most = 'ä'.repeat(512);
    const base = partsOf().described;
    const { name, verb, resource } = { name: most, verb: most, resource: most };
    const input = factsInput(
      partsOf({
        path: 'x'.repeat(1024),
        group: most,
        action: { ...base.action, name, verb, resource, args: { a: most, b: most } },
        claims: { ...base.claims, reason: most, incident: most, alert: most, plan: most, successSignal: most },
      }),
      facts,
    );
    const word = { source: 'x'.repeat(64), stance: 'contradicts', pattern: 'x'.repeat(63), age: 9e15, told: 9e15 };
    const signals = { attached: Array.from({ length: 2 * MOST_SOURCES }, () => word) };
    const [mostSpent] = await spendings();
    const state = { ...input.state, ...mostSpent };
    expect(Buffer.byteLength(JSON.stringify({ ...input, signals, state }))).toBeLessThan(MAX_INPUT_BYTES);
  });
});

/** What the ledger tells of an agent that is busy everywhere, of one that is new, and where services are not known. */
async function spendings(): Promise<readonly Spending[]> {
  const now = Date.parse('2026-11-20T20:00:00.000Z');
  const store = await openSqliteStore({ path: join(await temporaryFolder(), 'sallyport.db') });
  const ledger = await StoredLedger.open(store, () => new Date(now));
  await store.close();
  const busy = { agent: 'a', intent: 'i', services: ['s1', 's2', 's3'], digest: 'd', fix: 'f' };
  for (let i = 0; i < 40; i += 1) {
    const id = newDecisionId(now + i);
    ledger.reserve(id, now, busy, PLACES[i % PLACES.length] ?? '', { objects: 999, pods: 'unknown', share: 0.25 });
    if (i % 2 === 0) ledger.settle(id, { kind: 'failed' });
  }
  return [
    ledger.view(busy, now),
    ledger.view({ ...busy, agent: 'new', intent: undefined, services: [] }, now),
    ledger.view({ ...busy, services: 'unknown' }, now),
  ];
}
const PLACES = ['production', 'staging', 'test', 'development'];
