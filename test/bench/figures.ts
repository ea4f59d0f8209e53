/** One line of a comparison, with what it should be. */
export function ratio(what: string, value: number, wanted: string): void {
  process.stdout.write(`  ratio: ${what.padEnd(44)} ${value.toFixed(2)}   (wanted ${wanted})\n`);
}

export function median(values: readonly number[] | undefined): number {
  const sorted = (values ?? []).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** One figure of a run by itself, with what it should be. */
export function limit(what: string, value: number, wanted: string): void {
  const shown = Number.isInteger(value) ? `${value}` : value.toFixed(2);
  process.stdout.write(`  figure: ${what.padEnd(43)} ${shown}   (wanted ${wanted})\n`);
}
