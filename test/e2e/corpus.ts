import { CHANGES } from './corpus-changes.ts';
import { ENCODINGS } from './corpus-encodings.ts';
import { FOREIGN } from './corpus-foreign.ts';
import { READS } from './corpus-reads.ts';
import { SUBRESOURCES } from './corpus-subresources.ts';

/** Every call of the corpus, with the Action that the gate must make of it. */
export const CORPUS = [...READS, ...CHANGES, ...SUBRESOURCES, ...FOREIGN, ...ENCODINGS];
