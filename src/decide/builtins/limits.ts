/** The elements or bytes that one call of a host function may make: fuel is counted in the module only. */
export const MOST_ELEMENTS = 65_536;
export const MOST_BYTES = 4 * 2 ** 20;

/**
 * Faults an evaluation before a host function makes more than it may.
 * @throws RangeError
 */
export function checkSize(name: string, size: number | bigint, most: number, of: string): void {
  if (size > most) throw new RangeError(`${name} would make ${size} ${of}, the most is ${most}`);
}
