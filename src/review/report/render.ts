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

/** A report to write: into a file, or printed. */
export interface Output {
  readonly format: ReportFormat;
  readonly file: string | undefined;
}

/**
 * What `--format format[=file]` and `--out` ask for.
 * @param otherwise the format when none is named
 * @throws SallyportError `usage/invalid`
 */
export function parseOutputs(
  formats: readonly string[],
  out: string | undefined,
  otherwise: ReportFormat,
): readonly Output[] {
  const outputs = (formats.length === 0 ? [otherwise] : formats).map(parseOutput);
  if (outputs.filter(({ file }) => file === undefined).length > 1) {
    throw wrong('--format: only one report can be printed', 'give the others a file: --format html=review.html');
  }
  const [only] = outputs;
  if (out === undefined || only === undefined) return outputs;
  if (outputs.length === 1 && only.file === undefined) return [{ format: only.format, file: out }];
  throw wrong(
    '--out is for one report without a file of its own',
    'give each report its file: --format html=review.html',
  );
}

function parseOutput(text: string): Output {
  const [, name = '', file] = /^([^=]*)(?:=(.+))?$/s.exec(text) ?? [];
  if (isFormat(name)) return { format: name, file };
  throw wrong(
    `--format: ${JSON.stringify(text)} is not a format`,
    `one of ${Object.keys(FORMATS).join(', ')}, with =FILE or without`,
  );
}

function wrong(message: string, fix: string): SallyportError {
  return new SallyportError('usage/invalid', message, { fix });
}

/** The review as text of a format. @param version the product's version */
export function renderReview(review: Review, format: ReportFormat, version: string): string {
  return FORMATS[format](review, version);
}

function isFormat(name: string): name is ReportFormat {
  return Object.hasOwn(FORMATS, name);
}
