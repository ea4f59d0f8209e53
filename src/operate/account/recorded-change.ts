import { isObject, type Json, type JsonObject } from '../../json.ts';
import type { Leaf, Store } from '../../record/store.ts';

/** A `changed` event of the log, and where it is. */
export interface RecordedStep {
  readonly seq: number;
  readonly id: string;
  readonly time: string;
  readonly what: string;
  readonly by: string;
  readonly why: string;
  readonly body: JsonObject;
}

/** The last of the steps that concern something, in order. @param wanted by what happened; all when left out */
export async function stepsOf(
  store: Pick<Store, 'related'>,
  link: string,
  wanted: (what: string) => boolean = () => true,
): Promise<readonly RecordedStep[]> {
  const found: RecordedStep[] = [];
  for (let from = 0; ; ) {
    const leaves = await store.related(link, from, PAGE);
    for (const leaf of leaves) {
      const step = stepOf(leaf);
      if (step !== undefined && wanted(step.what)) found.push(step);
    }
    if (found.length > MOST) found.splice(0, found.length - MOST);
    const last = leaves.at(-1);
    if (last === undefined || leaves.length < PAGE) return found;
    from = last.seq + 1;
  }
}

const PAGE = 200;
const MOST = 500;

/** The step that a leaf is; undefined for other leaves. */
export function stepOf(leaf: Leaf): RecordedStep | undefined {
  if (leaf.kind !== 'changed') return undefined;
  const body: unknown = JSON.parse(leaf.leaf);
  if (!isObject(body)) return undefined;
  const { seq, id, time } = leaf;
  return { seq, id, time, what: text(body.what), by: text(body.by), why: text(body.why), body };
}

/** A step as answers show it: what else it says stays in the log. */
export function stepJson({ seq, time, what, by, why }: RecordedStep): JsonObject {
  return { seq, time, what, by, why };
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
