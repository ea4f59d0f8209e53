import { isDeepStrictEqual } from 'node:util';
import type { Route } from '../../../config.ts';
import { diffObjects } from '../../../describe/kubernetes/object-diff.ts';
import type { Redactor } from '../../../describe/redact.ts';
import { SallyportError } from '../../../errors.ts';
import type { Principal } from '../../../identify/principal.ts';
import { isObject, type Json, type JsonObject } from '../../../json.ts';
import { encodePath, type WireCall } from '../../../listen/wire.ts';
import { type ApiEndpoint, askApi } from '../../../measure/kubernetes/api-client.ts';
import { metadataOf } from '../../../measure/kubernetes/labels.ts';
import { type CapturedChange, readCaptured } from '../../../measure/kubernetes/way-back.ts';
import { impersonationOf } from '../../outbound-headers.ts';
import type { Conflict, Inverse, Plan, PlanOrder } from '../plan.ts';
import { guardedPatch } from './guarded-patch.ts';
import { intentOf, recreatable, replicasIn } from './object-state.ts';
import { sendOwn } from './send-own.ts';
import { takeBack } from './three-way.ts';

export interface KubernetesInverseOptions {
  readonly route: Route;
  readonly endpoint: ApiEndpoint;
  readonly redactor: Redactor;
  /** Milliseconds until an answer. */
  readonly timeout: number;
}

/** What is known when the way back of one change is planned. */
interface Planning {
  readonly options: KubernetesInverseOptions;
  readonly order: PlanOrder;
  readonly change: CapturedChange;
  /** The object as it is now; undefined: there is none. */
  readonly now: JsonObject | undefined;
}

/** Takes changes of Kubernetes objects back, by what was sealed with them and what is there now. */
export function createKubernetesInverse(options: KubernetesInverseOptions): Inverse {
  return {
    async plan(order, principal) {
      const change = readCaptured(order.captured);
      if (change === undefined)
        return { kind: 'impossible', why: 'what was kept for the way back was written by another version' };
      const now = await readNow(options, change, principal);
      if (metadataOf(now).deletionTimestamp !== undefined)
        return { kind: 'impossible', why: `${nameOf(change)} is being deleted; try again when it is gone` };
      return PLANS[change.did]({ options, order, change, now });
    },
    send: (call, principal, lastLook) => sendOwn({ ...options, call, principal, lastLook }),
  };
}

const PLANS: Readonly<Record<CapturedChange['did'], (planning: Planning) => Plan>> = {
  created: planDeletion,
  changed: planEdit,
  deleted: planCreation,
};

async function readNow(
  { route, endpoint, timeout }: KubernetesInverseOptions,
  { path }: CapturedChange,
  principal: Principal,
): Promise<JsonObject | undefined> {
  const answer = await askApi(endpoint, {
    method: 'GET',
    path: encodePath({ segments: path, query: [] }),
    impersonate: route.impersonate ? impersonationOf(principal) : undefined,
    signal: AbortSignal.timeout(timeout),
  });
  if (answer.status === 404) return undefined;
  if (answer.status === 200 && answer.object !== undefined) return answer.object;
  const said = typeof answer.object?.message === 'string' ? `: ${answer.object.message}` : '';
  throw new SallyportError(
    'measure/failed',
    `the upstream answered ${answer.status} when asked what is there now${said}`,
    {
      fix: 'let what reverts run as read and change what agents may (sallyport check --rbac)',
    },
  );
}

/** What the change set goes back to what it was; what others set stays. */
function planEdit(planning: Planning): Plan {
  const { change, now } = planning;
  const { before, after, subresource } = change;
  if (before === null || after === null) return { kind: 'impossible', why: 'not all of the old state was kept' };
  if (now === undefined) return { kind: 'impossible', why: `${nameOf(change)} is gone: there is nothing to put back` };
  if (metadataOf(now).uid !== metadataOf(before).uid && !planning.order.force)
    return replaced(planning, after, before, `${nameOf(change)} is another object by now`);
  return subresource === 'scale' ? planScale(planning, now) : planPatch(planning, { before, after, now });
}

