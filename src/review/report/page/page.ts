import type { Review } from '../../review.ts';
import { verdictOf } from '../words.ts';
import { authoritySection } from './authority-section.ts';
import { changesSection } from './changes-section.ts';
import { contentsSection } from './contents-section.ts';
import { documentText } from './document.ts';
import { findingsSection } from './findings-section.ts';
import { invariantsSection } from './invariants-section.ts';
import { provenanceSection } from './provenance-section.ts';
import { signOff } from './sign-off.ts';
import { STYLE } from './style.ts';

/** A review as one page that needs nothing else: to be attached to a change, printed, signed. @param version the product's */
export function reviewPage(review: Review, version: string): string {
  const sections = [
    changesSection(review),
    authoritySection(review),
    invariantsSection(review),
    findingsSection(review),
    provenanceSection(review),
    contentsSection(review),
  ].filter((section) => section !== undefined);
  const { revision } = review.provenance;
  const { state, sentence } = verdictOf(review);
  return documentText({
    title: `Review of bundle ${revision === '' ? review.file : revision}`,
    heading: `Review of bundle ${revision === '' ? 'without a revision' : revision}`,
    style: STYLE,
    about: `${review.file}, reviewed ${review.time} by Sallyport ${version}`,
    summary: { state, sentence, lines: lines(review) },
    sections,
    last: { id: 'sign-off', title: 'Sign-off', body: signOff(review) },
  });
}

/** What else a reviewer wants to know first. */
function lines(review: Review): readonly string[] {
  const { provenance, invariants, authority } = review;
  const broken = invariants.filter((one) => one.broken > 0).length;
  const signature = {
    verified: 'It is signed by a key that was given.',
    unsigned: 'Nobody signed it.',
    unchecked: 'Its signature was not checked.',
    refused: 'Its signature is refused.',
  }[provenance.signature.state];
  const module = {
    same: 'Its module is what its sources give.',
    differs: 'It is not what its sources give.',
    unchecked: 'Whether its module is what its sources give was not checked.',
  }[provenance.module.state];
  const held =
    broken === 0
      ? `All ${invariants.length} invariants hold in ${authority.cells} calls.`
      : `${broken} of ${invariants.length} invariants do not hold.`;
  return [signature, module, held];
}
