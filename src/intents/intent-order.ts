import { z } from 'zod';
import { plainText } from '../describe/claims.ts';
import { SallyportError } from '../errors.ts';
import { OUTCOMES, type Signal, type Statement } from './intent.ts';

/** Text that agents supply is cut to these many characters, after secrets were taken out of it. */
const LINE = 128;
const TEXT = 512;
const PLAN = 4096;
const LINK = 256;
/** Told to whoever sends more, rather than cut: nobody writes so much by mistake. */
const MOST_SENT = 16_384;
export const MOST_LINKS = 16;
/** Signals that can be attached at once. */
const MOST_AT_ONCE = 16;
/** An agent's clock may be ahead of the gate's by so much. */
const SKEW_MS = 60_000;

const text = z.string().trim().min(1).max(MOST_SENT);
const said = text.nullable().default(null);
const confidence = z.number().min(0).max(1).nullable().default(null);
const instant = z.iso.datetime({ offset: true });

/** What opens an intent. */
export const openBody = z.strictObject({
  reason: text,
  incident: said,
  incidentClass: said,
  alert: said,
  hypothesis: said,
  confidence,
  links: z
    .array(z.url({ protocol: /^https?$/ }).max(2048))
    .max(MOST_LINKS)
    .default([]),
  plan: said,
  runbook: said,
  successSignal: said,
  wayBack: said,
  ttlSeconds: z.int().min(60).optional(),
});
export type OpenOrder = z.infer<typeof openBody>;

/** What is attached to one: signals, and what the agent thinks of it all by now. */
export const attachBody = z.strictObject({
  signals: z
    .array(
      z.strictObject({
        source: z
          .string()
          .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,63}$/, 'a name of at most 64 letters, digits and ._:/@-'),
        observedAt: instant,
        stance: z.enum(['supports', 'contradicts']),
        says: text,
        pattern: z
          .string()
          .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name of at most 63 small letters, digits and hyphens')
          .nullable()
          .default(null),
      }),
    )
    .min(1)
    .max(MOST_AT_ONCE),
  confidence: z.number().min(0).max(1).optional(),
  hypothesis: text.optional(),
});
export type AttachOrder = z.infer<typeof attachBody>;

/** What closes one. */
export const closeBody = z.strictObject({
  outcome: z.enum(OUTCOMES).exclude(['expired']),
  summary: text,
});
export type CloseOrder = z.infer<typeof closeBody>;

/** Makes text of others fit to be stored and shown: without secrets, without controls, bounded. */
export type Clean = (text: string, longest: number) => string;

/** @param redactText replaces secrets by digests */
export function cleanWith(redactText: (text: string) => string): Clean {
  // Redacted before it is cut, so that half a secret is not taken for text.
  return (given, longest) =>
    redactText(plainText(given, longest * 4))
      .slice(0, longest)
      .toWellFormed();
}

/** @throws SallyportError `request/invalid` when nothing is left of the reason */
export function statementOf(order: OpenOrder, clean: Clean): Statement {
  const cleaned = (given: string | null, longest: number) => {
    const left = given === null ? '' : clean(given, longest);
    return left === '' ? null : left;
  };
  const reason = cleaned(order.reason, TEXT);
  if (reason === null) throw new SallyportError('request/invalid', 'body.reason: there is nothing to read in it');
  return {
    reason,
    incident: cleaned(order.incident, LINE),
    incidentClass: cleaned(order.incidentClass, LINE),
    alert: cleaned(order.alert, LINE),
    hypothesis: cleaned(order.hypothesis, TEXT),
    confidence: order.confidence,
    links: order.links.map((link) => clean(link, LINK)),
    plan: cleaned(order.plan, PLAN),
    runbook: cleaned(order.runbook, LINE),
    successSignal: cleaned(order.successSignal, TEXT),
    wayBack: cleaned(order.wayBack, TEXT),
  };
}

/** @throws SallyportError `request/invalid` on what is said to have been observed in the future */
export function signalsOf(order: AttachOrder, by: string, now: Date, clean: Clean): readonly Signal[] {
  return order.signals.map(({ source, observedAt, stance, says, pattern }, at): Signal => {
    const observed = new Date(observedAt);
    if (observed.getTime() > now.getTime() + SKEW_MS)
      throw new SallyportError('request/invalid', `body.signals.${at}.observedAt: ${observedAt} is not over yet`, {
        fix: `by the gate's clock it is ${now.toISOString()}`,
      });
    return {
      ...{ source, stance, pattern, by },
      observedAt: observed.toISOString(),
      attachedAt: now.toISOString(),
      says: clean(says, TEXT),
    };
  });
}

/** A summary, or a hypothesis that was thought again. */
export function textOf(given: string, clean: Clean): string {
  return clean(given, TEXT);
}
