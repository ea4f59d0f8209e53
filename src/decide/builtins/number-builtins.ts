import { randomInteger, randomUuid } from './chance.ts';
import { type HostBuiltins, onTerms } from './host-builtin.ts';
import { rangeStep } from './number-range.ts';
import { parseBytes, parseUnits } from './units.ts';
import { parseUuid } from './uuid.ts';

/** Functions of numbers, units and identifiers; `seed` stands for the call that is being judged. */
export function numberBuiltins(seed: () => string): HostBuiltins {
  return {
    'numbers.range_step': onTerms(rangeStep),
    'rand.intn': onTerms((text, n) => randomInteger(seed(), text, n)),
    'units.parse': onTerms(parseUnits),
    'units.parse_bytes': onTerms(parseBytes),
    'uuid.parse': onTerms(parseUuid),
    'uuid.rfc4122': onTerms((key) => randomUuid(seed(), key)),
  };
}
