import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../errors.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../json.ts';
import { type Labels, UNKNOWN_LABELS } from '../../labels.ts';
import { type ApiEndpoint, askApi, openAnswer } from './api-client.ts';
import { commonLabels, type LabelKeys, labelsOf, metadataOf } from './labels.ts';

/** How long the server lets one watch live; then it is opened again where it ended. */
const WATCH_SECONDS = 240;
const SILENCE_MS = 90_000;
/** How long a list, or the head of a watch, may take to come. */
const ANSWER_MS = 10_000;
/** The pause after a watch that brought nothing. */
const IDLE_MS = 250;
/** A page of the list. */
const PAGE = 500;

export interface NamespaceCacheOptions {
  readonly endpoint: ApiEndpoint;
  readonly keys: LabelKeys;
  readonly now: () => number;
  /** Told when the cache goes stale and when it is fresh again, for the log. */
  readonly onState: (fresh: boolean, why: string) => void;
}

/**
 * The labels of every namespace, kept fresh by one list and one watch under the gate's own credential, so that a read
 * is judged on current facts without a call. While the watch is down the cache answers nothing: facts are fetched, not
 * guessed.
 */
export class NamespaceCache {
  readonly #options: NamespaceCacheOptions;
  readonly #labels = new Map<string, Labels>();
  readonly #closing = new AbortController();
  #fresh = false;
  /** Whether whoever listens was told last that it is fresh. */
  #told = false;
  #readAt = '';
  #common: Labels | undefined;

  constructor(options: NamespaceCacheOptions) {
    this.#options = options;
  }

  /** Lists once and goes on watching in the background. Resolves when the first watch was opened, or could not be. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => void this.#run(resolve));
  }

  close(): void {
    this.#closing.abort();
  }

  /** The labels of one namespace and when they were read, or undefined when the cache cannot say. */
  labels(namespace: string): { readonly labels: Labels; readonly at: string } | undefined {
    const labels = this.#fresh ? this.#labels.get(namespace) : undefined;
    return labels === undefined ? undefined : { labels, at: this.#readAt };
  }

  /** What holds of every namespace together, for calls that cover all of them. */
  everywhere(): { readonly labels: Labels; readonly at: string } | undefined {
    if (!this.#fresh) return undefined;
    this.#common ??= this.#labels.size === 0 ? UNKNOWN_LABELS : commonLabels(this.#labels.values());
    return { labels: this.#common, at: this.#readAt };
  }

  async #run(first: () => void): Promise<void> {
    const { signal } = this.#closing;
    let failures = 0;
    while (!signal.aborted) {
      try {
        let version = await this.#list();
        const opened = () => {
          this.#become(true, 'watched');
          failures = 0;
          first();
        };
        while (!signal.aborted) {
          const next = await this.#watch(version, opened);
          // A server that ends each watch at once must not be asked without end.
          if (next === version) await pause(IDLE_MS, signal);
          version = next;
        }
      } catch (error) {
        if (signal.aborted) break;
        this.#become(false, messageOf(error));
        first();
        failures += 1;
        await pause(Math.min(10_000, 200 * 2 ** failures), signal);
      }
    }
  }

  async #list(): Promise<string> {
    const found = new Map<string, Labels>();
    let more = '';
    let version = '';
    do {
      const page: string = more === '' ? '' : `&continue=${encodeURIComponent(more)}`;
      const answer = await askApi(this.#options.endpoint, {
        method: 'GET',
        path: `/api/v1/namespaces?limit=${PAGE}${page}`,
        accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
        impersonate: undefined,
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(ANSWER_MS)]),
      });
      if (answer.status !== 200) throw new Error(`listing namespaces: the API server answered ${answer.status}`);
      const items = answer.object?.items;
      for (const item of isArray(items) ? items : []) this.#note(found, item);
      const metadata = metadataOf(answer.object);
      more = text(metadata.continue);
      version = text(metadata.resourceVersion);
    } while (more !== '');
    this.#labels.clear();
    for (const [name, labels] of found) this.#labels.set(name, labels);
    return version;
  }

  /** Follows one watch to its end; until it is open, nothing is known. @throws when it broke or the server wants a new list */
  async #watch(version: string, opened: () => void): Promise<string> {
    this.#fresh = false;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), ANSWER_MS);
    const answer = await openAnswer(this.#options.endpoint, {
      method: 'GET',
      path: `/api/v1/namespaces?watch=true&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${encodeURIComponent(version)}`,
      accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
      impersonate: undefined,
      signal: AbortSignal.any([this.#closing.signal, late.signal, AbortSignal.timeout((WATCH_SECONDS + 30) * 1000)]),
    }).finally(() => clearTimeout(timer));
    if (answer.statusCode !== 200) {
      answer.destroy();
      throw new Error(`watching namespaces: the API server answered ${answer.statusCode}`);
    }
    opened();
    // The server sends a bookmark about each minute: a longer silence is a connection that died without saying so.
    answer.setTimeout(SILENCE_MS, () => answer.destroy(new Error('watching namespaces: silence')));
    let last = version;
    for await (const event of lines(answer)) {
      const object = event.object;
      if (!isObject(object)) continue;
      if (event.type === 'ERROR') throw new Error(`watching namespaces: ${text(object.message)}`);
      if (event.type === 'DELETED') this.#labels.delete(text(metadataOf(object).name));
      else if (event.type !== 'BOOKMARK') this.#note(this.#labels, object);
      this.#common = undefined;
      last = text(metadataOf(object).resourceVersion) || last;
      this.#readAt = new Date(this.#options.now()).toISOString();
    }
    return last;
  }

  #note(into: Map<string, Labels>, item: Json): void {
    if (!isObject(item)) return;
    const name = metadataOf(item).name;
    if (typeof name === 'string') into.set(name, labelsOf(item, this.#options.keys));
  }

  /** Told on are changes that last: not the moment between one watch and the next. */
  #become(fresh: boolean, why: string): void {
    this.#common = undefined;
    this.#readAt = new Date(this.#options.now()).toISOString();
    this.#fresh = fresh;
    if (fresh && this.#told) return;
    this.#told = fresh;
    this.#options.onState(fresh, why);
  }
}

/** The JSON objects of a stream, one a line. */
async function* lines(answer: IncomingMessage): AsyncGenerator<JsonObject> {
  let rest = '';
  answer.setEncoding('utf8');
  for await (const chunk of answer) {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      if (part.trim() === '') continue;
      const value: unknown = JSON.parse(part);
      if (isObject(value)) yield value;
    }
  }
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
  });
}
