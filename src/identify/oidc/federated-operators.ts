import { z } from 'zod';
import { SallyportError } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import type { Document, Store } from '../../record/store.ts';
import { checkWhy, type Identity } from '../agent.ts';
import { changedEvent } from '../changed-event.ts';
import { ROLES } from '../permissions.ts';
import type { Sources } from '../sources.ts';
import type { ProvenPerson } from './operator-issuers.ts';
import { FEDERATED_PREFIX, type Person } from './person.ts';

/** Somebody of an issuer as the gate knows them since they first came. Times are RFC 3339, UTC, milliseconds. */
export interface FederatedOperator extends Person {
  readonly seenAt: string;
  /** When the issuer said what is known of them. */
  readonly asOf: string;
  readonly revokedBy: string | null;
  readonly revokedAt: string | null;
}

interface Kept {
  readonly operator: FederatedOperator;
  readonly version: number;
}

/**
 * The people of issuers who have come so far: kept so that the record can name them, and so that somebody can be shut
 * out by id whatever tokens they have. What the issuer said last counts.
 */
export class FederatedOperators {
  readonly #store: Store;
  readonly #sources: Sources;
  readonly #isAgent: (identity: Identity) => boolean;
  readonly #operators = new Map<string, Kept>();
  readonly #busy = new Map<string, Promise<unknown>>();

  private constructor(store: Store, sources: Sources, isAgent: (identity: Identity) => boolean) {
    this.#store = store;
    this.#sources = sources;
    this.#isAgent = isAgent;
  }

  /**
   * Loads everybody. @param isAgent whether a pair is an identity of an agent: an agent is never an operator.
   * @throws SallyportError `record/unavailable` when somebody cannot be read.
   */
  static async open(
    store: Store,
    sources: Sources,
    isAgent: (identity: Identity) => boolean,
  ): Promise<FederatedOperators> {
    const operators = new FederatedOperators(store, sources, isAgent);
    for (const document of await store.list('operators')) {
      if (document.id.startsWith(FEDERATED_PREFIX)) operators.#operators.set(document.id, read(document));
    }
    return operators;
  }

  /** Everybody, those shut out too, by name. */
  list(): readonly FederatedOperator[] {
    const all = [...this.#operators.values()].map(({ operator }) => operator);
    return all.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
  }

  /** Somebody who may act; undefined when nobody has the id, they are shut out, or they are an agent by now. */
  find(id: string): FederatedOperator | undefined {
    const operator = this.#operators.get(id)?.operator;
    return operator === undefined || operator.revokedAt !== null || this.#isAgent(operator) ? undefined : operator;
  }

  /**
   * Who this is, recorded when they are new or their issuer says something else of them than before.
   * @throws SallyportError `operator/unauthorized` when they are shut out or an agent; `record/unavailable`.
   */
  async recognise(proven: ProvenPerson): Promise<FederatedOperator> {
    const { id } = proven.person;
    await this.#inTurn(id, () => this.#learn(proven));
    const operator = this.find(id);
    if (operator !== undefined) return operator;
    throw this.#isAgent(proven.person)
      ? new SallyportError('operator/unauthorized', 'this identity is an agent’s, and an agent is never an operator')
      : new SallyportError('operator/unauthorized', 'this operator was revoked', { fix: 'ask an administrator' });
  }

  /**
   * Shuts somebody out at once, whatever tokens they have or get. @param by an operator's id.
   * @throws SallyportError `request/not-found`; `request/invalid` when they are already; `record/conflict`.
   */
  async revoke(id: string, by: string, why: string): Promise<FederatedOperator> {
    return this.#inTurn(id, async () => {
      const kept = this.#operators.get(id);
      if (kept === undefined) throw new SallyportError('request/not-found', 'there is no such operator');
      const { operator } = kept;
      if (operator.revokedAt !== null) {
        throw new SallyportError('request/invalid', `${operator.name} is revoked already`);
      }
      const after = { ...operator, revokedBy: by, revokedAt: this.#sources.now().toISOString() };
      await this.#write('operator.revoked', { by, why: checkWhy(why) }, kept, after);
      return after;
    });
  }

  async #learn({ person, issuedAt }: ProvenPerson): Promise<void> {
    const kept = this.#operators.get(person.id);
    if (this.#isAgent(person) || (kept !== undefined && !isNews(kept.operator, person, issuedAt))) return;
    const after: FederatedOperator = {
      ...person,
      seenAt: kept?.operator.seenAt ?? this.#sources.now().toISOString(),
      asOf: new Date(issuedAt).toISOString(),
      revokedBy: null,
      revokedAt: null,
    };
    const why = kept === undefined ? 'came for the first time' : 'their issuer says something else of them';
    await this.#write('operator.recognised', { by: person.id, why }, kept, after);
  }

  async #write(
    what: string,
    { by, why }: { readonly by: string; readonly why: string },
    kept: Kept | undefined,
    after: FederatedOperator,
  ): Promise<void> {
    const { id } = after;
    const body = shown(after);
    const before = kept === undefined ? null : shown(kept.operator);
    const event = changedEvent(
      { what, by, why, about: { operator: id }, before, after: body },
      this.#sources,
      this.#sources.now(),
    );
    await this.#store.transact([{ collection: 'operators', id, expect: kept?.version ?? 0, body }], [event]);
    this.#operators.set(id, { operator: after, version: (kept?.version ?? 0) + 1 });
  }

  /** One change of one person at a time, so that two first requests at once are one. */
  async #inTurn<Value>(id: string, act: () => Promise<Value>): Promise<Value> {
    const before = this.#busy.get(id);
    const turn = (async () => {
      await before?.catch(() => undefined);
      return act();
    })();
    this.#busy.set(id, turn);
    try {
      return await turn;
    } finally {
      if (this.#busy.get(id) === turn) this.#busy.delete(id);
    }
  }
}

/** Whether the issuer says something else now, and not before what is known. Who is shut out stays what they were. */
function isNews(known: FederatedOperator, person: Person, issuedAt: number): boolean {
  if (known.revokedAt !== null || issuedAt < Date.parse(known.asOf)) return false;
  const said = ({ name, role, groups, aliases }: Person) => JSON.stringify([name, role, groups, aliases]);
  return said(known) !== said(person);
}

/** As it is stored, recorded and served. */
function shown(operator: FederatedOperator): JsonObject {
  return { ...operator, groups: [...operator.groups], aliases: [...operator.aliases] };
}

const instant = z.iso.datetime({ precision: 3 });
const schema = z.strictObject({
  id: z.string(),
  issuer: z.string().min(1),
  subject: z.string().min(1),
  name: z.string().min(1),
  role: z.enum(ROLES),
  groups: z.array(z.string()),
  aliases: z.array(z.string()),
  seenAt: instant,
  asOf: instant,
  revokedBy: z.string().nullable(),
  revokedAt: instant.nullable(),
});

function read({ id, body, version }: Document): Kept {
  const parsed = schema.safeParse(body);
  if (parsed.success && parsed.data.id === id) return { operator: parsed.data, version };
  throw new SallyportError('record/unavailable', `operator ${id} in the store cannot be read`, {
    fix: 'restore the store from a copy, or run the version of sallyport that wrote it',
  });
}
