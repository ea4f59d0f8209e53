import { z } from 'zod';
import type { JsonObject } from '../../json.ts';
import { type Notice, SEVERITIES, type Severity } from './notice.ts';
import { plainLine } from './plain-line.ts';
import type { StagedDocuments } from './staged-documents.ts';
import { DIGEST } from './telling/table.ts';

/** What a target is told together: many small things, and what its queue had no room for. */
interface Digest {
  readonly count: number;
  /** How many of each kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** The first ones, a line each. */
  readonly lines: readonly { readonly name: string; readonly value: string }[];
  readonly since: string;
  /** RFC 3339: when it is sent. */
  readonly due: string;
  /** Some of it was too much to be told one by one. */
  readonly isOverflow: boolean;
  /** Of the gravest. */
  readonly severity: Severity;
}

const PREFIX = 'digest.';
const LINES = 20;
const KINDS = 20;

const schema: z.ZodType<Digest> = z.strictObject({
  count: z.int(),
  kinds: z.record(z.string(), z.int()).readonly(),
  lines: z.array(z.strictObject({ name: z.string(), value: z.string() })).readonly(),
  since: z.string(),
  due: z.string(),
  isOverflow: z.boolean(),
  severity: z.enum(SEVERITIES),
});

function read(body: JsonObject | undefined): Digest | undefined {
  const parsed = schema.safeParse(body);
  return parsed.success ? parsed.data : undefined;
}

/** Adds a notice to what a target is told together at `due`, or earlier if more is waiting already. */
export function addToDigest(
  documents: StagedDocuments,
  target: string,
  notice: Notice,
  { due, isOverflow }: Pick<Digest, 'due' | 'isOverflow'>,
): void {
  const before = read(documents.get(PREFIX + target));
  const kinds = before?.kinds ?? {};
  const kind = Object.hasOwn(kinds, notice.kind) || Object.keys(kinds).length < KINDS ? notice.kind : 'others';
  const line = { name: notice.time, value: notice.title };
  const lines = before?.lines ?? [];
  const digest: Digest = {
    count: (before?.count ?? 0) + 1,
    kinds: { ...kinds, [kind]: (kinds[kind] ?? 0) + 1 },
    lines: lines.length < LINES ? [...lines, line] : lines,
    since: before?.since ?? notice.time,
    due: before === undefined || due < before.due ? due : before.due,
    isOverflow: isOverflow || before?.isOverflow === true,
    severity: graver(before?.severity ?? 'info', notice.severity),
  };
  documents.stage(PREFIX + target, {
    ...digest,
    kinds: { ...digest.kinds },
    lines: digest.lines.map((each) => ({ ...each })),
  });
}

/** When the next digest of one of these targets is due, in milliseconds since the epoch; undefined when there is none. */
export function nextDigest(documents: StagedDocuments, targets: readonly string[]): number | undefined {
  const dues = targets.map((target) => Date.parse(read(documents.get(PREFIX + target))?.due ?? ''));
  const known = dues.filter((due) => !Number.isNaN(due));
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Takes what is due for a target, as one notice. */
export function takeDigest(documents: StagedDocuments, target: string, now: Date, seq: number): Notice | undefined {
  const digest = read(documents.get(PREFIX + target));
  if (digest === undefined || Date.parse(digest.due) > now.getTime()) return undefined;
  documents.stage(PREFIX + target, null);
  const { count, kinds, lines, since, isOverflow, severity } = digest;
  const changes = kinds['call.allowed'] === count;
  const counted = Object.entries(kinds).map(([kind, times]) => `${times} ${kind}`);
  const more = count > lines.length ? `, and ${count - lines.length} more` : '';
  return {
    id: `digest-${target}-${seq}-${now.getTime()}`,
    kind: DIGEST,
    time: now.toISOString(),
    severity,
    title: isOverflow
      ? `${count} notices came too fast to be told one by one`
      : `${count} ${changes ? 'calls' : 'events'} that policy wants people to know of`,
    text: `${plainLine(counted.join(', '), 500)}, since ${since}. The first ${lines.length}${more}; the record has all.`,
    facts: lines,
    links: [],
    alert: isOverflow ? { key: `overflow:${target}`, action: 'trigger' } : null,
    groups: [],
    environments: [],
    about: {},
  };
}

function graver(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b) ? b : a;
}
