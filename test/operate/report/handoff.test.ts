import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handoffOfAgent, handoffOfIntent } from '../../../src/operate/report/handoff/handoff.ts';
import { handoffReport } from '../../../src/operate/report/handoff/handoff-report.ts';
import { nextSteps } from '../../../src/operate/report/handoff/next-steps.ts';
import { reportMarkdown } from '../../../src/operate/report/markdown.ts';
import { reportPage } from '../../../src/operate/report/page.ts';
import { openSqliteStore } from '../../../src/record/sqlite.ts';
import type { Store } from '../../../src/record/store.ts';
import { changed, decided } from '../trust/events.ts';
import { incident } from './incident.ts';

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-handoff-'));
  store = await openSqliteStore({ path: join(folder, 'sallyport.db') });
  for (const event of incident()) await store.append(event);
  // Of somebody else, and of another intent of the same agent.
  await store.append(decided({ id: 'd-other', agent: 'other', intent: 'i-2' }));
  await store.append(decided({ id: 'd-mine', agent: 'fixer', intent: 'i-2', time: '2026-11-20T10:06:00.000Z' }));
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const nameOf = (id: string) => (id === 'ana' ? 'Ana (ana)' : id);

describe('the package of an incident', () => {
  it('says all of it, as Markdown', async () => {
    const handed = await handoffOfIntent(store, 'i-1');
    await expect(reportMarkdown(handoffReport(handed, nameOf))).toMatchFileSnapshot('golden/handoff.md');
  });

  it('knows what became of each change, and what to do next', async () => {
    const handed = await handoffOfIntent(store, 'i-1');
    expect(handed).toMatchObject({
      intent: 'i-1',
      agent: 'fixer',
      state: 'handed-over',
      reads: { allowed: 1, denied: 0 },
    });
    expect(
      handed.actions.map(({ decision, did, outcome, hold, verification, revert }) => [
        decision,
        did,
        outcome,
        hold,
        verification,
        revert,
      ]),
    ).toEqual([
      ['d-denied', 'deny', '', '', '', ''],
      ['d-held', 'hold', '', 'used', '', ''],
      ['d-ran', 'allow', 'done', '', 'failed', 'ran'],
    ]);
    expect(handed.next.map(({ step }) => step)).toEqual([
      'Find out whether what was frozen may go on, then lift the freeze (sallyport thaw) or leave it.',
      'Look at shop/web on prod and think again before anything else is tried there.',
      'Expect the agent to ask people for more than before, or to be refused.',
    ]);
    expect(handed.levels.map(({ what, by, why }) => `${what} by ${by}: ${why}`)).toEqual([
      'agent.demoted by gate: stop-condition: 1 stop conditions within 7 days',
    ]);
    expect(handed.timeline.some(({ about }) => about === 'd-mine' || about === 'd-other')).toBe(false);
  });

  it('is the same from the same record, and a page of its own', async () => {
    const pages = await Promise.all(
      [1, 2].map(async () => reportPage(handoffReport(await handoffOfIntent(store, 'i-1'), nameOf))),
    );
    expect(pages[0]).toBe(pages[1]);
    expect(pages[0]).not.toMatch(/<script|<form|<img|<link|\son\w+=|https?:\/\/(?!graphs)/i);
  });

  it('tells of an agent and a span of time where there is no intent', async () => {
    const span = { from: '2026-11-20T10:00:00.000Z', to: '2026-11-20T10:07:00.000Z' };
    const handed = await handoffOfAgent(store, 'fixer', span);
    expect(handed.actions.map(({ decision, outcome }) => [decision, outcome])).toEqual([
      ['d-denied', ''],
      ['d-held', ''],
      ['d-ran', 'done'],
      ['d-mine', ''],
    ]);
    await expect(handoffOfAgent(store, 'nobody', span)).rejects.toMatchObject({ code: 'request/not-found' });
  });

  it('of an unknown intent is refused', async () => {
    await expect(handoffOfIntent(store, 'i-9')).rejects.toMatchObject({
      code: 'request/not-found',
      message: 'the record has nothing of an intent "i-9"',
    });
  });
});

