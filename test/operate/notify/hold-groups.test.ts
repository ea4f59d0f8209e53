import { expect, it } from 'vitest';
import type { JsonObject } from '../../../src/json.ts';
import { foldIntoGroup } from '../../../src/operate/notify/hold-groups.ts';
import { StagedDocuments } from '../../../src/operate/notify/staged-documents.ts';
import { noticeOf } from '../../../src/operate/notify/telling/notice-of.ts';
import { HELD_CALL } from './held-call.ts';

const teller = { named: (text: string) => text, page: (_page: string, id: string) => `https://gate/${id}` };

/** What people are told of events, one after the other: each is a kind, a hold and what else its body says. */
function told(
  events: readonly (readonly [what: string, hold: string, more?: JsonObject])[],
  documents = new StagedDocuments([]),
) {
  const titles = events.map(([what, hold, more = {}]) => {
    const group = hold.slice(0, 1) === '-' ? null : hold.slice(0, 1);
    const body = { what, hold, agent: 'bot', by: 'ana', why: 'so', held: { ...HELD_CALL, group }, ...more };
    const event = noticeOf(
      { seq: 1, kind: 'changed', id: `${what} ${hold}`, time: '2030-01-15T12:00:00.000Z', body },
      teller,
    );
    if (event === undefined) throw new Error('nobody is told');
    return foldIntoGroup(documents, event)?.title.replace(/: kubernetes.*/, '') ?? '-';
  });
  return { titles, left: documents.puts().filter(({ body }) => body !== null).length };
}

it('tells the first of a group, and how they ended when all have', () => {
  expect(
    told([
      ['hold.opened', 'a1'],
      ['hold.opened', 'a2'],
      ['hold.opened', 'a3'],
      ['hold.approved', 'a2'],
      ['hold.denied', 'a1'],
      ['hold.approved', 'a3'],
    ]),
  ).toEqual({
    titles: [
      'bot waits for approval',
      ...['-', '-', '-', '-'],
      '3 calls that belong together have ended: 2 approved, 1 denied. The last: Approved by ana',
    ],
    left: 0,
  });
});

it('tells of a group of one as of a call that is in none', () => {
  const alone = ['bot waits for approval', 'Approved by ana'];
  expect(
    told([
      ['hold.opened', 'a1'],
      ['hold.approved', 'a1'],
    ]),
  ).toEqual({ titles: alone, left: 0 });
  expect(
    told([
      ['hold.opened', '-1'],
      ['hold.approved', '-1'],
    ]),
  ).toEqual({ titles: alone, left: 0 });
});

it('begins anew once all of a group have ended', () => {
  expect(
    told([
      ['hold.opened', 'a1'],
      ['hold.denied', 'a1'],
      ['hold.opened', 'a2'],
    ]),
  ).toEqual({
    titles: ['bot waits for approval', 'Denied by ana', 'bot waits for approval'],
    left: 1,
  });
});

it('keeps groups and calls that are in none apart', () => {
  expect(
    told([
      ['hold.opened', 'a1'],
      ['hold.opened', 'b1'],
      ['hold.opened', '-1'],
      ['hold.opened', '-2'],
    ]).titles,
  ).toEqual(Array(4).fill('bot waits for approval'));
});

it('tells each step of an escalation once for the whole group, and each round anew', () => {
  const step = (loop: number, number: number) => ({ by: 'gate', after: { loop, step: number, groups: ['sre'] } });
  const asked = 'Nobody has decided yet, now sre should';
  expect(
    told([
      ['hold.opened', 'a1'],
      ['hold.opened', 'a2'],
      ['hold.escalated', 'a1', step(1, 2)],
      ['hold.escalated', 'a2', step(1, 2)],
      ['hold.escalated', 'a1', step(2, 2)],
      ['hold.escalated', 'a2', step(2, 2)],
    ]).titles,
  ).toEqual(['bot waits for approval', '-', asked, '-', asked, '-']);
});

it('hears of an end twice, or of one that expired after it was approved, without losing count', () => {
  expect(
    told([
      ['hold.opened', 'a1'],
      ['hold.opened', 'a2'],
      ['hold.approved', 'a1'],
      ['hold.expired', 'a1'],
      ['hold.opened', 'a2'],
      ['hold.denied', 'a2'],
    ]).titles,
  ).toEqual([
    ...['bot waits for approval', '-', '-', '-', '-'],
    '2 calls that belong together have ended: 1 approved, 1 denied. The last: Denied by ana',
  ]);
});

it('tells of the end of a call that was held before anybody was told of anything', () => {
  expect(told([['hold.denied', 'a1']])).toEqual({ titles: ['Denied by ana'], left: 0 });
});

it('goes on after a restart, and past a document that it cannot read', () => {
  const documents = new StagedDocuments([]);
  told(
    [
      ['hold.opened', 'a1'],
      ['hold.opened', 'a2'],
    ],
    documents,
  );
  const stored = documents
    .puts()
    .map(({ id, body }) => ({ collection: 'outbox' as const, id, version: 1, body: body ?? {} }));
  expect(
    told(
      [
        ['hold.approved', 'a1'],
        ['hold.approved', 'a2'],
      ],
      new StagedDocuments(stored),
    ).titles,
  ).toEqual(['-', '2 calls that belong together have ended: 2 approved. The last: Approved by ana']);
  const broken = stored.map((document) => ({ ...document, body: { open: 'none' } }));
  expect(told([['hold.opened', 'a3']], new StagedDocuments(broken)).titles).toEqual(['bot waits for approval']);
});
