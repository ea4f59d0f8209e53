import { z } from 'zod';
import { type Notice, noticeJson, noticeSchema } from './notice.ts';
import type { StagedDocuments } from './staged-documents.ts';
import type { ToldEvent } from './telling/notice-of.ts';
import { FREEZE_OVER } from './telling/table.ts';

const PREFIX = 'ends.';
const schema = z.strictObject({ due: z.string(), notice: noticeSchema });

/**
 * A freeze that ends at its time ends without an event: what people are told then is laid aside when it is set, so that no pager
 * goes on about what is over. One that is lifted before has told its end itself.
 */
export function noteFreezeEnd(documents: StagedDocuments, { notice, change }: ToldEvent): void {
  const [freeze, until] = [change.word('freeze'), change.word('after', 'until')];
  if (freeze === '') return;
  if (change.what === 'freeze.lifted') documents.stage(PREFIX + freeze, null);
  if (change.what !== 'freeze.set' || Number.isNaN(Date.parse(until))) return;
  const over: Notice = {
    ...notice,
    ...{ id: `${notice.id}-over`, kind: FREEZE_OVER, time: until, severity: 'info', text: '', facts: [] },
    title: notice.title.replace(/^Frozen by /, 'Over, it was frozen by '),
    alert: { key: `freeze:${freeze}`, action: 'resolve' },
  };
  documents.stage(PREFIX + freeze, { due: until, notice: noticeJson(over) });
}

/** Takes what is due. */
export function takeFreezeEnds(documents: StagedDocuments, now: Date): readonly Notice[] {
  const due: Notice[] = [];
  for (const [id, body] of documents.beginning(PREFIX)) {
    const parsed = schema.safeParse(body);
    if (parsed.success && Date.parse(parsed.data.due) > now.getTime()) continue;
    documents.stage(id, null);
    if (parsed.success) due.push(parsed.data.notice);
  }
  return due;
}

/** When the next freeze ends by itself, in milliseconds since the epoch; undefined when none does. */
export function nextFreezeEnd(documents: StagedDocuments): number | undefined {
  const dues = documents.beginning(PREFIX).map(([, { due }]) => Date.parse(String(due)));
  return dues.length === 0 ? undefined : Math.min(...dues.filter((due) => !Number.isNaN(due)));
}
