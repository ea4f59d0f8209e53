import type { YamlPath } from '../../config/yaml-file.ts';
import type { Json } from '../../json.ts';
import type { Expectation } from './schema/expectation.ts';
import type { Given } from './schema/given.ts';

/** One test: a case, or one cell of its matrix, or one call of a runbook's. */
export interface Scenario {
  /** Unique within its suite. */
  readonly name: string;
  /** Where in the file it is: its case, or the entry of a runbook's. */
  readonly at: YamlPath;
  /** Of its case or entry in the file. */
  readonly line: number;
  readonly given: Given;
  readonly expect: Expectation;
  /** Of what it expects. */
  readonly expectLine: number;
  /** The runbook whose case it belongs to. */
  readonly runbook: string | undefined;
  /** The values of the matrix's axes in this cell. */
  readonly cell: Readonly<Record<string, Json>>;
  /** The line on which a value of the scenario, or of what it expects, is written. */
  readonly placeOf: (path: YamlPath) => { readonly line: number; readonly column: number };
}

/** A file of scenarios. */
export interface Suite {
  readonly title: string;
  /** As it was named, with forward slashes. */
  readonly file: string;
  readonly scenarios: readonly Scenario[];
}
