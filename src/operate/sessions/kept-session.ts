import { z } from 'zod';
import { SallyportError } from '../../errors.ts';
import type { Document } from '../../record/store.ts';

/** How somebody proved who they are. */
export type LoginKind = 'token' | 'issuer';

/** A session as the store keeps it, under the hash of its secret. Times are RFC 3339, UTC, milliseconds. */
export interface KeptSession {
  /** As the record has it; opens nothing. */
  readonly id: string;
  readonly operator: string;
  readonly kind: LoginKind;
  readonly openedAt: string;
  readonly expires: string;
}

const instant = z.iso.datetime({ precision: 3 });
const schema = z.strictObject({
  id: z.string().min(1),
  operator: z.string().min(1),
  kind: z.enum(['token', 'issuer']),
  openedAt: instant,
  expires: instant,
});

/** @throws SallyportError `record/unavailable` when the document is no session */
export function readSession({ id, body }: Document): KeptSession {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new SallyportError('record/unavailable', `session ${id} in the store cannot be read`, {
    fix: 'restore the store from a copy, or run the version of sallyport that wrote it',
  });
}
