import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Notice } from './notice.ts';
import { plainLine } from './plain-line.ts';
import type { StagedDocuments } from './staged-documents.ts';
import { HOLD_ENDS, holdKey } from './telling/holds.ts';
import type { ToldEvent } from './telling/notice-of.ts';

/** Held calls that belong together, as those of one kubectl command, while one of them waits. */
interface Group {
  /** Ids of those that wait. */
  readonly open: readonly string[];
  readonly opened: number;
  /** How many ended how. */
  readonly ended: Readonly<Record<string, number>>;
  /** What was told of the group as a whole and is not told again for each call. */
  readonly told: readonly string[];
}

const schema: z.ZodType<Group> = z.strictObject({
  open: z.array(z.string()).readonly(),
  opened: z.int(),
  ended: z.record(z.string(), z.int()).readonly(),
  told: z.array(z.string()).readonly(),
});

/**
 * One notice for all held calls of a group: the first call that is held is told, the others are not; each step of asking others is told
 * once; and when none waits any more, how they ended.
 * @returns what is told of the event, or undefined
 */
export function foldIntoGroup(documents: StagedDocuments, told: ToldEvent): Notice | undefined {
  const { notice, change } = told;
  const { hold, group: name } = holdKey(change);
  if (!notice.kind.startsWith('hold.') || name === '') return notice;
  const id = `group.${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  const parsed = schema.safeParse(documents.get(id));
  const group = parsed.success ? parsed.data : undefined;
  const keep = (next: Group) =>
    documents.stage(id, { ...next, open: [...next.open], ended: { ...next.ended }, told: [...next.told] });

  if (notice.kind === 'hold.opened') {
    const { open, opened, ...rest } = group ?? { open: [], opened: 0, ended: {}, told: [] };
    if (!open.includes(hold)) keep({ open: [...open, hold], opened: opened + 1, ...rest });
    return group === undefined ? notice : undefined;
  }
  // It was opened before anybody was told of anything, or had ended when its group ended.
  if (group === undefined) return notice;
  if (HOLD_ENDS.has(notice.kind)) {
    if (!group.open.includes(hold)) return undefined;
    const state = notice.kind.slice('hold.'.length);
    const ended = { ...group.ended, [state]: (group.ended[state] ?? 0) + 1 };
    const open = group.open.filter((each) => each !== hold);
    if (open.length > 0) {
      keep({ ...group, open, ended });
      return undefined;
    }
    documents.stage(id, null);
    return group.opened === 1 ? notice : { ...notice, title: endedTitle(group.opened, ended, notice.title) };
  }
  const step = `${notice.kind} ${change.word('after', 'loop')} ${change.word('after', 'step')}`;
  if (group.told.includes(step)) return undefined;
  keep({ ...group, told: [...group.told, step] });
  return notice;
}

function endedTitle(opened: number, ended: Group['ended'], last: string): string {
  const counted = Object.entries(ended).map(([state, times]) => `${times} ${state}`);
  return plainLine(`${opened} calls that belong together have ended: ${counted.join(', ')}. The last: ${last}`, 200);
}
