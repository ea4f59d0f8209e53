import { encodePath } from '../../listen/wire.ts';
import type { CaseFile } from '../../record/case-file.ts';
import type { Sealer } from '../../record/seal.ts';
import type { Sealed } from '../../record/store.ts';
import { HELD_REQUEST } from './hold-writes.ts';

/** Never kept, not even sealed: whoever repeats the call brings their own. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** The exact request of a held call, encrypted, until people can no longer decide about it. */
export function sealedRequest({ id, call }: CaseFile, sealer: Sealer, until: string): Sealed | undefined {
  if (call === undefined) return undefined;
  const headers = [...call.headers].filter(([name]) => !CREDENTIALS.has(name));
  const request = {
    method: call.method,
    path: encodePath(call.path),
    headers,
    body: Buffer.from(call.body).toString('base64'),
  };
  return {
    decision: id,
    name: HELD_REQUEST,
    bytes: sealer.seal(id, HELD_REQUEST, Buffer.from(JSON.stringify(request))),
    until,
  };
}