describe('the next step follows from the state', () => {
  const action = {
    ...{
      decision: 'd-1',
      time: '',
      action: 'kubernetes:deployments.apps:patch',
      target: 'shop/web on prod',
      environment: 'prod',
      tier: 'B',
    },
    ...{
      did: 'allow',
      reason: 'level/table: because',
      outcome: 'done',
      hold: '',
      decideBy: '',
      verification: '',
      revert: '',
      approvals: [],
    },
  };
  const handed = {
    ...{
      intent: 'i-1',
      agent: 'fixer',
      from: '',
      to: '',
      state: 'open',
      closed: undefined,
      statement: { successSignal: 'p99 is fine' },
      evidence: [],
    },
    ...{ reads: { allowed: 0, denied: 0 }, actions: [action], timeline: [], levels: [], freezes: [] },
    ...{ record: { leaves: 1, from: 0, to: 0 }, cut: false },
  };
  it.each([
    ['nothing was changed', { actions: [] }, 'Decide what to do: nothing has been changed.'],
    ['it was changed', {}, 'See whether what was changed has helped, and close the intent.'],
    ['it is done', { state: 'done' }, 'Nothing is left to do but to watch that it stays so.'],
    [
      'it waits',
      { actions: [{ ...action, outcome: '', did: 'hold', hold: 'waiting', decideBy: '2026-11-20T11:00:00.000Z' }] },
      'Decide about the held call d-1 until 2026-11-20 11:00:00Z (sallyport approvals show d-1).',
    ],
    [
      'it was denied',
      { actions: [{ ...action, outcome: '', did: 'hold', hold: 'denied' }] },
      'Find another way than decision d-1.',
    ],
    [
      'it is not verified',
      { actions: [{ ...action, verification: 'failed' }] },
      'Take back decision d-1 (sallyport revert d-1), or show that it works.',
    ],
    [
      'it could not be verified',
      { actions: [{ ...action, verification: 'inconclusive' }] },
      'Look whether decision d-1 did what it was for.',
    ],
    [
      'it could not be taken back',
      { actions: [{ ...action, verification: 'failed', revert: 'conflict' }] },
      'Take back by hand what decision d-1 did, or look why it cannot be (sallyport revert d-1).',
    ],
    [
      'it was lost',
      { actions: [{ ...action, outcome: 'lost' }] },
      'Look what decision d-1 has left behind on shop/web on prod.',
    ],
  ])('when %s', (_when, more, step) => {
    expect(nextSteps({ ...handed, ...more })[0]?.step).toBe(step);
  });
});

describe('what agents say stays text', () => {
  const HOSTILE = [
    '<script>alert(1)</script>',
    '[click](javascript:alert(1)) ![x](https://evil.example/x.png)',
    '| a | b |\n| --- | --- |',
    '`code` **bold** # heading\n# another',
    '</td></table><h1>approved</h1>',
    'https://evil.example/ www.evil.example a@evil.example <https://evil.example>',
    '\u202Egnp.exe \u0000\u0007\u001b[2J &lt;b&gt;',
  ];
  it.each(HOSTILE)('%j', async (words) => {
    const path = join(folder, `${HOSTILE.indexOf(words)}.db`);
    const own = await openSqliteStore({ path });
    for (const event of incident({ reason: words, hypothesis: words, says: words, why: words, incident: words }))
      await own.append(event);
    const report = handoffReport(await handoffOfIntent(own, 'i-1'), nameOf);
    await own.close();
    const [markdown, page] = [reportMarkdown(report), reportPage(report)];
    const plain = handoffReport(await handoffOfIntent(store, 'i-1'), nameOf);
    // The same lines, the same cells, the same elements as without it.
    const shape = (text: string) =>
      text.split('\n').map((line) => [line.match(/^(\W*)/)?.[0].slice(0, 2), line.match(/(?<!\\)\|/g)?.length ?? 0]);
    expect(shape(markdown)).toEqual(shape(reportMarkdown(plain)));
    const elements = (text: string) => text.match(/<\/?[a-z][a-z0-9]*/gi);
    expect(elements(page)).toEqual(elements(reportPage(plain)));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(markdown + page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(markdown.replaceAll(/\\./g, '')).not.toMatch(/[<>[\]`]|:\/\/evil|www\.|@/);
  });
});

it('what happens to the agent later and rests on its decisions is told', async () => {
  const own = await openSqliteStore({ path: join(folder, 'later.db') });
  for (const event of incident()) await own.append(event);
  await own.append(
    changed(
      'agent.demoted',
      { agent: 'fixer', evidence: { decisions: ['d-ran'] } as never },
      { by: 'gate', time: '2026-11-21T09:00:00.000Z', after: { level: 2 }, links: ['agent:fixer'] },
    ),
  );
  await own.append(
    changed('agent.promoted', { agent: 'fixer' }, { time: '2026-11-22T09:00:00.000Z', after: { level: 3 } }),
  );
  const { levels } = await handoffOfIntent(own, 'i-1');
  await own.close();
  expect(levels.map(({ what, time }) => `${what} ${time}`)).toEqual([
    'agent.demoted 2026-11-20T10:10:04.000Z',
    'agent.demoted 2026-11-21T09:00:00.000Z',
  ]);
});
