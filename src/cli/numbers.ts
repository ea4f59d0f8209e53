import { SallyportError } from '../errors.ts';

/** A whole number within bounds. @throws SallyportError `usage/invalid`. */
export function parseInteger(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new SallyportError('usage/invalid', `${option}: ${JSON.stringify(text)} is not a whole number`, {
    fix: `${least} to ${most}`,
  });
}
