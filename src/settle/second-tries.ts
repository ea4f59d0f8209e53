import { hash } from 'node:crypto';
import type { Refusal } from '../describe/action.ts';
import { encodePath } from '../listen/wire.ts';
import type { CaseFile } from '../record/case-file.ts';

/** How long after its first try kubectl may come with the second; it does so at once. */
const WITHIN_MS = 5_000;
/** Refusals that are kept; more at once only means that some second tries are decisions of their own. */
const MOST = 1_024;

/**
 * kubectl asks for a stream over a WebSocket, and whatever it is answered, over SPDY again. When the first was denied,
 * the second is the same question and has the same answer: one decision. Each refusal answers one second try, so that
 * whoever asks a third time is judged again.
 */
export class SecondTries {
  readonly #now: () => Date;
  readonly #refused = new Map<string, { readonly refusal: Refusal; readonly until: number }>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  get size(): number {
    return this.#refused.size;
  }

  /** Keeps what a WebSocket was refused with. */
  refused(file: CaseFile, refusal: Refusal): void {
    const question = questionOf(file);
    if (question === undefined || file.call?.upgrade !== 'websocket') return;
    // Set anew, so that the oldest stands first.
    this.#refused.delete(question);
    this.#refused.set(question, { refusal, until: this.#now().getTime() + WITHIN_MS });
    for (const [oldest, { until }] of this.#refused) {
      if (this.#refused.size <= MOST && until > this.#now().getTime()) break;
      this.#refused.delete(oldest);
    }
  }

  /** What the first try was refused with, once, when this is the second. */
  answerTo(file: CaseFile): Refusal | undefined {
    const question = questionOf(file);
    if (question === undefined || file.call?.upgrade !== 'spdy/3.1') return undefined;
    const found = this.#refused.get(question);
    this.#refused.delete(question);
    return found !== undefined && found.until > this.#now().getTime() ? found.refusal : undefined;
  }
}

/** The same agent asks for the same of the same: agent, route, path and query, as a digest. */
function questionOf({ principal, route, call }: CaseFile): string | undefined {
  if (principal === undefined || call === undefined) return undefined;
  const asked = JSON.stringify([principal.agent.id, route.name, encodePath(call.path)]);
  return hash('sha256', asked);
}
