import type { SiteProvenance } from '../provenance/site-provenance.ts';
import { signatureInWords } from './words.ts';

/** What a site's bundle is and brings, by name. */
export function siteFacts(site: SiteProvenance): readonly (readonly [string, string])[] {
  return [
    ['revision', site.revision === '' ? 'none' : site.revision],
    ['content', site.contentDigest],
    ['archive', site.archiveDigest],
    ['signature', signatureInWords(site.signature)],
    ['settings', site.settings.join(', ') || 'none'],
    ['rules', site.rules ? 'its own module' : 'none'],
    ['trusted with', site.trust.join(', ') || 'nothing: it only tightens'],
  ];
}
