import { SallyportError } from '../../errors.ts';
import { REVIEW_RULES } from '../findings/rules.ts';
import type { Review } from '../review.ts';
import { reviewPage } from './page/page.ts';
import { sarifOf } from './sarif.ts';
import { reviewText } from './text.ts';
import { verdictOf } from './words.ts';

const FORMATS = {
  text: reviewText,
  json: (review: Review) => `${JSON.stringify({ verdict: verdictOf(review), ...review }, undefined, 2)}\n`,
  sarif: (review: Review, version: string) =>
    `${JSON.stringify(sarifOf({ version, rules: REVIEW_RULES, findings: review.findings }, review.file), undefined, 2)}\n`,
  html: reviewPage,
} satisfies Readonly<Record<string, (review: Review, version: string) => string>>;

export type ReportFormat = keyof typeof FORMATS;
export const REPORT_FORMATS = Object.keys(FORMATS);

/** @throws SallyportError `usage/invalid` when there is no such format. */
export function checkFormat(name: string): ReportFormat {
  if (isFormat(name)) return name;
  throw new SallyportError('usage/invalid', `--format: ${JSON.stringify(name)} is not a format`, {
    fix: `one of ${REPORT_FORMATS.join(', ')}`,
  });
}

/** The review as text of a format. @param version the product's version */
export function renderReview(review: Review, format: ReportFormat, version: string): string {
  return FORMATS[format](review, version);
}

function isFormat(name: string): name is ReportFormat {
  return Object.hasOwn(FORMATS, name);
}
