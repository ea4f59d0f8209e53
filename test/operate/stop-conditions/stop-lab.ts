import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBundle } from '../../../src/decide/bundle.ts';
import { createJudge, type Judge } from '../../../src/decide/judge.ts';
import { loadPolicy } from '../../../src/decide/policy.ts';
import type { StopQuestion } from '../../../src/decide/stops/stop-question.ts';
import { changedEvent } from '../../../src/identify/changed-event.ts';
import type { Level } from '../../../src/identify/principal.ts';
import { Registry } from '../../../src/identify/registry.ts';
import { isObject, type JsonObject } from '../../../src/json.ts';
import { Freezes } from '../../../src/operate/freezes.ts';
import { StopConditions } from '../../../src/operate/stop-conditions/stop-conditions.ts';
import type { CaseFile } from '../../../src/record/case-file.ts';
import type { LogEvent } from '../../../src/record/store.ts';
import { MemoryStore } from '../../identify/memory-store.ts';
import { ROOT } from '../../review/library.ts';

/** What a call of a test is, where it is not an ordinary change of service web by agent fixer. */
export interface Called {
  readonly agent?: string;
  readonly did?: string;
  readonly by?: string;
  readonly class?: string;
  readonly dryRun?: boolean;
  readonly runbook?: string;
  /** As labels of route, namespace and object say. */
  readonly services?: readonly [string, string, string];
  readonly intent?: string;
  /** The decision that it takes back. */
  readonly reverts?: string;
  readonly rule?: string;
  readonly advised?: boolean;
  readonly obligations?: readonly string[];
  /** False: a guard of the gate refused it before the policy was asked. */
  readonly judged?: boolean;
}

export const DONE: JsonObject = { state: 'answered', sent: true, status: 200 };
export const FAILED: JsonObject = { state: 'answered', sent: true, status: 500 };

/** Stop conditions over a store, with a clock that is moved by hand. */
export interface StopLab {
  readonly store: MemoryStore;
  readonly registry: Registry;
  readonly reported: unknown[];
  readonly clock: { now: Date };
  judge: Judge | undefined;
  pace: StopQuestion['pace'] | undefined;
  freezes(): Freezes;
  /** Loses what was in memory, and begins again from the store. */
  restart(): Promise<void>;
  agent(id: string, level: Level): Promise<void>;
  /** Records a decision and, of one that is given, its outcome; the decision's id. */
  call(called?: Called, outcome?: JsonObject): Promise<string>;
  /** So many of the same, one after another. */
  calls(count: number, called?: Called, outcome?: JsonObject): Promise<readonly string[]>;
  change(what: string, about: JsonObject): Promise<void>;
  /** Says that another judge is in force. */
  swapped(): void;
  settled(): Promise<void>;
  /** The scopes that are frozen, in the order in which they were. */
  frozen(): Promise<readonly JsonObject[]>;
  thaw(): Promise<void>;
  /** Bodies of the `changed` events of that name. */
  events(what: string): Promise<readonly JsonObject[]>;
}

