/**
 * A report before it is Markdown or a page: what it says is the same in both. All text is text, whoever wrote it; the
 * renderers see to it that it stays that.
 */
export interface Report {
  readonly title: string;
  /** Of what and when, in a line. */
  readonly about: string;
  readonly summary: {
    /** `refuse`: somebody has to act; `look`: to look; `clear`: neither. */
    readonly state: 'refuse' | 'look' | 'clear';
    readonly sentence: string;
    readonly lines: readonly string[];
  };
  readonly sections: readonly ReportSection[];
}

export interface ReportSection {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'text'; readonly text: string }
  /** `ordered`: by rank. */
  | { readonly kind: 'list'; readonly items: readonly string[]; readonly ordered?: boolean }
  | { readonly kind: 'fields'; readonly fields: readonly (readonly [name: string, value: string])[] }
  | Table
  | Chart;

export interface Table {
  readonly kind: 'table';
  readonly caption: string;
  readonly headings: readonly string[];
  /** The first cell is the heading of its row. */
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Bars that are stacked of parts, for whoever would rather look; what it shows stands in a table beside it. */
export interface Chart {
  readonly kind: 'chart';
  readonly caption: string;
  readonly parts: readonly { readonly name: string; readonly tone: 'good' | 'warn' | 'bad' | 'soft' }[];
  readonly bars: readonly { readonly name: string; readonly values: readonly number[] }[];
}

export function text(line: string): Block {
  return { kind: 'text', text: line };
}

/** A table, or a sentence where it would be empty. */
export function tableOr(otherwise: string, caption: string, headings: readonly string[], rows: Table['rows']): Block {
  return rows.length === 0 ? text(otherwise) : { kind: 'table', caption, headings, rows };
}

/** The columns that hold nothing but numbers; differences are numbers with their sign. */
export function numericColumns({ headings, rows }: Table): readonly number[] {
  return headings
    .map((_, column) => column)
    .filter((column) => column > 0 && rows.every((row) => /^[+-]?\d+$/.test(String(row[column]))));
}
