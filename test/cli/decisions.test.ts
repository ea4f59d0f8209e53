import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainDecision } from '../../src/cli/explain-decision.ts';
import type { JsonObject } from '../../src/json.ts';
import { type CliLab, openCliLab, runCli } from './cli-lab.ts';

let lab: CliLab;

const HOSTILE = 'web\u001b[2J\u202egnp\u0007';

beforeAll(async () => {
  lab = await openCliLab();
  const { store, ids } = lab.operations;
  await store.append({
    kind: 'decided',
    id: 'd1',
    time: '2030-01-15T12:00:00.000Z',
    body: decided('web', ids.administrator),
  });
  await store.append({
    kind: 'outcome',
    id: 'd1',
    time: '2030-01-15T12:00:01.000Z',
    body: { state: 'not-sent', end: 'complete', sent: false, status: null, bytes: 0, ms: 12, error: null },
  });
  await store.append({ kind: 'decided', id: 'd2', time: '2030-01-15T12:01:00.000Z', body: decided(HOSTILE, 'gone') });
});

afterAll(() => lab.close());

function decided(name: string, grantedBy: string): JsonObject {
  return {
    call: {
      surface: 'kubernetes',
      route: 'staging',
      method: 'DELETE',
      path: `/apis/apps/v1/namespaces/shop/deployments/${name}`,
      action: 'kubernetes:deployments.apps:delete',
      namespace: 'shop',
      name,
    },
    agent: {
      id: 'fixer',
      level: 1,
      granted_by: grantedBy,
      granted_at: '2030-01-01T00:00:00.000Z',
      why: 'nightly repairs',
      credential: 'token',
      credential_id: 't-1',
      intent: null,
    },
    did: 'deny',
    by: 'policy',
    reasons: [{ rule: 'levels/table', message: 'level 1 only observes', fix: 'ask for level 3' }],
    input: {
      claims: { reason: 'it leaks', incident: 'unknown' },
      target: { labels: { namespace: { environment: 'prod' } } },
      blast: { pods: 3 },
    },
    facts: {
      sources: [
        { fact: 'target.labels.namespace', from: 'namespace cache', at: '2030-01-15T11:59:58.000Z' },
        { fact: 'blast.pods', from: 'GET deployments.apps', at: '2030-01-15T12:00:00.000Z' },
      ],
      gaps: ['uid: the object was gone'],
      changes: [{ path: '/spec/replicas', from: 3, to: 0 }],
    },
    judgement: {
      verdict: {
        outcome: 'deny',
        tier: 'C',
        environment: 'prod',
        warnings: [],
        holds: [{ kind: 'people', key: 'level/people', groups: ['sre', 'dba'], quorum: 2, until: '' }],
        obligations: [],
        advice: {
          level: 3,
          outcome: 'hold',
          holds: [{ kind: 'people', key: 'level/people', groups: ['sre'], quorum: 2, until: '' }],
          obligations: [{ name: 'notify', params: { now: true } }],
        },
      },
      bundle: { digest: 'sha256:00', revision: '0.1.0+abc' },
    },
  };
}

it('one decision is explained: who on whose authority, what, known from where, why, what would be, what came of it', async () => {
  const { code, out, err } = await lab.run('viewer', 'decisions', 'show', 'd1');
  expect([code, err]).toEqual([0, '']);
  const [, hash] = /log, (sha256:[0-9a-f]{64})\n/.exec(out) ?? [];
  expect(out).toBe(`decision:  d1
time:      2030-01-15T12:00:00.000Z
agent:     fixer, level 1, by token t-1
granted:   by Test administrator (${lab.operations.ids.administrator}), 2030-01-01T00:00:00.000Z: nightly repairs
asked:     kubernetes:deployments.apps:delete
           DELETE /apis/apps/v1/namespaces/shop/deployments/web on route staging
           the agent says: reason it leaks
target:    web in namespace shop
           environment prod, tier C
facts:     target.labels.namespace: environment=prod (namespace cache, 2030-01-15T11:59:58.000Z)
           blast.pods: 3 (GET deployments.apps, 2030-01-15T12:00:00.000Z)
unknown:   uid: the object was gone
change:    /spec/replicas: 3 -> 0
did:       deny, by the policy
because:   levels/table: level 1 only observes
             ask for level 3
waits for: 2 of sre, dba (level/people)
would be:  hold at level 3
           waiting for 2 of sre (level/people)
           obliged to notify now=true
judged by: bundle 0.1.0+abc sha256:00
outcome:   not-sent

who granted the authority: Test administrator (${lab.operations.ids.administrator}), 2030-01-01T00:00:00.000Z: nightly repairs
what limited it:           deny by the policy, tier C in prod
  rules:                   levels/table: level 1 only observes
  holds:                   groups=sre, dba key=level/people kind=people quorum=2 until=
how is it reconstructed:   leaf 4 of the log, ${hash}
  policy:                  bundle 0.1.0+abc sha256:00
  judged again by:         sallyport replay d1
`);
});

