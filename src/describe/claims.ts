import { type Claims, UNKNOWN, type Unknown } from './action.ts';

/** Longer claims are cut: they are shown to people and stored with every decision. */
const LONGEST_CLAIM = 512;

const NO_CLAIMS: Claims = {
  intent: UNKNOWN,
  reason: UNKNOWN,
  incident: UNKNOWN,
  incidentClass: UNKNOWN,
  alert: UNKNOWN,
  confidence: UNKNOWN,
  runbook: UNKNOWN,
  plan: UNKNOWN,
  links: UNKNOWN,
  successSignal: UNKNOWN,
};

/**
 * What a caller says of itself in the `Sallyport-Intent`, `-Reason`, `-Incident` and `-Confidence` headers: bounded to 512
 * characters, without controls, redacted. What does not read is `unknown`.
 */
export function readClaims(headers: ReadonlyMap<string, string>, redactText: (text: string) => string): Claims {
  const claim = (header: string): string | Unknown => {
    const text = plainText(headers.get(header) ?? '', LONGEST_CLAIM * 4);
    // Redacted before it is cut, so that half a secret is not taken for text.
    return text === '' ? UNKNOWN : redactText(text).slice(0, LONGEST_CLAIM);
  };
  if (!CLAIM_HEADERS.some((header) => headers.has(header))) return NO_CLAIMS;
  return {
    ...NO_CLAIMS,
    intent: claim('sallyport-intent'),
    reason: claim('sallyport-reason'),
    incident: claim('sallyport-incident'),
    confidence: confidence(headers.get('sallyport-confidence')),
  };
}

const CLAIM_HEADERS = ['sallyport-intent', 'sallyport-reason', 'sallyport-incident', 'sallyport-confidence'];

function confidence(text: string | undefined): number | Unknown {
  return text !== undefined && /^(?:0(?:\.[0-9]{1,6})?|1(?:\.0{1,6})?)$/.test(text) ? Number(text) : UNKNOWN;
}

/**
 * One line that is safe to print in a terminal, a header or a log: controls and marks that reorder or hide text become
 * spaces, lone surrogates are replaced, and it is cut to `longest` characters.
 */
export function plainText(text: string, longest: number): string {
  return text.slice(0, longest).toWellFormed().replace(UNPRINTABLE, ' ').trim();
}

// Controls, line and paragraph separators, bidirectional and zero-width marks.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gu;
