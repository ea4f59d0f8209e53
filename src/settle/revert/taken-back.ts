import { z } from 'zod';
import { SallyportError } from '../../errors.ts';
import type { Put, Store } from '../../record/store.ts';

/**
 * What is known of attempts to take one decision back; kept for ever under `closed`, so that it happens once.
 * - `running`: recorded, and nobody knows yet how it ended
 * - `ran`: taken back; never again
 * - `ended`: an attempt that did not do it; another one may be made
 * - `lost`: an attempt of which nobody knows whether it did; another one looks at what is there
 */
export interface TakenBack {
  readonly state: 'running' | 'ran' | 'ended' | 'lost';
  /** The decision of the newest attempt. */
  readonly revert: string;
  readonly by: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** With the version that the next change of it must find. */
export interface KeptAttempt {
  readonly attempt: TakenBack | undefined;
  readonly version: number;
}

const schema = z.strictObject({
  state: z.enum(['running', 'ran', 'ended', 'lost']),
  revert: z.string().min(1),
  by: z.string().min(1),
  at: z.iso.datetime({ precision: 3 }),
});

/** @throws SallyportError `record/unavailable` when what is stored cannot be read: then nobody knows whether it ran */
export async function readAttempt(store: Pick<Store, 'get'>, decision: string): Promise<KeptAttempt> {
  const document = await store.get('closed', idOf(decision));
  if (document === undefined) return { attempt: undefined, version: 0 };
  const parsed = schema.safeParse(document.body);
  if (parsed.success) return { attempt: parsed.data, version: document.version };
  throw new SallyportError('record/unavailable', `what is stored of the revert of ${decision} cannot be read`, {
    fix: 'restore the store from a copy, or run the version of sallyport that wrote it',
  });
}

/** Begins an attempt: exactly one of several at once succeeds. Listed under `reverts` until it has ended. */
export function beginning(decision: string, { version }: KeptAttempt, attempt: TakenBack): readonly Put[] {
  return [
    { collection: 'closed', id: idOf(decision), expect: version, body: { ...attempt } },
    { collection: 'reverts', id: decision, expect: 0, body: { revert: attempt.revert } },
  ];
}

/** Ends it. @param version of what `beginning` wrote */
export function ending(decision: string, version: number, attempt: TakenBack): readonly Put[] {
  return [
    { collection: 'closed', id: idOf(decision), expect: version, body: { ...attempt } },
    { collection: 'reverts', id: decision, expect: 1, body: null },
  ];
}

function idOf(decision: string): string {
  return `reverts:${decision}`;
}
