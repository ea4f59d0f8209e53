import type { Database } from 'better-sqlite3';
import { KINDS } from './leaf.ts';
import type { Row } from './sqlite-messages.ts';

/** Events between two notes: what a start has to look through at most. */
const NOTE_EVERY = 4_096;

export interface UnfinishedCalls {
  /** Follows an event that was committed. */
  follow(row: Row): void;
  /** Within a transaction, before anything is written in it: notes now and then which calls are open, up to `seq`. */
  note(seq: number): void;
  /** The last note, when the gate stops. */
  noteAtEnd(seq: number): void;
}

/** Calls that were asked or allowed and have no end yet, by id, with the kind that opened them. */
export type Open = Map<string, 'asked' | 'decided'>;

/** Keeps which calls are open, so that the next start need not look through the whole log for them. */
export function createUnfinishedCalls(db: Database): UnfinishedCalls {
  const { open, upto } = findUnfinishedCalls(db);
  const save = db.prepare<[number, string]>('UPDATE open_calls SET upto = ?, ids = ? WHERE one = 1');
  let noted = upto;
  const noteAfter = (seq: number, events: number) => {
    if (seq - noted < events) return;
    save.run(seq, JSON.stringify([...open]));
    noted = seq;
  };
  return {
    follow([kind, id, , , , did]) {
      followEvent(open, kind, id, did);
    },
    note: (seq) => noteAfter(seq, NOTE_EVERY),
    noteAtEnd: (seq) => noteAfter(seq, 1),
  };
}

/** The calls without an end: those of the last note, and what the log says since. */
export function findUnfinishedCalls(db: Database): { readonly open: Open; readonly upto: number } {
  const note = db.prepare<[], { upto: number; ids: string }>('SELECT upto, ids FROM open_calls').get();
  if (note === undefined) throw new Error('the note of open calls is missing');
  const noted: [string, 'asked' | 'decided'][] = JSON.parse(note.ids);
  const open: Open = new Map(noted);
  const since = db.prepare<[number], { kind: number; id: string; did: string | null }>(
    'SELECT kind, id, did FROM log LEFT JOIN decided USING (seq) WHERE seq >= ? ORDER BY seq',
  );
  for (const { kind, id, did } of since.iterate(note.upto)) followEvent(open, kind, id, did);
  return { open, upto: note.upto };
}

function followEvent(open: Open, kind: number, id: string, did: string | null): void {
  const name = KINDS[kind];
  if (name === 'asked') open.set(id, 'asked');
  else if (name === 'decided' && did === 'allow') open.set(id, 'decided');
  else if (name === 'decided' || name === 'outcome') open.delete(id);
}