interface States {
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly now: JsonObject;
}

function planPatch(planning: Planning, states: States): Plan {
  const { change, order, options } = planning;
  const now = intentOf(states.now);
  const { wanted, conflicts } = takeBack(intentOf(states.before), intentOf(states.after), now);
  if (conflicts.length > 0 && !order.force) return conflicting(planning, shown(options, states));
  const operations = guardedPatch(now, wanted);
  if (operations.length === 0) return { kind: 'nothing', why: `${nameOf(change)} is as it was before` };
  return {
    kind: 'call',
    call: callOf(planning, 'PATCH', change.path, operations, 'application/json-patch+json'),
    restores: false,
    does: `put ${nameOf(change)} back to what it was`,
    changes: diffObjects(states.now, wanted, options.redactor).changes,
    conflicts: conflicts.length === 0 ? [] : shown(options, states),
  };
}

/** The conflicts without secrets: equal ones stay equal, so they are found in what is redacted just the same. */
function shown({ redactor }: KubernetesInverseOptions, { before, after, now }: States): readonly Conflict[] {
  const redacted = (object: JsonObject): JsonObject => {
    const value = redactor.redactKubernetes(intentOf(object));
    return isObject(value) ? value : {};
  };
  return takeBack(redacted(before), redacted(after), redacted(now)).conflicts.slice(0, MOST_SHOWN);
}

const MOST_SHOWN = 64;

/** By the subresource again: who may scale need not be able to change anything else. */
function planScale(planning: Planning, live: JsonObject): Plan {
  const { change, order } = planning;
  const [was, set, now] = [replicasIn(change.before), replicasIn(change.after), replicasIn(live)];
  if (was === undefined || set === undefined || now === undefined)
    return { kind: 'impossible', why: 'how many replicas there were is not known' };
  const path = '/spec/replicas';
  if (now === was) return { kind: 'nothing', why: `${nameOf(change)} has ${was} replicas, as before` };
  const ours = now === set || now === order.replicas;
  const conflicts: readonly Conflict[] = ours ? [] : [{ path, set, now, wanted: was }];
  if (conflicts.length > 0 && !order.force) return conflicting(planning, conflicts);
  // A Scale leaves a zero out.
  const operations = [
    { op: 'test', path, value: now === 0 ? null : now },
    { op: now === 0 ? 'add' : 'replace', path, value: was },
  ];
  return {
    kind: 'call',
    call: callOf(planning, 'PATCH', [...change.path, 'scale'], operations, 'application/json-patch+json'),
    restores: false,
    does: `scale ${nameOf(change)} back to ${was} replicas`,
    changes: [{ path, from: now, to: was }],
    conflicts,
  };
}

/** What was created is deleted: the object that is there now and, where only people change it, only as it is now. */
function planDeletion(planning: Planning): Plan {
  const { change, order, options, now } = planning;
  const { after } = change;
  if (now === undefined) return { kind: 'nothing', why: `${nameOf(change)} is gone already` };
  if (after === null) return { kind: 'impossible', why: 'what was created was not kept' };
  const conflicts = changedSince(planning, after, now);
  if (conflicts.length > 0 && !order.force) return conflicting(planning, conflicts);
  const { uid, resourceVersion } = metadataOf(now);
  // With a status, the version moves with each report of a controller.
  const preconditions = present(now.status === undefined ? { uid, resourceVersion } : { uid });
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions };
  return {
    kind: 'call',
    call: callOf(planning, 'DELETE', change.path, body, 'application/json'),
    restores: false,
    does: `delete ${nameOf(change)}, which the change created`,
    changes: diffObjects(now, undefined, options.redactor).changes,
    conflicts,
  };
}

/** Where controllers fill in what nobody asked for. */
const FILLED_IN: ReadonlySet<string> = new Set(['metadata', 'spec', 'status']);