/** @param judge `undefined`: none is loaded yet */
export async function openStopLab(judge: Judge | undefined): Promise<StopLab> {
  const store = new MemoryStore();
  const clock = { now: new Date('2030-01-15T12:00:00.000Z') };
  let decisions = 0;
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id-${ids}`;
  };
  const sources = { now: () => clock.now, newId };
  const registry = await Registry.open(store, sources);
  const reported: unknown[] = [];
  let freezes = await Freezes.open(store, sources);
  let stops: StopConditions | undefined;

  const tell = async (event: LogEvent, file?: Pick<CaseFile, 'principal' | 'described'>): Promise<void> => {
    await store.append(event);
    if (event.kind === 'changed') stops?.changed(event);
    else stops?.heard(event, file ?? { principal: undefined, described: undefined });
  };
  const lab: StopLab = {
    ...{ store, registry, reported, judge },
    clock,
    pace: undefined,
    freezes: () => freezes,
    async restart() {
      freezes = await Freezes.open(store, sources);
      stops = await StopConditions.open({
        ...{ store, registry, freezes, sources },
        judge: () => lab.judge,
        pace: () => lab.pace,
        report: (error) => reported.push(error),
      });
    },
    async agent(id, level) {
      await registry.add({ id, team: 'shop', owner: 'ana', level }, 'ana', 'a test');
    },
    async call(called = {}, outcome) {
      decisions += 1;
      const id = `d-${decisions}`;
      const time = clock.now.toISOString();
      await tell({ kind: 'decided', id, time, body: decided(called) }, fileOf(called, registry));
      if (outcome !== undefined) await tell({ kind: 'outcome', id, time, body: outcome });
      return id;
    },
    async calls(count, called, outcome) {
      const ids: string[] = [];
      for (let made = 0; made < count; made += 1) ids.push(await lab.call(called, outcome));
      await lab.settled();
      return ids;
    },
    async change(what, about) {
      await tell(
        changedEvent({ what, by: 'gate', why: 'a test', about, before: null, after: null }, sources, clock.now),
      );
      await lab.settled();
    },
    swapped: () => stops?.refresh(),
    settled: async () => stops?.settled(),
    frozen: async () =>
      (await freezes.list()).filter(({ lifted }) => lifted === null).map(({ scope }) => ({ ...scope })),
    async thaw() {
      for (const { id } of freezes.active(clock.now)) await freezes.lift(id, 'ana', 'looked at');
    },
    async events(what) {
      const leaves = await store.leaves(0, 100_000);
      return leaves
        .map(({ leaf }): unknown => JSON.parse(leaf))
        .filter(isObject)
        .filter((body) => body.what === what);
    },
  };
  await lab.restart();
  return lab;
}

/** The library's policy, with other stop conditions where some are given. */
export async function stopJudge(stops?: JsonObject): Promise<Judge> {
  const {
    contentDigest: bundleDigest,
    revision,
    wasm,
    data,
  } = readBundle(await readFile(join(ROOT, 'bundles', 'sallyport.tar.gz')));
  const settings = isObject(data.settings) ? data.settings : {};
  const own = stops === undefined ? data : { ...data, settings: { ...settings, stops } };
  return createJudge(await loadPolicy({ wasm, data: own }), { bundleDigest, revision });
}

/** What the hot path sees of the call beside its event. */
function fileOf(
  { agent = 'fixer', class: name = 'write' }: Called,
  registry: Registry,
): Pick<CaseFile, 'principal' | 'described'> {
  const known = registry.agent(agent) ?? { id: agent };
  const principal = { agent: known } as NonNullable<CaseFile['principal']>;
  return { principal, described: { action: { class: name } } as NonNullable<CaseFile['described']> };
}

/** The body of a decision, as far as anything is counted by it. */
function decided(called: Called): JsonObject {
  const { agent = 'fixer', did = 'allow', by = 'policy', services = ['none', 'web', 'none'], judged = true } = called;
  const act = { class: called.class ?? 'write', dry_run: called.dryRun ?? false };
  const [route, namespace, object] = services.map((service) => ({ service }));
  const verdict = {
    advice: called.advised === true ? { level: 4 } : null,
    obligations: (called.obligations ?? []).map((name) => ({ name })),
  };
  return {
    call: { action: 'kubernetes:configmaps:patch', ...act },
    agent: { id: agent, intent: called.intent ?? null },
    ...{ did, by },
    ...(called.reverts === undefined ? {} : { reverts: { decision: called.reverts } }),
    reasons: did === 'allow' ? [] : [{ rule: called.rule ?? 'scope/labels', message: 'no', fix: '' }],
    input: judged
      ? {
          action: act,
          claims: { runbook: called.runbook ?? 'unknown' },
          target: { labels: { route: route ?? {}, namespace: namespace ?? {}, object: object ?? {} } },
          blast: { scope: 'object' },
        }
      : null,
    request: null,
    judgement: judged ? { verdict } : null,
  };
}
