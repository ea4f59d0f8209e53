import type { JsonObject } from '../../json.ts';
import type { ModuleCheck } from '../provenance/module-check.ts';
import type { SignatureCheck } from '../provenance/signature-check.ts';
import type { Review } from '../review.ts';

/** What the review comes to: `refuse` makes the command fail. */
export interface ReviewVerdict {
  readonly state: 'refuse' | 'look' | 'clear';
  /** One sentence that stands alone. */
  readonly sentence: string;
}

/** The review in one sentence. */
export function verdictOf({ findings, provenance, file }: Review): ReviewVerdict {
  const count = (level: string) => findings.filter((finding) => finding.level === level).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const which = `Bundle ${provenance.revision === '' ? file : provenance.revision}`;
  if (errors > 0) {
    return {
      state: 'refuse',
      sentence: `${which} must not be signed off: ${counted(errors, 'error')} and ${counted(warnings, 'warning')} were found.`,
    };
  }
  if (warnings > 0) {
    return {
      state: 'look',
      sentence: `${which} has no errors, and ${counted(warnings, 'warning')} that whoever signs off must have looked at.`,
    };
  }
  return { state: 'clear', sentence: `${which} has no errors and no warnings.` };
}

export function signatureInWords(signature: SignatureCheck): string {
  switch (signature.state) {
    case 'verified':
      return `verified: key ${signature.keyId} (${signature.algorithm})${signature.scope === '' ? '' : `, scope ${signature.scope}`}`;
    case 'unsigned':
      return 'none';
    case 'unchecked':
      return `not checked; it says key ${signature.claimedKey}`;
    case 'refused':
      return `refused: ${signature.why}`;
  }
}

export function moduleInWords(module: ModuleCheck): string {
  switch (module.state) {
    case 'same':
      return `the same as built again from its sources, byte for byte (OPA ${module.opa})`;
    case 'differs':
      return `differs from what its sources give (OPA ${module.opa}): ${module.differs.join('; ')}`;
    case 'unchecked':
      return `not checked: ${module.why}`;
  }
}

/** What the builder wrote into the manifest, one fact a line. */
export function builtInWords(built: JsonObject): readonly string[] {
  const facts = Object.entries(built).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return facts.length === 0 ? ['it does not say'] : facts;
}

/** `no calls`, `1 call`, `2 calls` */
export function counted(count: number, what: string): string {
  return `${count === 0 ? 'no' : count} ${what}${count === 1 ? '' : 's'}`;
}