it.each<[string, JsonObject, string]>([
  ['a call', { bytes: 12 }, '12 bytes'],
  ['a stream', { bytes: 12, stream: { bytes_in: 3, bytes_out: 12 } }, '3 bytes in and 12 out'],
])('how many bytes %s took is told', (_what, counted, told) => {
  const outcome = { state: 'answered', end: 'complete', sent: true, status: 101, ms: 5, error: null, ...counted };
  const text = explainDecision({ id: 'd3', decided: { ...decided('web', 'x'), did: 'allow' }, outcome });
  expect(text).toContain(`\noutcome:   answered: status 101, ${told}, 5 ms\n`);
});

it('tells how it was found out whether an act worked', () => {
  const at = '2030-01-15T12:00:10.000Z';
  const verification = {
    ...{ state: 'failed', why: 'rollout: it is gone', fallback: 'done' },
    canary: { from: 2, first: 3, to: 6, step: 'first' },
    seen: [
      { probe: 0, state: 'waiting', saw: '1 of 3 replicas are available', at },
      { probe: 0, state: 'bad', saw: 'it is gone', at },
    ],
  };
  const shown = (of: JsonObject | null) =>
    explainDecision({ id: 'd3', decided: decided('web', 'x'), outcome: null, verification: of });
  expect(shown(verification)).toContain(`
verified:  failed: rollout: it is gone
           from 2 to 6 replicas, 3 first
           ${at} waiting: 1 of 3 replicas are available
           ${at} bad: it is gone
           the gate was to take it back
`);
  const running = { state: 'running', why: '', fallback: 'promised', canary: null, seen: [] };
  expect(shown(running)).toContain(`
verified:  running: it is not known yet whether it worked
           what does not succeed is taken back by the gate
`);
  expect(shown(null)).not.toContain('verified:');
});

it.each([
  ['list', ['decisions', 'list']],
  ['show', ['decisions', 'show', 'd2']],
])('%s spells out escape sequences and marks of direction instead of obeying them', async (_name, args) => {
  const { code, out } = await lab.run('viewer', ...args);
  expect(code).toBe(0);
  expect(out).toContain('web\\u{1b}[2J\\u{202e}gnp\\u{7}');
  expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

it('decisions are listed newest first, and filtered', async () => {
  const all = await lab.run('viewer', 'decisions', 'list', '--json');
  const ids = (text: string) => JSON.parse(text).decisions.map((each: { id: string }) => each.id);
  expect(ids(all.out)).toEqual(['d2', 'd1']);
  const none = await lab.run('viewer', 'decisions', 'list', '--outcome', 'allow');
  expect(none).toEqual({ code: 0, out: 'TIME  ID  AGENT  ROUTE  ACTION  TARGET  DID  RULE\n', err: '' });
});

it('one that is not there ends with 1', async () => {
  expect(await lab.run('viewer', 'decisions', 'show', 'nope')).toEqual({
    code: 1,
    out: '',
    err: 'sallyport: there is no decision nope\n',
  });
});

describe('tail', () => {
  const env = () => ({ SALLYPORT_TOKEN: lab.operations.tokens.viewer });

  it('prints what happens until it is stopped, and then ends well', async () => {
    const { feed } = lab.operations;
    const ended = runCli(lab.folder, env(), ['decisions', 'tail'], (text, stop) => {
      if (text.endsWith('\n')) stop();
    });
    await expect.poll(() => feed.readers, { timeout: 15_000 }).toBe(1);
    feed.publish({ kind: 'decision', id: 'd9', time: '2030-01-15T12:00:00.000Z', data: decided(HOSTILE, 'x') });
    expect(await ended).toEqual({
      code: 0,
      out: '2030-01-15T12:00:00.000Z decision d9 fixer staging kubernetes:deployments.apps:delete shop/web\\u{1b}[2J\\u{202e}gnp\\u{7} deny levels/table\n',
      err: 'stopped\n',
    });
  });

  it('ends with 1 and says why when the gate ends it', async () => {
    const { feed } = lab.operations;
    await expect.poll(() => feed.readers, { timeout: 15_000 }).toBe(0);
    const ended = runCli(lab.folder, env(), ['decisions', 'tail', '--json']);
    await expect.poll(() => feed.readers, { timeout: 15_000 }).toBe(1);
    feed.close();
    expect(await ended).toEqual({
      code: 1,
      out: '',
      err: 'sallyport: the gate ended the stream: closed\nfix: start it again; `sallyport decisions list` has what was missed\n',
    });
  });
});
