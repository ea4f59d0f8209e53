import type { FederatedOperator, FederatedOperators } from './oidc/federated-operators.ts';
import type { OperatorIssuers, ProvenPerson } from './oidc/operator-issuers.ts';
import { FEDERATED_PREFIX } from './oidc/person.ts';
import type { Operator } from './operator.ts';
import { OPERATOR_TOKEN_PREFIX } from './operator-token.ts';
import type { Operators } from './operators.ts';
import type { Role } from './permissions.ts';

/** Who was let in: as much of either kind of operator as anybody needs. */
export interface Admitted {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly groups: readonly string[];
  /** By what else others may have written them down. */
  readonly aliases?: readonly string[];
}

/** What a credential opens, and for how long. */
export interface Admission {
  readonly caller: Admitted;
  /** The end of the credential, milliseconds since 1970. */
  readonly expires: number;
  /** Who it would let in now, with the role that they have now, for what takes long; undefined: nobody any more. */
  current(): Admitted | undefined;
}

const MAX_TOKEN = 16_384;
const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** The ways in for operators: tokens that the gate made, and those of issuers. Nothing of an agent opens it. */
export class OperatorAccess {
  readonly #local: Operators;
  readonly #federated: FederatedOperators;
  readonly #issuers: OperatorIssuers;
  readonly #now: () => Date;

  constructor(parts: {
    readonly local: Operators;
    readonly federated: FederatedOperators;
    readonly issuers: OperatorIssuers;
    readonly now: () => Date;
  }) {
    this.#local = parts.local;
    this.#federated = parts.federated;
    this.#issuers = parts.issuers;
    this.#now = parts.now;
  }

  /**
   * Who a bearer token is of. @param authorization the Authorization header.
   * @throws SallyportError `operator/unauthorized`; `record/unavailable` when a newcomer cannot be recorded.
   */
  async admit(authorization: string | undefined): Promise<Admission> {
    const [, token = ''] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? [];
    if (token.startsWith(OPERATOR_TOKEN_PREFIX) || token.length > MAX_TOKEN || !JWT.test(token)) {
      return this.#admitLocal(authorization);
    }
    return this.admitProven(await this.#issuers.prove(token));
  }

  /** Lets in somebody whom an issuer's token proved. @throws SallyportError as `admit` */
  async admitProven(proven: ProvenPerson): Promise<Admission> {
    const caller = admitted(await this.#federated.recognise(proven));
    const { expires } = proven;
    const current = () => (this.#now().getTime() < expires ? this.find(caller.id) : undefined);
    return { caller, expires, current };
  }

  /** Somebody who may act now, with the role that they have now: for sessions, which outlive a request. */
  find(id: string): Admitted | undefined {
    const found = id.startsWith(FEDERATED_PREFIX) ? this.#federated.find(id) : this.#local.find(id);
    return found === undefined ? undefined : admitted(found);
  }

  /** Everybody of either kind, revoked ones too. */
  list(): readonly (Operator | FederatedOperator)[] {
    return [...this.#local.list(), ...this.#federated.list()];
  }

  /** Ends somebody's access at once. @param by an operator's id. @throws SallyportError as `Operators.revoke` does */
  revoke(id: string, by: string, why = 'revoked by an administrator'): Promise<Operator | FederatedOperator> {
    return id.startsWith(FEDERATED_PREFIX) ? this.#federated.revoke(id, by, why) : this.#local.revoke(id, by, why);
  }

  #admitLocal(authorization: string | undefined): Admission {
    const operator = this.#local.authenticate(authorization);
    return { caller: admitted(operator), expires: Date.parse(operator.expires), current: () => this.find(operator.id) };
  }
}

function admitted({ id, name, role, groups, aliases = [] }: Admitted): Admitted {
  return { id, name, role, groups, aliases };
}
