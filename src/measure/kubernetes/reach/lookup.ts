import { SallyportError } from '../../../errors.ts';
import { isArray, isObject, type JsonObject } from '../../../json.ts';
import type { FactSheet } from '../fact-sheet.ts';
import { metadataOf } from '../labels.ts';
import type { Probe } from '../probe.ts';

/** A resource of the API by where it is served. */
export interface Served {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** Objects of one resource: of a namespace or of all, those that selectors choose or all of them. */
export interface Selection {
  /** Undefined: of all namespaces, or of the cluster. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Objects on a page of a list of metadata, and of whole objects. */
const PAGE = 500;
const WHOLE_PAGE = 100;
/** Pages that one measurement may read: what has more is too large to be counted. */
const MOST_PAGES = 120;
/** Lists under way at once. */
const AT_ONCE = 4;

/** Sources that are named on the record. */
const MOST_SOURCES = 24;

const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/**
 * Looks up what one change reaches, as the agent. Large sets are read page by page and never held: in bounded time, by
 * the measurement's deadline, and in bounded memory. What cannot be looked up throws, and so stays unknown.
 */
export class Lookup {
  readonly #probe: Probe;
  readonly #sheet: FactSheet;
  readonly #told = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  #pages = 0;
  /** One question had no answer, so the others are not put any more. */
  #over = false;
  #busy = 0;

  constructor(probe: Probe, sheet: FactSheet) {
    this.#probe = probe;
    this.#sheet = sheet;
  }

  /** What `find` finds out; undefined, with a gap that says why, when something could not be looked up. */
  async orGap<T>(find: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      return await find();
    } catch (error) {
      if (!(error instanceof SallyportError && error.code === 'measure/failed')) throw error;
      this.#over = true;
      this.#sheet.gap(error.message);
      return undefined;
    }
  }

  /** One object, whole; undefined where there is none. @throws SallyportError `measure/failed` */
  async get(served: Served, namespace: string, name: string): Promise<JsonObject | undefined> {
    const path = `${pathOf(served, namespace)}/${encodeURIComponent(name)}`;
    return this.ask(path, 'application/json', `GET ${nameOf(served)}`);
  }

  /** The answer to a GET; undefined where there is none. @throws SallyportError `measure/failed` */
  async ask(path: string, accept: string, what: string): Promise<JsonObject | undefined> {
    const answer = await this.#inTurn(() => this.#probe.asAgent('GET', path, { accept }));
    if (answer?.status === 404) return undefined;
    if (answer?.status !== 200 || answer.object === undefined)
      throw unmeasured(`${what} had no answer`, answer?.status);
    this.#tell(what);
    return answer.object;
  }

  /** How many there are. @throws SallyportError `measure/failed` */
  async count(served: Served, selection: Selection): Promise<number> {
    let counted = 0;
    for await (const { items, remaining } of this.#list(served, selection, PAGE, METADATA)) {
      counted += items.length;
      // Left out by the server when a selector is given.
      if (remaining !== undefined) return counted + remaining;
    }
    return counted;
  }

  /** Shows the metadata of each. @throws SallyportError `measure/failed` */
  async each(served: Served, selection: Selection, see: (item: JsonObject) => void): Promise<void> {
    for await (const { items } of this.#list(served, selection, PAGE, METADATA)) items.forEach(see);
  }

  /** Shows each whole, for what metadata do not say. @throws SallyportError `measure/failed` */
  async eachWhole(served: Served, selection: Selection, see: (item: JsonObject) => void): Promise<void> {
    for await (const { items } of this.#list(served, selection, WHOLE_PAGE, 'application/json')) items.forEach(see);
  }

  async *#list(
    served: Served,
    selection: Selection,
    limit: number,
    accept: string,
  ): AsyncGenerator<{ items: readonly JsonObject[]; remaining: number | undefined }> {
    const { namespace = '', labelSelector = '', fieldSelector = '' } = selection;
    const what = `LIST ${nameOf(served)}`;
    const query = new URLSearchParams({ limit: String(limit) });
    if (labelSelector !== '') query.set('labelSelector', labelSelector);
    if (fieldSelector !== '') query.set('fieldSelector', fieldSelector);
    for (;;) {
      if (this.#pages === MOST_PAGES) throw unmeasured(`there are more than ${MOST_PAGES} pages of ${nameOf(served)}`);
      this.#pages += 1;
      const list = await this.ask(`${pathOf(served, namespace)}?${query}`, accept, what);
      // Lists of metadata that are empty have null for items.
      const items = list?.items === null ? [] : list?.items;
      if (list === undefined || !isArray(items)) throw unmeasured(`${nameOf(served)} could not be listed`);
      const { continue: more, remainingItemCount } = metadataOf(list);
      const remaining = typeof remainingItemCount === 'number' ? remainingItemCount : undefined;
      yield { items: items.filter(isObject), remaining };
      if (typeof more !== 'string' || more === '') return;
      query.set('continue', more);
    }
  }

  async #inTurn<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#busy === AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#busy += 1;
    try {
      if (this.#over) throw unmeasured('another question had no answer');
      return await ask();
    } finally {
      const next = this.#waiting.shift();
      // Whoever waits takes over the turn.
      if (next === undefined) this.#busy -= 1;
      else next();
    }
  }

  #tell(what: string): void {
    if (this.#told.has(what) || this.#told.size === MOST_SOURCES) return;
    this.#told.add(what);
    this.#sheet.source('blast', what, this.#probe.time());
  }
}

/** `/apis/apps/v1/namespaces/shop/deployments` */
function pathOf({ group, version, resource }: Served, namespace: string): string {
  const root = group === '' ? ['api', version] : ['apis', group, version];
  const place = namespace === '' ? [] : ['namespaces', namespace];
  return `/${[...root, ...place, resource].map(encodeURIComponent).join('/')}`;
}

function nameOf({ group, resource }: Served): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** What a lookup throws: the reach stays unknown, for this reason. */
export function unmeasured(why: string, status?: number): SallyportError {
  return new SallyportError(
    'measure/failed',
    `the reach is not known: ${why}${status === undefined ? '' : ` (${status})`}`,
  );
}

const core = (resource: string): Served => ({ group: '', version: 'v1', resource });
const apps = (resource: string): Served => ({ group: 'apps', version: 'v1', resource });

export const PODS = core('pods');
export const SERVICES = core('services');
export const NAMESPACES = core('namespaces');
export const CLAIMS = core('persistentvolumeclaims');
export const VOLUMES = core('persistentvolumes');
export const CONTROLLERS = core('replicationcontrollers');
export const ENDPOINTS = core('endpoints');
export const SLICES: Served = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
export const DEPLOYMENTS = apps('deployments');
export const REPLICA_SETS = apps('replicasets');
export const STATEFUL_SETS = apps('statefulsets');
export const DAEMON_SETS = apps('daemonsets');
export const REVISIONS = apps('controllerrevisions');
export const JOBS: Served = { group: 'batch', version: 'v1', resource: 'jobs' };
export const LEASES: Served = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
