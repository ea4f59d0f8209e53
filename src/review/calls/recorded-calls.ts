import { SallyportError } from '../../errors.ts';
import { apiPath, apiQuery, type OperationsClient } from '../../operate/client.ts';
import { type Call, readDecisions, type Unusable } from './call.ts';

/** As many as the operations API gives at once. */
const PAGE = 500;

export interface RecordedQuery {
  /** At most so many, the newest. */
  readonly limit: number;
  /** RFC 3339: not older. */
  readonly since?: string;
}

/** Decisions on the record of a running gate, newest first. */
export async function* recordedCalls(client: OperationsClient, query: RecordedQuery): AsyncGenerator<Call | Unusable> {
  let left = query.limit;
  let before: string | undefined;
  while (left > 0) {
    const limit = Math.min(left, PAGE);
    const page = await client.get(`/v1/decisions${apiQuery({ limit: String(limit), since: query.since, before })}`);
    const decisions = readDecisions(page) ?? [];
    yield* decisions;
    left -= limit;
    if (page.next === null || page.next === undefined) return;
    before = String(page.next);
  }
}

/** The decisions of these ids. @throws SallyportError `request/not-found` when there is none of an id */
export async function* namedCalls(client: OperationsClient, ids: readonly string[]): AsyncGenerator<Call | Unusable> {
  for (const id of ids) {
    const [decision] = readDecisions(await client.get(apiPath('/v1/decisions', id))) ?? [];
    if (decision === undefined) throw new SallyportError('request/invalid', `decision ${id} cannot be read`);
    yield decision;
  }
}
