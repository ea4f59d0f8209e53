import type { Term } from '../../terms/term.ts';
import { parseUrl } from '../url/go-url.ts';
import { DerError, DerReader } from './der.ts';
import { ipTerm, listTerm, urlTerm, urlTextTerm } from './go-json-values.ts';

/** The subject's alternative names as Go's members; all null when there are none. */
export interface AlternativeNames {
  readonly DNSNames: Term;
  readonly EmailAddresses: Term;
  readonly IPAddresses: Term;
  readonly URIs: Term;
}

export const NO_NAMES: AlternativeNames = { DNSNames: null, EmailAddresses: null, IPAddresses: null, URIs: null };

/** Reads the extension subjectAltName; `uriTexts` is what OPA adds, the URIs as text. */
export function readAlternativeNames(der: Buffer): { readonly names: AlternativeNames; readonly uriTexts: Term } {
  const sequence = new DerReader(der).inside();
  const [dns, emails, ips, urls, texts]: [Term[], Term[], Term[], Term[], Term[]] = [[], [], [], [], []];
  while (!sequence.isEmpty) {
    const { tag, content } = sequence.element();
    switch (tag) {
      case 0x81:
        emails.push(ia5(content));
        break;
      case 0x82:
        dns.push(ia5(content));
        break;
      case 0x86: {
        const url = parseUrl(ia5(content));
        if (!url || !isHostValid(url.host)) throw new DerError();
        urls.push(urlTerm(url));
        texts.push(urlTextTerm(url));
        break;
      }
      case 0x87:
        if (content.length !== 4 && content.length !== 16) throw new DerError();
        ips.push(ipTerm(content));
        break;
      default: // other kinds of names are passed over
    }
  }
  const names = {
    DNSNames: listTerm(dns),
    EmailAddresses: listTerm(emails),
    IPAddresses: listTerm(ips),
    URIs: listTerm(urls),
  };
  return { names, uriTexts: listTerm(texts) };
}

/** Text of ASCII, as IA5String is. */
function ia5(content: Buffer): string {
  if (content.some((byte) => byte >= 0x80)) throw new DerError();
  return content.toString('latin1');
}

/** Go's `domainNameValid`, which is lax: no empty label but at the start, no characters that cannot be seen. */
function isHostValid(host: string): boolean {
  if (host === '') return true;
  return !host.endsWith('.') && /^[!-~]*$/.test(host) && !host.slice(1).includes('..') && !host.startsWith('.');
}
