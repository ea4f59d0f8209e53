import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { changedEvent } from '../../../src/identify/changed-event.ts';
import type { JsonObject } from '../../../src/json.ts';
import type { TargetConfig } from '../../../src/operate/notify/config.ts';
import { PATIENCE, type Patience } from '../../../src/operate/notify/lane.ts';
import { Notices } from '../../../src/operate/notify/notices.ts';
import { Notifier } from '../../../src/operate/notify/notifier.ts';
import { openTarget } from '../../../src/operate/notify/targets/open-target.ts';
import { watchStore } from '../../../src/operate/watched-store.ts';
import type { LogEvent, Store } from '../../../src/record/store.ts';
import type { Clock } from '../../../src/serve/bundle-source/source.ts';
import { MemoryStore } from '../../identify/memory-store.ts';

/** How much faster than the clock on the wall time goes here: back-offs of seconds are over in tens of milliseconds. */
const HASTE = 100;
const START = Date.parse('2030-01-15T12:00:00.000Z');

/** A clock on which everything takes a hundredth of its time; chance is always the same. */
export function hastyClock(): Clock {
  const began = performance.now();
  const ticks = () => (performance.now() - began) * HASTE;
  return {
    ticks,
    now: () => new Date(START + ticks()),
    sleep: (ms, signal) => setTimeout(ms / HASTE, undefined, { signal }).catch(() => undefined),
    random: () => 0.5,
  };
}

/** One on which it is always the same time, so that no lease ends by itself; waiting takes a hundredth all the same. */
export function stoppedClock(after: number): Clock {
  return { ...hastyClock(), now: () => new Date(START + after) };
}

/** A log, an outbox in it, and a notifier for some targets. */
export interface NotifyLab {
  /** As gates use it: the notifier is told of what is written. */
  readonly store: Store;
  readonly notices: Notices;
  readonly clock: Clock;
  /** What went wrong with the outbox. */
  readonly reported: unknown[];
  /** Begins to tell; a second one is another gate on the same store. */
  start(targets: readonly TargetConfig[], options?: LabOptions): Promise<Notifier>;
  /** A change that is not recorded yet. */
  event(what: string, about: JsonObject): LogEvent;
  /** Records a freeze, which everybody wants to know of; its reason is its name. */
  freeze(why: string, until?: string): Promise<LogEvent>;
  /** `what`s on the record. */
  recorded(what: string): Promise<readonly JsonObject[]>;
}

export interface LabOptions {
  readonly patience?: Partial<Patience>;
  readonly digest?: number;
  readonly holder?: string;
  readonly store?: Store;
  readonly clock?: Clock;
}

export function openNotifyLab(opened: Store = new MemoryStore()): NotifyLab {
  const usual = hastyClock();
  const sources = { now: usual.now, newId: () => randomUUID() };
  const running: Notifier[] = [];
  const reported: unknown[] = [];
  const store = watchStore(opened, (event, seq) => {
    for (const notifier of running) notifier.told(event, seq);
  });
  onTestFinished(async () => {
    for (const notifier of running) await notifier.close();
  });
  const event: NotifyLab['event'] = (what, about) =>
    changedEvent({ what, by: 'gate', why: 'a test', about, before: null, after: null }, sources, usual.now());
  return {
    store,
    clock: usual,
    reported,
    event,
    notices: new Notices(store, sources, ['hooks', 'pager']),
    async start(targets, { patience, digest = 60_000, holder = 'one', store: other = store, clock = usual } = {}) {
      const notifier = await Notifier.open({
        ...{ store: other, sources, clock, digest, holder },
        targets: targets.map((target) => openTarget(target, clock.now)),
        teller: {
          named,
          page: (page, id, until) => `https://gate.example.com/${page}/${id}${until}`,
        },
        patience: { ...PATIENCE, ...patience },
        report: (error) => reported.push(error),
      });
      running.push(notifier);
      notifier.start();
      return notifier;
    },
    async freeze(why, until) {
      const about = { freeze: randomUUID() };
      const after = { scope: { kind: 'environment', environment: 'dev' }, reads: false, until: until ?? null };
      const event = changedEvent(
        { what: 'freeze.set', by: 'op_1', why, about, before: null, after },
        sources,
        usual.now(),
      );
      await store.append(event);
      return event;
    },
    async recorded(what) {
      const leaves = await opened.leaves(0, 10_000);
      return leaves.map(({ leaf }) => JSON.parse(leaf)).filter((body) => body.what === what);
    },
  };
}

/** A reason that makes telling of it fail. */
export const UNSPEAKABLE = 'unspeakable';

function named(text: string): string {
  if (text === UNSPEAKABLE) throw new Error('nobody can say it');
  return text.replaceAll('op_1', 'ana');
}

const ANY = { for: [], groups: [], environments: [], timeout: 2_000, ca: undefined } as const;
export const KEY = Buffer.alloc(32, 7);

export function webhook(name: string, url: string, more: Partial<TargetConfig> = {}): TargetConfig {
  return { ...ANY, kind: 'webhook', name, url, keys: [KEY], ...more } as TargetConfig;
}

export function pagerDuty(name: string, url: string): TargetConfig {
  return { ...ANY, kind: 'pagerduty', name, url, routingKey: 'R0UT1NG' };
}

export function email(name: string, port: number): TargetConfig {
  return {
    ...{ ...ANY, kind: 'email', name, host: '127.0.0.1', port, tls: 'plain', user: undefined, password: undefined },
    ...{ from: 'gate@example.com', to: ['sre@example.com'] },
  };
}
