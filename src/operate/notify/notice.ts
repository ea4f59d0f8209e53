import { z } from 'zod';
import type { Json, JsonObject } from '../../json.ts';

export const SEVERITIES = ['info', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Begins, goes on with or ends something that somebody has to look after; `key` is the same all along. */
export interface Alert {
  readonly key: string;
  readonly action: 'trigger' | 'acknowledge' | 'resolve';
}

/**
 * What people are told of one event, in no format yet. All of it is plain text of bounded length, whoever wrote it; each
 * format escapes it in its own way.
 */
export interface Notice {
  /** Of the event that it tells of; receivers that get it twice know it by this. */
  readonly id: string;
  /** `hold.opened`, `freeze.set`, ... */
  readonly kind: string;
  /** RFC 3339, UTC: when the event happened. */
  readonly time: string;
  readonly severity: Severity;
  /** One line. */
  readonly title: string;
  /** Some sentences, or empty. */
  readonly text: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly links: readonly { readonly name: string; readonly url: string }[];
  readonly alert: Alert | null;
  /** Who is asked; empty: nobody in particular. */
  readonly groups: readonly string[];
  /** Which it concerns; empty: none in particular. */
  readonly environments: readonly string[];
  /** Ids of what it concerns: `decision`, `hold`, `agent`, ... */
  readonly about: Readonly<Record<string, string>>;
}

const texts = z.array(z.string()).readonly();

/** A notice as it is stored. */
export const noticeSchema: z.ZodType<Notice> = z.strictObject({
  id: z.string(),
  kind: z.string(),
  time: z.string(),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  text: z.string(),
  facts: z.array(z.strictObject({ name: z.string(), value: z.string() })).readonly(),
  links: z.array(z.strictObject({ name: z.string(), url: z.string() })).readonly(),
  alert: z.strictObject({ key: z.string(), action: z.enum(['trigger', 'acknowledge', 'resolve']) }).nullable(),
  groups: texts,
  environments: texts,
  about: z.record(z.string(), z.string()).readonly(),
});

/** A notice as JSON, for the store and for webhooks. */
export function noticeJson(notice: Notice): JsonObject {
  const { facts, links, alert, groups, environments, about, ...plain } = notice;
  const all: Record<string, Json> = {
    ...plain,
    facts: facts.map((fact) => ({ ...fact })),
    links: links.map((link) => ({ ...link })),
    alert: alert === null ? null : { ...alert },
    groups: [...groups],
    environments: [...environments],
    about: { ...about },
  };
  return all;
}
