import type { AloneLine, AuthoritySummary } from './authority-summary.ts';

/** Environments in which agents may do the same alone, level by level. */
export interface AloneGroup {
  readonly environments: readonly string[];
  /** Levels that may do the same, with their titles: `3 (human on the loop)`. */
  readonly rows: readonly { readonly levels: readonly string[]; readonly may: readonly AloneLine[] }[];
}

/** Who may do what without a person, with what is alike told once. */
export function groupAlone({ alone, levels, environments }: AuthoritySummary): readonly AloneGroup[] {
  const rowsOf = (environment: string): AloneGroup['rows'] => {
    const rows: { levels: string[]; may: readonly AloneLine[] }[] = [];
    for (const { level, title } of levels) {
      const may = alone.find((place) => place.level === level && place.environment === environment)?.may ?? [];
      const named = title === '' ? level : `${level} (${title})`;
      const last = rows.at(-1);
      if (last !== undefined && JSON.stringify(last.may) === JSON.stringify(may)) last.levels.push(named);
      else rows.push({ levels: [named], may });
    }
    return rows;
  };
  const groups = Map.groupBy(environments, (environment) => JSON.stringify(rowsOf(environment)));
  return [...groups.values()].map((alike) => ({ environments: alike, rows: rowsOf(alike[0] ?? '') }));
}
