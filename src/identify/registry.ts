import { SallyportError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { Document, Put, Store } from '../record/store.ts';
import {
  agentFromJson,
  agentToJson,
  checkExpires,
  checkFuture,
  checkIdentities,
  checkLevel,
  checkLine,
  checkNarrowed,
  checkWhy,
  createAgent,
  type Identity,
  identityKey,
  type NewAgent,
} from './agent.ts';
import { changedEvent } from './changed-event.ts';
import { claimIdentity, releaseIdentity } from './identity-claims.ts';
import type { Agent, Level, Narrowing, Scope } from './principal.ts';
import { checkScope } from './scope.ts';
import type { Sources } from './sources.ts';
import { TokenRevocations } from './token-revocations.ts';

/** What a listener is told after a change is durable and in force. */
export type RegistryChange =
  | { readonly what: AgentChange; readonly agent: string }
  | { readonly what: 'token-revoked'; readonly credential: string };

export type AgentChange =
  | 'added'
  | 'promoted'
  | 'demoted'
  | 'narrowed'
  | 'scope'
  | 'identity'
  | 'renewed'
  | 'revoked'
  | 'tokens-revoked';

interface Kept {
  readonly agent: Agent;
  readonly version: number;
}

/** What one change does to an agent; `puts` go with it, all or none. */
interface Edit {
  readonly what: AgentChange;
  readonly agent: Agent;
  readonly puts?: readonly Put[];
  /** What the record keeps beside who, why, before and after. */
  readonly evidence?: JsonObject | undefined;
}

/** What a change of level rests on. */
export interface LevelGrounds {
  /** The level that was looked at: when it is another one by now, nothing is changed. */
  readonly from?: Level;
  /** What earned it or cost it, for the record. */
  readonly evidence?: JsonObject;
}

const RETRIES = 5;

/**
 * The agents: who they are, what was granted to them, by whom and why. Kept in memory; changed only by conditional
 * updates together with their event, and in force once that is durable. Every changing method throws `request/invalid`,
 * `request/not-found`, `record/unavailable`, and `record/conflict` when somebody else's change came first: look again,
 * then decide again.
 */
export class Registry {
  readonly #store: Store;
  readonly #sources: Sources;
  readonly #revocations: TokenRevocations;
  readonly #agents = new Map<string, Kept>();
  readonly #byIdentity = new Map<string, string>();
  readonly #listeners = new Set<(change: RegistryChange) => void>();

  private constructor(store: Store, sources: Sources, revocations: TokenRevocations) {
    this.#store = store;
    this.#sources = sources;
    this.#revocations = revocations;
  }

  /** Loads everything. @throws SallyportError `record/unavailable` when an agent or a revocation cannot be read. */
  static async open(store: Store, sources: Sources): Promise<Registry> {
    const registry = new Registry(store, sources, await TokenRevocations.open(store, sources.now()));
    for (const document of await store.list('agents')) registry.#keep(read(document));
    return registry;
  }

  agent(id: string): Agent | undefined {
    return this.#agents.get(id)?.agent;
  }

  /** The agent that this subject of this issuer is, revoked and expired ones too. */
  byIdentity(issuer: string, subject: string): Agent | undefined {
    const id = this.#byIdentity.get(identityKey({ issuer, subject }));
    return id === undefined ? undefined : this.agent(id);
  }

  /** All agents by id, revoked and expired ones too. */
  list(): readonly Agent[] {
    return [...this.#agents.values()].map((kept) => kept.agent).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async add(given: NewAgent, by: string, why: string): Promise<Agent> {
    const now = this.#sources.now();
    const agent = createAgent(given, by, why, now);
    if (this.#agents.has(agent.id)) throw taken(agent.id);
    for (const identity of agent.identities) this.#checkFree(identity);
    const claims = agent.identities.map((identity) => claimIdentity(identity, agent.id));
    await this.#write(undefined, { what: 'added', agent, puts: claims }, agent.grantedBy, agent.why, now);
    return agent;
  }

  setLevel(id: string, level: Level, by: string, why: string, grounds: LevelGrounds = {}): Promise<Agent> {
    const checked = checkLevel(level);
    const { from, evidence } = grounds;
    return this.#change(id, by, why, (agent) => {
      if (from !== undefined && agent.level !== from) throw otherLevel(agent, from);
      if (agent.level === checked) throw nothingToDo(`agent ${id} is at level ${checked} already`);
      return { what: checked > agent.level ? 'promoted' : 'demoted', agent: { ...agent, level: checked }, evidence };
    });
  }

  /** Replaces the levels that hold for single environments and services. */
  narrow(id: string, narrowed: readonly Narrowing[], by: string, why: string): Promise<Agent> {
    const checked = checkNarrowed(narrowed);
    return this.#change(id, by, why, (agent) => ({ what: 'narrowed', agent: { ...agent, narrowed: checked } }));
  }

  /** Replaces the whole scope; dimensions left out match nothing. */
  setScope(id: string, scope: Partial<Scope>, by: string, why: string): Promise<Agent> {
    const checked = checkScope(scope);
    return this.#change(id, by, why, (agent) => ({ what: 'scope', agent: { ...agent, scope: checked } }));
  }

  /** Another end of the grant, at most a year from now. */
  renew(id: string, expires: string, by: string, why: string): Promise<Agent> {
    const checked = checkExpires(expires, this.#sources.now());
    return this.#change(id, by, why, (agent) => ({ what: 'renewed', agent: { ...agent, expires: checked } }));
  }

  addIdentity(id: string, identity: Identity, by: string, why: string): Promise<Agent> {
    return this.#change(id, by, why, (agent) => {
      const identities = checkIdentities([...agent.identities, identity]);
      this.#checkFree(identity);
      return { what: 'identity', agent: { ...agent, identities }, puts: [claimIdentity(identity, id)] };
    });
  }

  /** Takes an identity from an agent, revoked ones too, so that another may have it. */
  async removeIdentity(id: string, identity: Identity, by: string, why: string): Promise<Agent> {
    const key = identityKey(identity);
    if (!this.#find(id).agent.identities.some((held) => identityKey(held) === key)) {
      throw new SallyportError('request/not-found', `agent ${id} does not have that identity`);
    }
    const release = await releaseIdentity(this.#store, identity, id);
    return this.#change(
      id,
      by,
      why,
      (agent) => {
        const identities = agent.identities.filter((held) => identityKey(held) !== key);
        return { what: 'identity', agent: { ...agent, identities }, puts: [release] };
      },
      'also when revoked',
    );
  }

  /** Ends an agent for good, whatever else happens to it at the same time. */
  revoke(id: string, by: string, why: string): Promise<Agent> {
    return this.#retry(() =>
      this.#change(id, by, why, (agent, now) => ({
        what: 'revoked',
        agent: { ...agent, revokedAt: now.toISOString() },
      })),
    );
  }

  /** Ends every token that the gate issued to the agent until now; new ones may be issued. */
  revokeTokens(id: string, by: string, why: string): Promise<Agent> {
    return this.#retry(() =>
      this.#change(id, by, why, (agent, now) => ({
        what: 'tokens-revoked',
        agent: { ...agent, tokensNotBefore: now.toISOString() },
      })),
    );
  }

  /**
   * Ends one credential by the id that the record shows. `until` is when it would have ended by itself (RFC 3339); null
   * keeps the revocation for ever.
   */
  async revokeToken(credential: string, by: string, why: string, until: string | null): Promise<void> {
    const now = this.#sources.now();
    const revocation = {
      by: checkLine('by', by, 253),
      why: checkWhy(why),
      at: now.toISOString(),
      until: until === null ? null : checkFuture('until', until, now).toISOString(),
    };
    const about = { credential: checkLine('credential', credential, 253) };
    const event = changedEvent(
      { what: 'token.revoked', by, why: revocation.why, about, before: null, after: { until: revocation.until } },
      this.#sources,
      now,
    );
    await this.#revocations.add(credential, revocation, event);
    this.#tell({ what: 'token-revoked', credential });
  }

  isTokenRevoked(credential: string): boolean {
    return this.#revocations.has(credential);
  }

  /** Calls `listener` after each change is in force; the result ends that. */
  subscribe(listener: (change: RegistryChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #change(
    id: string,
    by: string,
    why: string,
    edit: (agent: Agent, now: Date) => Edit,
    revoked: 'refused' | 'also when revoked' = 'refused',
  ): Promise<Agent> {
    const who = checkLine('by', by, 253);
    const reason = checkWhy(why);
    const now = this.#sources.now();
    const kept = this.#find(id);
    if (kept.agent.revokedAt !== null && revoked === 'refused') {
      throw nothingToDo(`agent ${id} was revoked at ${kept.agent.revokedAt}, which is final`);
    }
    const wanted = edit(kept.agent, now);
    await this.#write(kept, wanted, who, reason, now);
    return wanted.agent;
  }

  async #write(kept: Kept | undefined, edit: Edit, by: string, why: string, now: Date): Promise<void> {
    const { agent, what, evidence } = edit;
    const about = { agent: agent.id, ...(evidence === undefined ? {} : { evidence }) };
    const body = agentToJson(agent);
    const expect = kept?.version ?? 0;
    const before = kept === undefined ? null : agentToJson(kept.agent);
    const event = changedEvent({ what: `agent.${what}`, by, why, about, before, after: body }, this.#sources, now);
    const puts: readonly Put[] = [{ collection: 'agents', id: agent.id, expect, body }, ...(edit.puts ?? [])];
    try {
      await this.#store.transact(puts, [event]);
    } catch (thrown) {
      if (!isConflict(thrown)) throw thrown;
      await this.#reload(agent.id);
      throw new SallyportError('record/conflict', `agent ${agent.id}, or an identity of it, was changed meanwhile`, {
        fix: `look at it again (sallyport agent show ${agent.id}), then decide again`,
        cause: thrown,
      });
    }
    this.#keep({ agent, version: expect + 1 });
    this.#tell({ what, agent: agent.id });
  }

  async #retry(change: () => Promise<Agent>): Promise<Agent> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await change();
      } catch (thrown) {
        if (!isConflict(thrown) || attempt === RETRIES) throw thrown;
      }
    }
  }

  async #reload(id: string): Promise<void> {
    const document = await this.#store.get('agents', id);
    if (document !== undefined) this.#keep(read(document));
  }

  #find(id: string): Kept {
    const kept = this.#agents.get(id);
    if (kept === undefined) throw new SallyportError('request/not-found', `there is no agent ${JSON.stringify(id)}`);
    return kept;
  }

  #checkFree(identity: Identity): void {
    const holder = this.byIdentity(identity.issuer, identity.subject);
    if (holder === undefined) return;
    throw new SallyportError('record/conflict', `agent ${holder.id} has that identity already`, {
      fix: 'take it from that agent first',
    });
  }

  #keep(kept: Kept): void {
    const { id } = kept.agent;
    const known = this.#agents.get(id);
    // A slower writer's re-read must not bring an older version back.
    if (known !== undefined && known.version >= kept.version) return;
    for (const key of known?.agent.identities.map(identityKey) ?? []) {
      if (this.#byIdentity.get(key) === id) this.#byIdentity.delete(key);
    }
    for (const identity of kept.agent.identities) this.#byIdentity.set(identityKey(identity), id);
    this.#agents.set(id, kept);
  }

  #tell(change: RegistryChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function read(document: Document): Kept {
  const agent = agentFromJson(document.body);
  if (agent !== undefined && agent.id === document.id) return { agent, version: document.version };
  // Without it a revocation or a demotion could be lost, hence no start.
  throw new SallyportError('record/unavailable', `agent ${document.id} in the store cannot be read`, {
    fix: 'restore the store from a copy, or run the version of sallyport that wrote it',
  });
}

function isConflict(thrown: unknown): boolean {
  return thrown instanceof SallyportError && thrown.code === 'record/conflict';
}

function taken(id: string): SallyportError {
  return new SallyportError('record/conflict', `there is an agent ${id} already`, {
    fix: 'choose another id; a revoked agent keeps its own, because the log names it',
  });
}

function otherLevel({ id, level }: Agent, from: Level): SallyportError {
  return new SallyportError('record/conflict', `agent ${id} is at level ${level} by now, not ${from}`, {
    fix: `look at it again (sallyport agent show ${id}), then decide again`,
  });
}

function nothingToDo(message: string): SallyportError {
  return new SallyportError('request/invalid', message);
}
