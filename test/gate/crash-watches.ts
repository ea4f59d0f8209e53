import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { vi } from 'vitest';
import type { Fault } from './recording-upstream.ts';

const PATH = '/kube/demo/api/v1/namespaces/shop-dev/configmaps?watch=1&labelSelector=try%3D';
const PATIENCE = { timeout: 30_000 };

/** Clients that watch, and watch again whenever their connection breaks. Every try has a name of its own, `w-3-1`. */
export interface Watches {
  /** What the tries were answered with; `broken` where nothing came. */
  readonly answers: ReadonlyMap<string, number | 'broken'>;
  /** How often each watch was open. */
  opened(): readonly number[];
  /** The names that the upstream has open now. */
  openUpstream(): readonly string[];
  /** Resolves when each is open. */
  allOpen(): Promise<void>;
  /** Sends an event on each watch, as the upstream, and resolves when each client has seen it. */
  tell(event: string): Promise<void>;
  /** Answers the watches on the upstream's side. */
  readonly fault: Fault;
  close(): void;
}

export interface WatchesOptions {
  readonly count: number;
  readonly origin: string;
  readonly caPem: string;
  readonly tokenOf: (watch: number) => string;
  /** Waited for before each try: the gate is there. */
  readonly up: () => Promise<void>;
}

/** The name of the try that a path carries. */
export function tryIn(text: string): string | undefined {
  return /w-\d+-\d+/.exec(text)?.[0];
}

export function planWatches(): Watches & { open(options: WatchesOptions): void } {
  const upstream = new Map<string, ServerResponse>();
  const answers = new Map<string, number | 'broken'>();
  /** By watch: how often it was open, and the last line that came. */
  const seen: { opened: number; last: string }[] = [];
  let clients: Agent | undefined;
  let closed = false;

  const watch = async (options: WatchesOptions, agent: Agent, i: number) => {
    for (let turn = 0; !closed; turn += 1) {
      await options.up();
      const name = `w-${i}-${turn}`;
      const headers = { authorization: `Bearer ${options.tokenOf(i)}` };
      const asking = request(`${options.origin}${PATH}${name}`, { agent, headers });
      // Told by what is awaited.
      asking.on('error', () => undefined);
      try {
        const answer = once(asking, 'response');
        asking.end();
        const [response] = await answer;
        const state = seen[i] ?? { opened: 0, last: '' };
        seen[i] = { ...state, opened: state.opened + 1 };
        answers.set(name, response.statusCode);
        response.setEncoding('utf8').on('data', (text: string) => {
          const at = seen[i];
          if (at !== undefined) at.last = text;
        });
        // However it ends: a killed gate breaks it off.
        response.on('error', () => undefined);
        await once(response, 'close');
      } catch {
        answers.set(name, 'broken');
      }
    }
  };
  const openUpstream = () => [...upstream.keys()];
  return {
    answers,
    opened: () => seen.map(({ opened }) => opened),
    openUpstream,
    allOpen: () => vi.waitUntil(() => openUpstream().length === seen.length, PATIENCE).then(() => undefined),
    async tell(event) {
      for (const response of upstream.values()) response.write(`${event}\n`);
      await vi.waitUntil(() => seen.every(({ last }) => last === `${event}\n`), PATIENCE);
    },
    fault: (incoming, response) => {
      const name = tryIn(incoming.url ?? '');
      if (name === undefined) return false;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      upstream.set(name, response);
      response.once('close', () => upstream.delete(name));
      return true;
    },
    open(options) {
      clients = new Agent({ ca: options.caPem });
      for (let i = 0; i < options.count; i += 1) {
        seen.push({ opened: 0, last: '' });
        void watch(options, clients, i);
      }
    },
    close() {
      closed = true;
      clients?.destroy();
    },
  };
}
