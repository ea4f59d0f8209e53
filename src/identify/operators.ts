import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { SallyportError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { Put, Store } from '../record/store.ts';
import { checkWhy } from './agent.ts';
import { changedEvent } from './changed-event.ts';
import { FEDERATED_PREFIX } from './oidc/person.ts';
import { checkName, checkRole, checkTtl, type Operator, readOperator, type StoredOperator } from './operator.ts';
import {
  composeToken,
  hashSecret,
  matchesHash,
  newOperatorId,
  newSecret,
  readOperatorToken,
} from './operator-token.ts';
import type { Role } from './permissions.ts';
import { createPrivateFile, readPrivateFile, removePrivateFile } from './private-file.ts';
import type { RandomBytes, Sources } from './sources.ts';

/** An operator and their token, which is shown this once. */
export interface AddedOperator {
  readonly operator: Operator;
  readonly token: string;
}

const SECRET_FILE = 'bootstrap-secret';
const BOOTSTRAP = 'bootstrap';
const ADMINISTRATORS = 'administrators';
/** Compared with when there is no such operator, so that the answer takes as long. */
const NOBODY = hashSecret('');

interface Bootstrap {
  readonly path: string;
  readonly hash: string;
}

/** What a new operator is recorded with besides themselves. */
interface Addition {
  readonly by: string;
  readonly why: string;
  readonly puts: readonly Put[];
}

/**
 * The people and programs who run the gate, and their tokens: 256 random bits each, of which only the SHA-256 is kept.
 * Changed only by conditional updates together with their event.
 */
export class Operators {
  readonly #store: Store;
  readonly #sources: Sources;
  readonly #random: RandomBytes;
  readonly #operators = new Map<string, StoredOperator>();
  /**
   * The version of a document that every bootstrap and every end of an administrator changes: of two bootstraps at once
   * one wins, and of two administrators who revoke each other one stays.
   */
  #administrators: number;
  #bootstrap: Bootstrap | undefined;

  private constructor(store: Store, sources: Sources, random: RandomBytes, administrators: number) {
    this.#store = store;
    this.#sources = sources;
    this.#random = random;
    this.#administrators = administrators;
  }

  /** Loads everybody. @throws SallyportError `record/unavailable` when an operator cannot be read. */
  static async open(store: Store, sources: Sources, random: RandomBytes): Promise<Operators> {
    const administrators = (await store.get('meta', ADMINISTRATORS))?.version ?? 0;
    const operators = new Operators(store, sources, random, administrators);
    for (const document of await store.list('operators')) {
      if (document.id.startsWith(FEDERATED_PREFIX)) continue;
      operators.#operators.set(document.id, readOperator(document));
    }
    return operators;
  }

  /** Everybody, revoked and expired ones too, by name; without hashes. */
  list(): readonly Operator[] {
    const all = [...this.#operators.values()].map((stored) => stored.operator);
    return all.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
  }

  /** Somebody whose token is good now. */
  find(id: string): Operator | undefined {
    const operator = this.#operators.get(id)?.operator;
    return operator !== undefined && this.#isInForce(operator) ? operator : undefined;
  }

  /**
   * Whose token this is. @param authorization the Authorization header.
   * @throws SallyportError `operator/unauthorized`.
   */
  authenticate(authorization: string | undefined): Operator {
    const read = readOperatorToken(authorization);
    if (read === undefined) throw unauthorized('this needs an operator’s token: Authorization: Bearer sp_op_...');
    const stored = this.#operators.get(read.id);
    const matches = matchesHash(read.token, stored?.tokenHash ?? NOBODY);
    if (stored === undefined || !matches) throw unauthorized('this is not the token of any operator');
    const { operator } = stored;
    if (operator.revokedAt !== null) throw unauthorized('this token was revoked');
    if (!this.#isInForce(operator)) throw unauthorized(`this token expired at ${operator.expires}`);
    return operator;
  }

  /**
   * Adds somebody; the name of somebody whose token is over may be used again.
   * @param ttlSeconds of their token; 90 days when left out, at most 365.
   * @param by an operator's id.
   * @throws SallyportError `request/invalid`; `record/conflict` when somebody has that name.
   */
  async add(
    name: string,
    role: Role,
    groups: readonly string[],
    ttlSeconds: number | undefined,
    by: string,
    why = 'added by an administrator',
  ): Promise<AddedOperator> {
    return this.#add(name, role, groups, ttlSeconds, { by, why: checkWhy(why), puts: [] });
  }

  /**
   * Ends somebody's token at once. @param by an operator's id.
   * @throws SallyportError `request/not-found`; `request/invalid` when they are revoked already, or are the last
   *   administrator; `record/conflict`.
   */
  async revoke(id: string, by: string, why = 'revoked by an administrator'): Promise<Operator> {
    const stored = this.#operators.get(id);
    if (stored === undefined) throw new SallyportError('request/not-found', 'there is no such operator');
    const { operator, tokenHash, version } = stored;
    if (operator.revokedAt !== null) throw new SallyportError('request/invalid', `${operator.name} is revoked already`);
    if (operator.role === 'administrator' && this.#isInForce(operator) && !this.#hasAdministrator(id)) {
      throw new SallyportError('request/invalid', `${operator.name} is the last administrator`, {
        fix: 'add another administrator first, or freeze everything',
      });
    }
    const now = this.#sources.now();
    const revoked: Operator = { ...operator, revokedBy: by, revokedAt: now.toISOString() };
    const event = changedEvent(
      {
        what: 'operator.revoked',
        by,
        why: checkWhy(why),
        about: { operator: id },
        before: shown(operator),
        after: shown(revoked),
      },
      this.#sources,
      now,
    );
    const name = await this.#store.get('meta', nameId(operator.name));
    const puts: Put[] = [
      { collection: 'operators', id, expect: version, body: { operator: shown(revoked), tokenHash } },
    ];
    if (name?.body.operator === id) puts.push({ collection: 'meta', id: name.id, expect: name.version, body: null });
    if (operator.role === 'administrator') puts.push(this.#changeAdministrators());
    try {
      await this.#store.transact(puts, [event]);
    } catch (thrown) {
      throw await this.#conflict(thrown, `${operator.name} could not be revoked: somebody else changed the operators`);
    }
    if (operator.role === 'administrator') this.#administrators += 1;
    this.#operators.set(id, { operator: revoked, tokenHash, version: version + 1 });
    return revoked;
  }

  /**
   * While there is no administrator with a good token, keeps a one-time secret in the state folder (0600) and gives its path; else
   * removes what is left of it. Called at start.
   * @throws SallyportError `config/invalid` when the file cannot be written, or was open to others.
   */
  async bootstrapSecret(stateDir: string): Promise<string | undefined> {
    const path = join(stateDir, SECRET_FILE);
    if (this.#hasAdministrator()) {
      await removePrivateFile(path);
      return undefined;
    }
    await createPrivateFile(path, `${newSecret(this.#random)}\n`);
    const secret = (await readPrivateFile(path))?.trim() ?? '';
    if (!/^[A-Za-z0-9_-]{43}$/.test(secret)) {
      throw new SallyportError('config/invalid', `${path} does not hold a bootstrap secret`, {
        fix: 'remove it; the next start makes another',
      });
    }
    this.#bootstrap = { path, hash: hashSecret(secret) };
    return path;
  }

  /**
   * Makes the first administrator, proven by the secret of the state folder, which is erased.
   * @throws SallyportError `operator/unauthorized`; `record/conflict` when another one was faster.
   */
  async bootstrap(secret: string, name: string): Promise<AddedOperator> {
    const bootstrap = this.#bootstrap;
    const matches = matchesHash(secret.trim(), bootstrap?.hash ?? NOBODY);
    if (bootstrap === undefined || !matches || this.#hasAdministrator()) {
      throw unauthorized('there is an administrator already, or this is not the secret of the state folder');
    }
    const added = await this.#add(name, 'administrator', [], undefined, {
      by: BOOTSTRAP,
      why: 'the first administrator, proven by the secret of the state folder',
      puts: [this.#changeAdministrators()],
    });
    this.#administrators += 1;
    this.#bootstrap = undefined;
    await removePrivateFile(bootstrap.path);
    return added;
  }

  async #add(
    name: string,
    role: Role,
    groups: readonly string[],
    ttlSeconds: number | undefined,
    { by, why, puts }: Addition,
  ): Promise<AddedOperator> {
    const now = this.#sources.now();
    const id = newOperatorId(this.#random);
    const operator: Operator = {
      id,
      name: checkName(name),
      role,
      groups: checkRole(role, groups),
      addedBy: by,
      addedAt: now.toISOString(),
      expires: checkTtl(ttlSeconds, now),
      revokedBy: null,
      revokedAt: null,
    };
    const token = composeToken(id, newSecret(this.#random));
    const tokenHash = hashSecret(token);
    const about = { operator: id };
    const change = { what: 'operator.added', by, why, about, before: null, after: shown(operator) };
    try {
      await this.#store.transact(
        [
          { collection: 'operators', id, expect: 0, body: { operator: shown(operator), tokenHash } },
          await this.#claimName(operator.name, id),
          ...puts,
        ],
        [changedEvent(change, this.#sources, now)],
      );
    } catch (thrown) {
      throw await this.#conflict(
        thrown,
        `${operator.name} could not be added: the name is taken, or another was faster`,
      );
    }
    this.#operators.set(id, { operator, tokenHash, version: 1 });
    return { operator, token };
  }

  #changeAdministrators(): Put {
    const at = this.#sources.now().toISOString();
    return { collection: 'meta', id: ADMINISTRATORS, expect: this.#administrators, body: { at } };
  }

  /** What to throw instead of a bare conflict, after looking again. */
  async #conflict(thrown: unknown, message: string): Promise<unknown> {
    if (!(thrown instanceof SallyportError) || thrown.code !== 'record/conflict') return thrown;
    this.#administrators = (await this.#store.get('meta', ADMINISTRATORS))?.version ?? 0;
    return new SallyportError('record/conflict', message, {
      fix: 'look at the operators again (sallyport operator list), then decide again',
      cause: thrown,
    });
  }

  #isInForce(operator: Operator): boolean {
    return operator.revokedAt === null && this.#sources.now().getTime() < Date.parse(operator.expires);
  }

  /** Whether an administrator other than `besides` has a good token. */
  #hasAdministrator(besides?: string): boolean {
    const all = [...this.#operators.values()].map((stored) => stored.operator);
    return all.some((one) => one.id !== besides && one.role === 'administrator' && this.#isInForce(one));
  }

  /** Takes the name, from somebody whose token is over if need be. */
  async #claimName(name: string, id: string): Promise<Put> {
    const held = await this.#store.get('meta', nameId(name));
    const holder = this.list().find((operator) => operator.id === held?.body.operator);
    const isOver = holder !== undefined && !this.#isInForce(holder);
    return {
      collection: 'meta',
      id: nameId(name),
      expect: isOver ? (held?.version ?? 0) : 0,
      body: { operator: id },
    };
  }
}

/** As it is stored, recorded and served. */
function shown(operator: Operator): JsonObject {
  return { ...operator, groups: [...operator.groups] };
}

function nameId(name: string): string {
  return `operator-${createHash('sha256').update(name.toLowerCase()).digest('hex')}`;
}

function unauthorized(message: string): SallyportError {
  return new SallyportError('operator/unauthorized', message, {
    fix: 'SALLYPORT_TOKEN, or the token file that sallyport operator bootstrap wrote',
  });
}
