import type { ObligationName } from '../decide/verdict.ts';
import { SallyportError } from '../errors.ts';
import type { CaseFile } from '../record/case-file.ts';

/**
 * What is allowed on a condition is not allowed without it, whatever a bundle makes of what the gate says that it can do.
 * @throws SallyportError `policy/nonsense`: then nothing may leave
 */
export function refuseUnmet(
  { verification }: Pick<CaseFile, 'verification'>,
  duties: ReadonlySet<ObligationName>,
): void {
  const met: readonly (readonly [ObligationName, boolean])[] = [
    ['verify', verification !== undefined],
    ['canary', verification?.canary !== undefined],
    ['fallback', verification?.fallback === true],
  ];
  const unmet = met.find(([name, isMet]) => duties.has(name) && !isMet);
  if (unmet === undefined) return;
  throw new SallyportError(
    'policy/nonsense',
    `the policy obliges the gate to ${unmet[0]}, which it cannot do for this call`,
    { fix: 'see state.can in its input, which says what the gate can do, and verification.yaml' },
  );
}
