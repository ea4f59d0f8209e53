import type { Review } from '../../review.ts';
import { html, type Markup } from './html.ts';

/** Where whoever answers for the bundle says so: which one, and when. */
export function signOff({ provenance, site, time }: Review): Markup {
  return html`<section class="signoff" aria-labelledby="sign-off"><h2 id="sign-off">Sign-off</h2>
<p>I have read this review, and this bundle may guard production:</p>
<dl>
<dt>Revision</dt><dd>${provenance.revision === '' ? 'none' : provenance.revision}</dd>
<dt>Content</dt><dd><span class="digest">${provenance.contentDigest}</span></dd>
<dt>Archive</dt><dd><span class="digest">${provenance.archiveDigest}</span></dd>
${site === null ? '' : html`<dt>Site's content</dt><dd><span class="digest">${site.contentDigest}</span></dd>`}
<dt>Reviewed</dt><dd>${time}</dd>
</dl>
<div class="lines"><div>Name</div><div>Role</div><div>Date</div><div>Signature</div></div>
</section>`;
}
