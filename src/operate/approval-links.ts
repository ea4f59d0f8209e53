import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a link says of itself; `none`: it is not signed, as those on the pages are. */
export type LinkState = 'good' | 'expired' | 'tampered' | 'none';

/**
 * Links to held calls, for notices. The signature shows that the link is the gate's and since when it is too old; it opens
 * nothing: whoever follows it needs a session of their own.
 */
export interface ApprovalLinks {
  /** @param until RFC 3339; the link is good until then */
  approvalLink(hold: string, until: string): string;
  /** @param k the link's `k`, undefined when it has none */
  check(hold: string, k: string | undefined, now: Date): LinkState;
}

/** @param key of at least 32 bytes. @param origin of the pages, asked for at each link */
export function approvalLinks(key: Uint8Array, origin: () => string): ApprovalLinks {
  const sign = (hold: string, expires: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify(['approval', hold, expires]))
      .digest('base64url');
  return {
    approvalLink: (hold, until) => {
      const expires = Date.parse(until).toString(36);
      return `${origin()}/approvals/${encodeURIComponent(hold)}?k=${expires}.${sign(hold, expires)}`;
    },
    check: (hold, k, now) => {
      if (k === undefined) return 'none';
      const [, expires = '', signature = ''] = /^([0-9a-z]{1,12})\.([A-Za-z0-9_-]{43})$/.exec(k) ?? [];
      const [given, wanted] = [Buffer.from(signature), Buffer.from(sign(hold, expires))];
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return 'tampered';
      return now.getTime() < Number.parseInt(expires, 36) ? 'good' : 'expired';
    },
  };
}