/** What others made of a new object since; what controllers have filled in is none of it. */
function changedSince({ options, order, change }: Planning, after: JsonObject, now: JsonObject): readonly Conflict[] {
  const made = metadataOf(now).creationTimestamp;
  // The server's clock may be behind by a little, and it tells whole seconds.
  if (typeof made === 'string' && Date.parse(made) < Date.parse(order.at) - CLOCKS)
    return [{ path: '', set: null, now: `${nameOf(change)}, which is older than the change`, wanted: null }];
  const [set, is] = [
    options.redactor.redactKubernetes(intentOf(after)),
    options.redactor.redactKubernetes(intentOf(now)),
  ];
  if (!isObject(set) || !isObject(is)) return [];
  const { conflicts } = takeBack({}, set, is);
  const added = Object.keys(is)
    .filter((name) => !FILLED_IN.has(name))
    .flatMap((name) => additions(set[name], is[name], `/${name}`));
  return [...conflicts, ...added].slice(0, MOST_SHOWN);
}

const CLOCKS = 60_000;

function additions(set: Json | undefined, now: Json | undefined, path: string): readonly Conflict[] {
  if (set === undefined) return [{ path, set: null, now: now ?? null, wanted: null }];
  if (!isObject(set) || !isObject(now)) return [];
  return Object.keys(now)
    .filter((name) => !Object.hasOwn(set, name))
    .map((name) => ({ path: `${path}/${name}`, set: null, now: now[name] ?? null, wanted: null }));
}

/** What was deleted is made again, without what only the server can say. */
function planCreation(planning: Planning): Plan {
  const { change, order, options, now } = planning;
  const { before } = change;
  if (before === null) return { kind: 'impossible', why: 'the object as it was was not kept' };
  if (now !== undefined) {
    if (isDeepStrictEqual(intentOf(now), intentOf(before)))
      return { kind: 'nothing', why: `${nameOf(change)} is there again, as it was` };
    if (!order.force) return replaced(planning, null, before, `${nameOf(change)} was made again by somebody else`);
    return planPatch(planning, { before, after: now, now });
  }
  const object = recreatable(before);
  return {
    kind: 'call',
    call: callOf(planning, 'POST', change.path.slice(0, -1), object, 'application/json'),
    restores: true,
    does: `create ${nameOf(change)} again`,
    changes: diffObjects(undefined, object, options.redactor).changes,
    conflicts: [],
  };
}

function conflicting(planning: Planning, conflicts: readonly Conflict[]): Plan {
  const places = conflicts.map(({ path }) => (path === '' ? 'the object itself' : path));
  const why = `others have changed ${nameOf(planning.change)} since, at ${places.slice(0, 3).join(', ')}${places.length > 3 ? ` and ${places.length - 3} other places` : ''}`;
  return { kind: 'conflict', why, conflicts };
}

/** Another object has the name. */
function replaced({ now }: Planning, set: JsonObject | null, wanted: JsonObject, why: string): Plan {
  const conflict = { path: '', set: identityOf(set), now: identityOf(now), wanted: identityOf(wanted) };
  return { kind: 'conflict', why, conflicts: [conflict] };
}

function identityOf(object: JsonObject | null | undefined): Json {
  if (object === null || object === undefined) return null;
  const { uid, resourceVersion } = metadataOf(object);
  return present({ uid, resourceVersion });
}

function callOf(
  { options, order }: Planning,
  method: string,
  segments: readonly string[],
  body: Json,
  type: string,
): WireCall {
  return {
    method,
    route: options.route,
    path: { segments, query: [] },
    headers: new Map([
      ['accept', 'application/json'],
      ['content-type', type],
      // For the upstream's own audit log.
      ['user-agent', `sallyport (revert of ${order.decision})`],
    ]),
    upgrade: undefined,
    peer: { address: 'gate', certificate: undefined },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** `configmaps/web` */
function nameOf({ path }: CapturedChange): string {
  return path.slice(-2).join('/');
}

function present(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
