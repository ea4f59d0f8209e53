import type { Term } from '../terms/term.ts';
import { checkSize, MOST_ELEMENTS } from './limits.ts';
import { bigOperand, numbersTerm } from './operands.ts';

/** `numbers.range_step(a, b, step)`, upwards or downwards. */
export function rangeStep(from: Term | undefined, to: Term | undefined, step: Term | undefined): Term | undefined {
  const [first, last, width] = [bigOperand(from), bigOperand(to), bigOperand(step)];
  if (first === undefined || last === undefined || width === undefined || width <= 0n) return undefined;
  const isUp = first <= last;
  const steps = (isUp ? last - first : first - last) / width + 1n;
  checkSize('numbers.range_step', steps, MOST_ELEMENTS, 'numbers');
  const numbers: bigint[] = [];
  for (let index = 0n; index < steps; index += 1n) {
    numbers.push(isUp ? first + index * width : first - index * width);
  }
  return numbersTerm(numbers);
}
